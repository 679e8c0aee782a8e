"""Where the references of a file lead: to nothing, to the wrong type, past the publisher, or in a circle (layer X)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from entrepot_schema.cycles import cycles
from entrepot_schema.findings import Finding, Severity, finding
from entrepot_schema.origin import subject_origin

Found = Iterator[tuple[int | None, Finding]]

_CLUSTER = ("cluster",)
_ORGANISATIONS = ("cluster", "company", "institution")
# Field → code, types of the record named, and what is said where it is another origin's and not in the package.
_FIELDS: dict[str, tuple[str, tuple[str, ...], Severity | None]] = {
    "partOf": ("cross.part-of", _CLUSTER, "warning"),
    "from": ("cross.from", _CLUSTER, None),
    "to": ("cross.to", _CLUSTER, None),
    "via": ("cross.via", _CLUSTER, None),
    "by": ("cross.by", ("company", "institution"), "warning"),
}
_MEMBER_OF: tuple[str, tuple[str, ...], Severity | None] = ("cross.member-of", _CLUSTER, "warning")
_SUCCEEDED_BY: tuple[str, tuple[str, ...], Severity | None] = ("cross.succeeded-by", _ORGANISATIONS, None)
_OF_THE_PUBLISHER = ("cross.from", "cross.via")


@dataclass(frozen=True, slots=True)
class _Reference:
    index: int
    pointer: str
    target: str
    code: str
    types: tuple[str, ...]
    foreign: Severity | None


class References:
    """The references of a file, and the types of what they may lead to."""

    def __init__(self) -> None:
        self._types: dict[str, str] = {}
        self._references: list[_Reference] = []
        self._part_of: dict[str, tuple[str, ...]] = {}
        self._succeeded_by: dict[str, tuple[str, ...]] = {}

    def add(self, index: int, profile: dict[str, Any]) -> None:
        """Take in a profile that fits its schema."""
        subject = profile["id"]
        self._types[subject] = profile["type"]
        for name, rule in _FIELDS.items():
            if name in profile:
                self._references.append(_Reference(index, f"/{name}", profile[name], *rule))
        for place, membership in enumerate(profile.get("memberOf", ())):
            pointer = f"/memberOf/{place}/cluster"
            self._references.append(_Reference(index, pointer, membership["cluster"], *_MEMBER_OF))
        for place, successor in enumerate(profile.get("succeededBy", ())):
            self._references.append(_Reference(index, f"/succeededBy/{place}", successor, *_SUCCEEDED_BY))
        if "partOf" in profile:
            self._part_of[subject] = (profile["partOf"],)
        if "succeededBy" in profile:
            self._succeeded_by[subject] = tuple(profile["succeededBy"])

    def findings(self, publisher: str | None, first: Mapping[str, int]) -> Found:
        """Yield what leads nowhere. `first` tells where each id stands; a publisher means that the file is complete."""
        for reference in self._references:
            if reference.target not in first:
                if publisher is not None:
                    yield from _missing(reference, publisher)
            elif self._types.get(reference.target, reference.types[0]) not in reference.types:
                yield reference.index, _wrong_type(reference, self._types[reference.target])
        if publisher is not None:
            yield from self._publisher_findings(publisher, first)
        yield from _cycle_findings(self._part_of, first, "cross.part-of", "/partOf")
        yield from _cycle_findings(self._succeeded_by, first, "cross.succeeded-by", "/succeededBy")

    def _publisher_findings(self, publisher: str, first: Mapping[str, int]) -> Found:
        if publisher not in first:
            hint = "The profile of the publishing cluster belongs into its package."
            message = "the publisher is not among the records"
            yield None, finding("cross.publisher", message, pointer="/publisher", hint=hint)
        elif self._types.get(publisher, "cluster") != "cluster":
            message = f"the publisher is no cluster but of type {self._types[publisher]}"
            hint = "Name the cluster that publishes."
            yield None, finding("cross.publisher", message, pointer="/publisher", hint=hint)
        belongs = {publisher: True}
        for reference in self._references:
            asked = reference.code in _OF_THE_PUBLISHER and self._is_open(reference.target, publisher)
            if asked and not self._belongs(reference.target, belongs):
                yield reference.index, _not_the_publisher(reference)

    def _is_open(self, target: str, publisher: str) -> bool:
        """Answer whether a target has no finding yet, as what is missing here or no cluster has."""
        return self._types.get(target) == "cluster" or subject_origin(target) != subject_origin(publisher)

    def _belongs(self, cluster: str, known: dict[str, bool]) -> bool:
        """Answer whether a cluster is the publisher or, over however many steps, part of it."""
        path = []
        above: str | None = cluster
        while above is not None and above not in known:
            path.append(above)
            known[above] = False  # ends a walk in circles
            above = self._part_of.get(above, (None,))[0]
        answer = above is not None and known[above]
        known.update(dict.fromkeys(path, answer))
        return answer


def _missing(reference: _Reference, publisher: str) -> Iterator[tuple[int, Finding]]:
    message = f"{reference.target} is not among the records"
    if subject_origin(reference.target) == subject_origin(publisher):
        hint = "A package is complete: add the record, or correct the id."
        yield reference.index, finding(reference.code, message, pointer=reference.pointer, hint=hint)
    elif reference.foreign:
        hint = "It belongs to another node; nothing to do if the id is right."
        severity = reference.foreign
        yield (
            reference.index,
            finding(reference.code, message, pointer=reference.pointer, hint=hint, severity=severity),
        )


def _wrong_type(reference: _Reference, kind: str) -> Finding:
    message = f"{reference.target} is of type {kind}, not {' or '.join(reference.types)}"
    hint = "Name another record, or correct the type of this one."
    return finding(reference.code, message, pointer=reference.pointer, hint=hint)


def _not_the_publisher(reference: _Reference) -> Finding:
    message = f"{reference.target} is neither the publisher nor part of it"
    return finding(reference.code, message, pointer=reference.pointer, hint="Nobody speaks for others.")


def _cycle_findings(
    references: Mapping[str, tuple[str, ...]], first: Mapping[str, int], code: str, pointer: str
) -> Iterator[tuple[int, Finding]]:
    for names in cycles(references):
        places = sorted(first[name] for name in names)
        others = ", ".join(str(place + 1) for place in places[1:4]) + (" …" if len(places) > 4 else "")
        message = f"this leads in a circle by way of record {others} back to itself"
        hint = "Take it out of one of these records."
        yield places[0], finding(code, message, pointer=pointer, hint=hint)
