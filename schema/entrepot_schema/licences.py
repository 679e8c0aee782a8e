"""Licences of records: may others use what they read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from entrepot_schema.findings import Finding, finding

ADVISED = ("CC0-1.0", "CC-BY-4.0")
# SPDX ids of licences that let anybody use data for any purpose, with or without naming the source.
OPEN_LICENCES = frozenset(
    {
        "CC-BY-2.0", "CC-BY-2.5", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-2.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-PDDC", "CC0-1.0",
        "CDLA-Permissive-1.0", "CDLA-Permissive-2.0", "CDLA-Sharing-1.0", "DL-DE-BY-2.0", "DL-DE-ZERO-2.0", "etalab-2.0",
        "NLOD-1.0", "NLOD-2.0", "ODbL-1.0", "ODC-By-1.0", "OGL-UK-2.0", "OGL-UK-3.0", "PDDL-1.0",
    }
)  # fmt: skip
_CLOSED = re.compile(r"(?:^|-)(?:NC|ND)(?:-|$)", re.IGNORECASE)
_HINT = f"{ADVISED[0]} and {ADVISED[1]} are advised; both settle the right in the database too."


def licence_findings(license: str, pointer: str = "/license") -> Iterator[Finding]:
    """Judge an SPDX id: closed ones may not be published, unknown ones are pointed out."""
    if _CLOSED.search(license):
        message = f"{license[:64]} forbids commercial use or changes; a record must be open to all"
        yield finding("code.license", message, pointer=pointer, hint=_HINT)
    elif license not in OPEN_LICENCES:
        near = difflib.get_close_matches(license[:64], sorted(OPEN_LICENCES), n=1, cutoff=0.75)
        hint = f"Did you mean {near[0]}?" if near else _HINT
        message = f"{license[:64]} is not known as a licence for open data"
        yield finding("code.license", message, pointer=pointer, hint=hint, severity="warning")
