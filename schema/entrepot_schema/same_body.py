"""One identifier in two records: the same organisation twice, or a number copied by mistake (layer X)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from entrepot_schema import catalog
from entrepot_schema.findings import Finding, finding

_FILLING = re.compile(r"[\s./-]+")


class SameBody:
    """The identifiers of a file. Records that `sameAs` joins, directly or by others, may share theirs."""

    def __init__(self) -> None:
        self._schemes = frozenset(code.code for code in catalog.codelist("identifierScheme").codes)
        self._first: dict[tuple[str, str], tuple[int, str]] = {}
        self._shared: list[tuple[int, str, int, str, str]] = []
        self._joined: dict[str, str] = {}

    def add(self, index: int, profile: dict[str, Any]) -> None:
        """Take in an organisation that fits its schema. Private schemes may number other things."""
        subject = profile["id"]
        for other in profile.get("sameAs", ()):
            self._join(subject, other)
        for place, identifier in enumerate(profile.get("identifiers", ())):
            if identifier["scheme"] not in self._schemes:
                continue
            key = (identifier["scheme"], _FILLING.sub("", identifier["id"]).upper())
            first, owner = self._first.setdefault(key, (index, subject))
            if first != index:
                self._shared.append((index, subject, first, owner, f"/identifiers/{place}/id"))

    def findings(self) -> Iterator[tuple[int, Finding]]:
        """Yield the later of two records with one identifier."""
        for index, subject, first, owner, pointer in self._shared:
            if self._root(subject) != self._root(owner):
                message = f"record {first + 1} has this identifier as well"
                hint = "If both are the same organisation, name one in sameAs of the other."
                yield index, finding("cross.duplicate-identifier", message, pointer=pointer, hint=hint)

    def _join(self, one: str, other: str) -> None:
        self._joined[self._root(one)] = self._root(other)

    def _root(self, name: str) -> str:
        """The name that stands for all that are joined with this one."""
        path = []
        while (above := self._joined.get(name, name)) != name:
            path.append(name)
            name = above
        for passed in path:
            self._joined[passed] = name
        return name
