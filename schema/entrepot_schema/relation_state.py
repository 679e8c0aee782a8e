"""How the relation that one cluster states looks beside what the other side states (PRO-86 to PRO-93).

    state = relation_state(ours, [theirs], now=now)
    state.state, state.commitment      # "confirmed", "memorandum": the weaker of the two

The state is computed by every reader from signed records and never stored. Both sides come to the same result.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from entrepot_schema import catalog
from entrepot_schema.dates import is_before, is_stale, oldest_day
from entrepot_schema.origin import subject_origin
from entrepot_schema.relation_set import inverse_type

Relation = dict[str, Any]
State = Literal["one-sided", "contradictory", "ended", "suspended", "proposed", "confirmed"]
Difference = Literal["commitment", "sectors", "since", "until"]

# What a status weighs: the first that either side states decides.
_ENDING: tuple[State, ...] = ("ended", "suspended", "proposed")
# Which of several answers stands for the other side: the last.
_PREFERENCE = ("ended", "proposed", "suspended", "active")


@dataclass(frozen=True, slots=True)
class RelationState:
    """What two sides together say of a relation.

    `by` holds the ids of the clusters that say ended, suspended or proposed; `counterpart` the id of the record it
    was compared with, None when one-sided. `is_stale` when every record it rests on is older than 12 months.
    """

    state: State
    commitment: str
    counterpart: str | None = None
    by: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    is_stale: bool = False


def relation_state(relation: Relation, candidates: Iterable[Relation], *, now: datetime) -> RelationState:
    """Compare a relation with those that the other side published; all are valid profiles."""
    answers = [one for one in candidates if is_counterpart(relation, one)]
    if not answers:
        return RelationState("one-sided", relation["commitment"], is_stale=is_stale(relation["updated"], now))
    # The first of equal ones is taken: sorted by id, so that all readers take the same.
    other = max(sorted(answers, key=lambda one: str(one["id"])), key=lambda one: _worth(relation, one, now))
    state, by = _state(relation, other, now)
    return RelationState(
        state,
        min(relation["commitment"], other["commitment"], key=_binding),
        other["id"],
        by,
        tuple(_differences(relation, other)),
        is_stale(relation["updated"], now) and is_stale(other["updated"], now),
    )


def is_counterpart(relation: Relation, other: Relation) -> bool:
    """Answer whether a record is the other side's statement about the same relation (PRO-86, PRO-87).

    A record under another origin than the cluster it speaks for is nobody's statement.
    """
    return (
        other["from"] == relation["to"] != relation["from"]
        and other["to"] == relation["from"]
        and other["relationType"] == inverse_type(relation["relationType"])
        and subject_origin(other["id"]) == subject_origin(other["from"])
    )


def status_of(relation: Relation, now: datetime) -> str:
    """The status that a record states, or `ended` where its last day has passed everywhere (PRO-89)."""
    until = relation.get("until")
    return "ended" if until and is_before(until, oldest_day(now)) else str(relation["status"])


def _state(one: Relation, other: Relation, now: datetime) -> tuple[State, tuple[str, ...]]:
    if not _can_overlap(one, other):
        return "contradictory", ()
    stated = {side["from"]: status_of(side, now) for side in (one, other)}
    for status in _ENDING:
        by = tuple(sorted(cluster for cluster, said in stated.items() if said == status))
        if by:
            return status, by
    return "confirmed", ()


def _worth(relation: Relation, other: Relation, now: datetime) -> tuple[bool, int, str]:
    """The best answer speaks of the same period, is most in force, and was confirmed last (PRO-88)."""
    return _can_overlap(relation, other), _PREFERENCE.index(status_of(other, now)), other["updated"]


def _can_overlap(one: Relation, other: Relation) -> bool:
    """Answer whether a day can lie in both periods. What has no end or beginning is open there."""
    return not (_ends_before(one, other) or _ends_before(other, one))


def _ends_before(one: Relation, other: Relation) -> bool:
    return "until" in one and "since" in other and is_before(one["until"], other["since"])


def _differences(one: Relation, other: Relation) -> Iterable[Difference]:
    if one["commitment"] != other["commitment"]:
        yield "commitment"
    sectors, others = set(one.get("sectors", ())), set(other.get("sectors", ()))
    if sectors and others and sectors != others:
        yield "sectors"
    if not _fits(one.get("since"), other.get("since")):
        yield "since"
    if not _fits(one.get("until"), other.get("until")):
        yield "until"


def _fits(one: str | None, other: str | None) -> bool:
    """Answer whether two dates can mean the same; one that only one side gives differs."""
    if one is None or other is None:
        return one is other
    return not (is_before(one, other) or is_before(other, one))


def _binding(commitment: str) -> int:
    """How binding a commitment is: its place in the code list."""
    return [code.code for code in catalog.codelist("commitment").codes].index(commitment)
