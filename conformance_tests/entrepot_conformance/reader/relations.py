"""What two sides together say of a relation: PRO-86 to PRO-93."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

_COMMITMENT = ("contact", "letterOfIntent", "memorandum", "contract", "jointEntity")
_IN_FORCE = ("active", "suspended", "proposed", "ended")
_ANSWERS = {"softLandingHost": "softLandingGuest", "softLandingGuest": "softLandingHost"}
Relation = Mapping[str, Any]


def state_of(relation: Relation, others: Iterable[Relation], now: datetime) -> dict[str, Any]:
    """Return state, commitment, counterpart, differences and whether it is stale."""
    answers = [other for other in others if _answers(relation, other)]
    if not answers:
        told: dict[str, Any] = {"state": "one-sided", "counterpart": None, "differences": []}
        return {**told, "commitment": relation["commitment"], "stale": _is_old(relation, now)}
    newest_first = sorted(
        sorted(answers, key=lambda one: one["id"]), key=lambda one: one["updated"], reverse=True
    )
    chosen = min(newest_first, key=lambda one: (not _meet(relation, one), _IN_FORCE.index(_status(one, now))))
    return {
        "state": _state(relation, chosen, now),
        "counterpart": chosen["id"],
        "commitment": min(relation["commitment"], chosen["commitment"], key=_COMMITMENT.index),
        "differences": _differences(relation, chosen),
        "stale": _is_old(relation, now) and _is_old(chosen, now),
    }


def _answers(relation: Relation, other: Relation) -> bool:
    here, there = relation["from"], relation["to"]
    kind = relation["relationType"]
    own_word = other["id"].partition("/id/")[0] == there.partition("/id/")[0]
    right = other["relationType"] == _ANSWERS.get(kind, kind)
    return bool(here != there and (other["from"], other["to"]) == (there, here) and right and own_word)


def _state(one: Relation, other: Relation, now: datetime) -> str:
    if not _meet(one, other):
        return "contradictory"
    stated = {_status(one, now), _status(other, now)}
    return next((word for word in ("ended", "suspended", "proposed") if word in stated), "confirmed")


def _days(date: str) -> tuple[str, str]:
    """The first and the last day that a date can mean; the last may not exist, which no comparison minds."""
    parts = date.split("-")
    return "-".join([*parts, "01", "01"][:3]), "-".join([*parts, *["12", "31"][len(parts) - 1 :]])


def _meet(one: Relation, other: Relation) -> bool:
    begin = max(_days(side.get("since", "0001"))[0] for side in (one, other))
    return begin <= min(_days(side.get("until", "9999"))[1] for side in (one, other))


def _status(side: Relation, now: datetime) -> str:
    today = (now - timedelta(hours=12)).date().isoformat()
    return "ended" if "until" in side and _days(side["until"])[1] < today else str(side["status"])


def _differences(one: Relation, other: Relation) -> list[str]:
    found = ["commitment"] if one["commitment"] != other["commitment"] else []
    sectors = [set(side.get("sectors", ())) for side in (one, other)]
    found += ["sectors"] if all(sectors) and sectors[0] != sectors[1] else []
    return found + [name for name in ("since", "until") if not _same(one.get(name), other.get(name))]


def _same(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    (first, last), (begin, end) = _days(one), _days(other)
    return first <= end and begin <= last


def _is_old(side: Relation, now: datetime) -> bool:
    return bool(side["updated"] < f"{now.year - 1:04d}{now:-%m-%d}")
