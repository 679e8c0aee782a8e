"""What is wrong with one profile: the layers S, C and P, for laptop, importer, form, API and write path alike.

Layers build on each other: a profile that breaks its schema gets no findings of later layers. Errors keep a profile
from being signed; warnings and information are shown beside it. `now` is an argument: nothing here asks a clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.findings import Finding, finding
from entrepot_schema.schema_check import schema_refusals
from entrepot_schema.wire_rules import wire_refusals


def profile_findings(profile: Any, *, now: datetime) -> list[Finding]:
    """Every finding about a profile, without file and line; with no error among them it may be signed."""
    if not isinstance(profile, dict):
        return [finding("schema.type", "a profile is a JSON object")]
    kind = profile.get("type")
    if kind not in catalog.TYPES:
        hint = "One of: " + ", ".join(catalog.TYPES)
        message = f"{str(kind)[:40]!r} is no record type"
        return [finding("schema.unknown-type", message, pointer="/type", hint=hint)]
    faults = list(schema_refusals(profile, catalog.profile_validator(kind)))
    return [Finding.of(refused) for refused in faults or wire_refusals(profile)]


def has_error(findings: Iterable[Finding]) -> bool:
    """Answer whether anything among the findings keeps a profile from being signed."""
    return any(found.severity == "error" for found in findings)


def same_profile(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Answer whether two profiles state the same."""
    return canonical_bytes(first) == canonical_bytes(second)
