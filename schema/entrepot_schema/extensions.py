"""Extensions of a profile: those whose schema we have are checked, the others are left as they are (PRO-06)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from entrepot_schema import catalog
from entrepot_schema.findings import Finding, finding
from entrepot_schema.schema_check import schema_refusals


def extension_findings(profile: Mapping[str, Any]) -> Iterator[Finding]:
    """Judge each extension against its schema, looked up by name and never fetched."""
    for prefix, extension in profile.get("ext", {}).items():
        pointer = f"/ext/{prefix}"
        uri = extension["schema"]
        if uri not in catalog.extension_ids():
            message = f"the schema {uri[:120]} is not known here; the extension is kept and not checked"
            hint = f"Known here: {', '.join(catalog.extension_ids())}."
            yield finding("code.extension", message, pointer=pointer, hint=hint, severity="information")
            continue
        for refused in schema_refusals(extension, catalog.extension_validator(uri)):
            yield finding(
                "code.extension-schema", refused.message, pointer=pointer + refused.pointer, hint=refused.hint
            )
