"""Profile `puller`: a node that follows others, among them some that lie."""

from __future__ import annotations

from entrepot_conformance.suite.case import Case
from entrepot_conformance.suite.target import Target

from . import (
    bundles,
    contents,
    effects,
    encodings,
    entries,
    floods,
    heads,
    http,
    key_changes,
    keys,
    records,
    shown,
    slow,
    tiles,
    vectors,
)
from .play import Row, run_row
from .scene import MOST_PLAYS

TABLES = (
    heads.rows, entries.rows, bundles.rows, contents.rows, tiles.rows, effects.rows,
    keys.rows, key_changes.rows, records.rows, vectors.rows, http.rows, encodings.rows,
    floods.rows, shown.rows,
)  # fmt: skip


def cases() -> list[Case]:
    """Return the cases of this profile; those that wait for a deadline come last, and run side by side."""
    quick = [row.case(_run) for table in TABLES for row in table()]
    return [*quick, *(row.case(slow.run_slow) for row in slow.rows())]


def _run(target: Target, row: Row) -> None:
    """Play a row. A run that has come this far is a whole one, so what has to wait may begin to wait."""
    played = target.kept["puller plays"] = target.kept.get("puller plays", 0) + 1
    if played == MOST_PLAYS:
        slow.begin(target)
    run_row(target, row)
