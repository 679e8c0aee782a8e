"""How a relation looks from both sides, in words. The state is computed from signed records, by everybody alike. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from entrepot_node.pages.naming import name_of
from entrepot_node.pages.shapes import shapes_of
from entrepot_node.pages.showing import Showing
from entrepot_node.pages.values import RecordValue, Row
from entrepot_schema.relation_state import RelationState, is_counterpart, relation_state

Profile = Mapping[str, Any]
MAX_RELATIONS = 50
_ORDER = ("confirmed", "proposed", "suspended", "contradictory", "one-sided", "ended")
_SIGNS = {"confirmed": "●", "one-sided": "◐", "proposed": "○", "contradictory": "▲"}
_COMPARED = ("relationType", "commitment", "status", "since", "until", "sectors", "summary", "updated")


@dataclass(frozen=True, slots=True)
class RelationLine:
    """One relation of a cluster: what for, with whom, and how it stands."""

    subject: str
    path: str
    purpose: str
    other: RecordValue | None
    state: str
    sign: str
    text: Markup
    commitment: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field as each side states it; None where a side says nothing."""

    name: str
    label: Markup
    ours: Row | None
    theirs: Row | None
    differs: bool


@dataclass(frozen=True, slots=True)
class TwoSides:
    """A relation beside what the other side states. `counterpart` is empty while it states nothing."""

    state: str
    sign: str
    text: Markup
    commitment: str
    stale: bool
    counterpart: str
    sides: tuple[Markup, Markup]
    fields: tuple[Comparison, ...]


def relation_lines(
    cluster: str, relations: Sequence[Profile], show: Showing, now: float
) -> tuple[RelationLine, ...]:
    """List the relations of a cluster, each pair of statements once, those in force first."""
    theirs: dict[str, list[Profile]] = defaultdict(list)
    ours: dict[str, list[Profile]] = defaultdict(list)
    for one in relations:
        if one["from"] == cluster:
            ours[one["to"]].append(one)
        else:
            theirs[one["from"]].append(one)
    lines = [_line(one, theirs[other], other, show, now) for other, stated in ours.items() for one in stated]
    for other, stated in theirs.items():
        unanswered = [one for one in stated if not _is_answered(one, ours[other])]
        lines += [_line(one, (), other, show, now) for one in unanswered]
    lines.sort(key=lambda line: (_ORDER.index(line.state), line.purpose, line.subject))
    return tuple(lines[:MAX_RELATIONS])


def _is_answered(relation: Profile, candidates: Iterable[Profile]) -> bool:
    return any(is_counterpart(dict(relation), dict(one)) for one in candidates)


def two_sides(relation: Profile, candidates: Sequence[Profile], show: Showing, now: float) -> TwoSides:
    """Lay out a relation beside the statement that answers it."""
    state = _state(relation, candidates, now)
    other = next((one for one in candidates if one["id"] == state.counterpart), None)
    fields = _comparisons(relation, other, state, show) if other is not None else ()
    return TwoSides(
        state=state.state,
        sign=_SIGNS.get(state.state, "◌"),
        text=state_text(state, relation, show),
        commitment=show.code(state.commitment, "commitment").text,
        stale=state.is_stale,
        counterpart=state.counterpart or "",
        sides=(name_of(relation["from"], show), name_of(relation["to"], show)),
        fields=fields,
    )


def state_text(state: RelationState, relation: Profile, show: Showing) -> Markup:
    """Say how a relation stands, and who says so."""
    says = state.by or (relation["from"],)
    by = Markup(", ").join(name_of(subject, show) for subject in says)
    return show.messages(f"relation.{state.state}", by=by, other=name_of(relation["to"], show))


def _line(
    relation: Profile, candidates: Iterable[Profile], other: str, show: Showing, now: float
) -> RelationLine:
    state = _state(relation, candidates, now)
    return RelationLine(
        subject=relation["id"],
        path=f"/record/{relation['id']}",
        purpose=show.code(relation["relationType"], "relationType").text,
        other=show.record(other),
        state=state.state,
        sign=_SIGNS.get(state.state, "◌"),
        text=state_text(state, relation, show),
        commitment=show.code(state.commitment, "commitment").text,
        stale=state.is_stale,
    )


def _state(relation: Profile, candidates: Iterable[Profile], now: float) -> RelationState:
    others = [dict(one) for one in candidates]
    return relation_state(dict(relation), others, now=datetime.fromtimestamp(now, UTC))


def _comparisons(
    relation: Profile, other: Profile, state: RelationState, show: Showing
) -> tuple[Comparison, ...]:
    shapes = shapes_of("relation")

    def row(side: Profile, name: str) -> Row | None:
        return show.row(name, side[name], shapes[name]) if name in side else None

    return tuple(
        Comparison(
            name, show.messages.field(name), row(relation, name), row(other, name), name in state.differences
        )
        for name in _COMPARED
        if name in relation or name in other
    )
