"""Relations that contradict one another (layer X)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from entrepot_schema.findings import Finding, finding

_HOST, _GUEST = "softLandingHost", "softLandingGuest"
INVERSE = {_HOST: _GUEST, _GUEST: _HOST}


def inverse_type(relation_type: str) -> str:
    """The type that the other side of a relation states (PRO-87)."""
    return INVERSE.get(relation_type, relation_type)


class RelationSet:
    """The relations of a file, by what they connect."""

    def __init__(self) -> None:
        self._active: dict[tuple[str, str, str], int] = {}
        self._landing: dict[tuple[str, str, str], int] = {}
        self._found: list[tuple[int, Finding]] = []

    def add(self, index: int, relation: dict[str, Any]) -> None:
        """Take in a relation that fits its schema."""
        key = (relation["from"], relation["to"], relation["relationType"])
        if relation["status"] == "active":
            first = self._active.setdefault(key, index)
            if first != index:
                message = f"record {first + 1} is an active relation of this type to the same cluster"
                hint = "Keep one and bring it up to date, or end the other."
                self._found.append((index, finding("cross.duplicate-relation", message, hint=hint)))
        if relation["relationType"] in INVERSE and relation["status"] != "ended":
            self._landing.setdefault(key, index)

    def findings(self) -> Iterator[tuple[int, Finding]]:
        """Yield what contradicts: two active of a kind, and both sides as host, or both as guest."""
        yield from self._found
        for (start, end, kind), index in self._landing.items():
            other = self._landing.get((end, start, kind), index)
            answered = (end, start, INVERSE[kind]) in self._landing or (
                start,
                end,
                INVERSE[kind],
            ) in self._landing
            if other < index and not answered:
                message = f"record {other + 1} says {kind} of the other side as well"
                hint = f"One side is {_HOST}, the other {_GUEST}."
                yield index, finding("cross.inverse", message, pointer="/relationType", hint=hint)
