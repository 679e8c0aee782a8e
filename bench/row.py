"""One line of the table: what was measured, ours and that of others on the same records, and whether the goal is met."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

OURS = "ours"


@dataclass(frozen=True, slots=True)
class Spread:
    """Some measurements of one thing."""

    median: float
    least: float
    most: float
    count: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal in words, and whether it is met."""

    goal: str
    met: bool


@dataclass(frozen=True, slots=True)
class Row:
    """`ratios` say how many times better ours is than each peer, whether less is better or more."""

    name: str
    unit: str
    ours: Spread
    peers: Mapping[str, Spread] = field(default_factory=dict)
    ratios: Mapping[str, float] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()
    note: str = ""


Goal = Callable[[Row], Verdict]


def make_row(
    name: str,
    unit: str,
    samples: Mapping[str, Sequence[float]] | Sequence[float],
    *goals: Goal,
    more_is_better: bool = False,
    note: str = "",
) -> Row:
    """Sum up measurements: ours and those of peers by name, or ours alone."""
    by_name = samples if isinstance(samples, Mapping) else {OURS: samples}
    spreads = {who: _spread(values) for who, values in by_name.items()}
    ours = spreads.pop(OURS)
    ratios = {
        who: _ratio(ours.median, peer.median) if more_is_better else _ratio(peer.median, ours.median)
        for who, peer in spreads.items()
    }
    row = Row(name, unit, ours, spreads, ratios, (), note)
    return Row(name, unit, ours, spreads, ratios, tuple(goal(row) for goal in goals), note)


def at_most(limit: float) -> Goal:
    """Ours is at most so much."""
    return lambda row: Verdict(f"≤ {limit:,g}", row.ours.median <= limit)


def at_least(limit: float) -> Goal:
    """Ours is at least so much."""
    return lambda row: Verdict(f"≥ {limit:,g}", row.ours.median >= limit)


def times_better(factor: float, peer: str) -> Goal:
    """Ours is so many times better than a peer; a peer that could not be measured leaves it open."""

    def judge(row: Row) -> Verdict:
        return Verdict(f"≥ {factor:.2g} × {peer}", row.ratios.get(peer, 0.0) >= factor)

    return judge


def _spread(values: Sequence[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values), len(values))


def _ratio(above: float, below: float) -> float:
    return above / below if below else 0.0
