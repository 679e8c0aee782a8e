"""Layer X: whether profiles fit together, in a package or in what is published at once (PRO-73 to PRO-84).

A package has a head and claims to be complete, so what its records name must be in it. Without a head nothing is
said of what is missing. The cost grows with the number of records, however they refer to one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from entrepot_schema import catalog
from entrepot_schema.cross_references import References
from entrepot_schema.findings import Finding, finding
from entrepot_schema.own_statements import own_findings
from entrepot_schema.package_head import HeadCheck, fitting_head
from entrepot_schema.relation_set import RelationSet
from entrepot_schema.same_body import SameBody
from entrepot_schema.unnamed_owner import NameIndex

# A finding with the number of the profile it is about, from 0; None for the head.
Placed = tuple[int | None, Finding]

_ORGANISATIONS = ("cluster", "company", "institution")


def package_findings(head: dict[str, Any] | None, profiles: Iterable[Any], *, now: datetime) -> list[Placed]:
    """Judge profiles together, the head first, then in their order. Of one that breaks its schema only the id counts."""
    check = CrossRecord()
    for profile in profiles:
        kind = profile.get("type") if isinstance(profile, dict) else None
        check.add(
            profile, fits=kind in catalog.TYPES and catalog.profile_validator(str(kind)).is_valid(profile)
        )
    return check.findings(head, now=now)


class CrossRecord:
    """Takes in profiles one by one and keeps of each what others are compared with, not the profile."""

    def __init__(self) -> None:
        self._count = 0
        self._first: dict[str, int] = {}
        self._found: list[tuple[int, Finding]] = []
        self._references = References()
        self._relations = RelationSet()
        self._bodies = SameBody()
        self._names = NameIndex()
        self._unnamed: list[tuple[int, dict[str, Any]]] = []
        self._head = HeadCheck()

    def add(self, profile: Any, *, fits: bool) -> None:
        """Take in the next profile. Of one that does not fit its schema only the id counts."""
        index = self._count
        self._count += 1
        subject = profile.get("id") if isinstance(profile, dict) else None
        if not isinstance(subject, str):
            return
        first = self._first.setdefault(subject, index)
        if first != index:
            hint = (
                "An id is given once: keep the newer record, or leave the id out and let the node make one."
            )
            message = f"record {first + 1} has this id as well"
            self._found.append((index, finding("cross.duplicate-id", message, pointer="/id", hint=hint)))
        elif fits:
            self._take_in(index, profile)

    def findings(self, head: dict[str, Any] | None, *, now: datetime) -> list[Placed]:
        """All that does not fit, the head first, then in the order of the records."""
        head = fitting_head(head)
        publisher = head["publisher"] if head else None
        found: list[Placed] = [*self._found, *self._relations.findings(), *self._bodies.findings()]
        found += self._references.findings(publisher, self._first)
        found += self._unnamed_findings()
        if head:
            found += self._head.findings(head, now=now)
        return sorted(found, key=lambda placed: -1 if placed[0] is None else placed[0])

    def _take_in(self, index: int, profile: dict[str, Any]) -> None:
        kind = profile["type"]
        self._found += ((index, found) for found in own_findings(profile))
        self._references.add(index, profile)
        self._head.add(index, profile)
        if kind in _ORGANISATIONS:
            self._bodies.add(index, profile)
            self._names.add(profile)
        elif kind == "relation":
            self._relations.add(index, profile)
        elif "by" not in profile:
            texts: dict[str, Any] = {
                name: profile[name] for name in ("title", "summary", "partnerSought") if name in profile
            }
            self._unnamed.append((index, texts))

    def _unnamed_findings(self) -> Iterator[Placed]:
        for index, profile in self._unnamed:
            for pointer, text in _texts(profile):
                name = self._names.named_in(text)
                if name:
                    message = f"no owner is named, but the text contains {name[:60]!r}, which tells who it is"
                    hint = "Take it out of the text, or name the owner in `by`."
                    yield index, finding("cross.anonymous", message, pointer=pointer, hint=hint)
                    break


def _texts(profile: dict[str, Any]) -> Iterator[tuple[str, str]]:
    parts = [("/title", profile["title"]), ("/summary", profile["summary"])]
    parts.append(("/partnerSought/role", profile.get("partnerSought", {}).get("role", {})))
    for pointer, texts in parts:
        yield from ((f"{pointer}/{language}", text) for language, text in texts.items())
