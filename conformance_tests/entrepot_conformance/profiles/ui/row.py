"""One case of the profile: what is looked for on the pages that were read, or asked besides."""

from __future__ import annotations

from collections.abc import Callable

from entrepot_conformance.suite.case import Case, Level, Side
from entrepot_conformance.suite.target import Target

from .site import Site, site_for


def row(
    name: str,
    title: str,
    ids: str,
    look: Callable[[Site], None],
    attack: str = "",
    side: Side = Side.REFUSE,
    level: Level = Level.MUST,
) -> Case:
    """Make a case. `ids` are clauses with spaces between."""
    return Case(
        f"ui.{name}",
        title,
        tuple(ids.split()),
        lambda target: _look(target, look),
        frozenset({side}),
        level,
        attack,
    )


def _look(target: Target, look: Callable[[Site], None]) -> None:
    look(site_for(target))
