"""One case of the profile: a node of its own, which is ended whatever came of it; so several may run at a time."""

from __future__ import annotations

from collections.abc import Callable

from entrepot_conformance.suite.case import Case, Side
from entrepot_conformance.suite.target import Target

from .keeper import Keeper


def row(
    name: str,
    title: str,
    ids: str,
    act: Callable[[Keeper], None],
    attack: str,
    *sides: Side,
) -> Case:
    """Make a case. `ids` are clauses with spaces between; without `sides` it accepts."""

    def run(target: Target) -> None:
        keeper = Keeper(target, name)
        try:
            act(keeper)
        finally:
            keeper.close()

    return Case(
        f"durable.{name}",
        title,
        tuple(ids.split()),
        run,
        frozenset(sides or {Side.ACCEPT}),
        attack=attack,
        side_by_side=True,
    )
