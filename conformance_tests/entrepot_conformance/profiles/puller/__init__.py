"""Profile `puller`: a node that follows others, among them some that lie."""

from __future__ import annotations

from entrepot_conformance.suite.case import Case

from . import heads
from .play import run_row

TABLES = (heads.rows,)


def cases() -> list[Case]:
    """Return the cases of this profile."""
    return [row.case(run_row) for table in TABLES for row in table()]
