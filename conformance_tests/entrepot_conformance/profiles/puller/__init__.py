"""Profile `puller`: a node that follows others, among them some that lie."""

from __future__ import annotations

from entrepot_conformance.suite.case import Case

from . import entries, floods, heads, http, keys, records, slow, vectors
from .play import run_row

TABLES = (heads.rows, entries.rows, keys.rows, records.rows, vectors.rows, http.rows, floods.rows)


def cases() -> list[Case]:
    """Return the cases of this profile; those that wait for a deadline come last, and run side by side."""
    quick = [row.case(run_row) for table in TABLES for row in table()]
    return [*quick, *(row.case(slow.run_slow) for row in slow.rows())]
