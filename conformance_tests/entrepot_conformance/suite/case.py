"""One case: what a node must do, which clauses say so, and how it is tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from .target import Target


class Level(StrEnum):
    """How the specification says it. A failed SHOULD fails a run only with `--strict`, a failed MAY never."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Side(StrEnum):
    """Which half of a promise a case tries: that what is good is taken, or that what is bad is refused."""

    ACCEPT = "accept"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `name` is `<profile>.<words-with-hyphens>`, permanent: results of years are compared by it."""

    name: str
    title: str
    """What the node does if it passes, in one sentence."""
    ids: tuple[str, ...]
    """Clauses of the specification, such as LOG-63."""
    run: Callable[[Target], None]
    """Returns if the node passes; raises AssertionError (or a broken rule of the reader) with what is wrong."""
    sides: frozenset[Side] = frozenset({Side.ACCEPT})
    level: Level = Level.MUST
    attack: str = ""
    """Id in the list of attacks, such as L02; empty for an ordinary case."""
    needs: frozenset[str] = frozenset()
    """Features that the target must have named, such as `set-time`; else the case is skipped."""

    side_by_side: bool = False
    """Whether it shares nothing with others, so that it may run beside them, at any time."""

    @property
    def profile(self) -> str:
        """The profile it belongs to: the first part of its name."""
        return self.name.partition(".")[0]
