"""Which clauses a document case tries: those of the codes that it must be given, and those that it names itself."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from .document_cases import DocumentCase
from .spec_folder import spec_folder

_CLAUSE = re.compile(r"^- \*\*([A-Z]{3}-[0-9]{2,3})\*\* \(([^)]*)\)", re.MULTILINE)
_CODE = re.compile(r"`([a-z]+\.[a-z0-9-]+)`")
_LAYERS = {"J": ("PRO-70",), "S": ("PRO-02", "PRO-03"), "C": ("PRO-30",), "P": ("PRO-30",), "X": ()}
_CLOSED = {"schema.additionalProperties": ("PRO-05",)}


@cache
def clauses_of_codes() -> dict[str, tuple[str, ...]]:
    """The clauses of the profile that name a code in brackets: `- **PRO-60** (`privacy.free-mail`) …`."""
    found = defaultdict(list)
    for clause in _CLAUSE.finditer((spec_folder() / "profile.md").read_text("utf-8")):
        for code in _CODE.findall(clause[2]):
            found[code].append(clause[1])
    return {code: tuple(ids) for code, ids in found.items()}


def clauses_of(one: DocumentCase) -> tuple[str, ...]:
    """The clauses of a case. Of a code that several clauses share, the case names the one it means."""
    found = set(one.ids)
    for finding in one.findings:
        sharing = clauses_of_codes().get(finding.code, ())
        found.update(sharing if len(sharing) == 1 else ())
        found.update(_LAYERS[finding.layer])
        found.update(_CLOSED.get(finding.code, ()))
    if not one.findings:
        found |= {"PRO-02", "PRO-03", "PRO-05", "PRO-30"}
    return tuple(sorted(found))


def unnamed_codes(one: DocumentCase) -> list[str]:
    """The codes of a case that several clauses share, where it does not say which one it means."""
    shared = [clauses_of_codes().get(finding.code, ()) for finding in one.findings]
    return [
        finding.code
        for finding, ids in zip(one.findings, shared, strict=True)
        if len(ids) > 1 and not set(ids) & set(one.ids)
    ]
