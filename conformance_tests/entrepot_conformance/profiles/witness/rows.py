"""One line of a table of cases, and how it is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from entrepot_conformance.suite.case import Case, Level, Side
from entrepot_conformance.suite.outcome import Skipped
from entrepot_conformance.suite.target import Target
from entrepot_conformance.suite.usage import Budget

from .scene import WitnessScene, retire, scene_for

ACCEPT, REFUSE = frozenset({Side.ACCEPT}), frozenset({Side.REFUSE})
BOTH = ACCEPT | REFUSE


@dataclass(frozen=True, slots=True)
class Row:
    """One case. `act` is what the witness is asked, and what it owes."""

    name: str
    title: str
    ids: str
    act: Callable[[WitnessScene], None]
    sides: frozenset[Side] = REFUSE
    attack: str = ""
    level: Level = Level.MUST
    needs: frozenset[str] = frozenset()
    budget: Budget = field(default_factory=Budget)

    def case(self) -> Case:
        """Make a case of the profile."""
        return Case(
            f"witness.{self.name}", self.title, tuple(self.ids.split()), lambda target: play(target, self),
            self.sides, self.level, self.attack, self.needs,
        )  # fmt: skip


def play(target: Target, row: Row) -> None:
    """Play a row against the node that stands; one that fails is not used again."""
    scene = scene_for(target)
    scene.node.require(*row.needs)
    try:
        before = scene.usage()
        row.act(scene)
        after = scene.usage()
        if before is not None and after is not None:
            faults = row.budget.faults(after.since(before))
            assert not faults, f"it cost too much: {'; '.join(faults)}"
    except Skipped:
        raise
    except BaseException:
        retire(scene)
        raise
