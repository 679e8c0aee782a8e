"""Profile `witness`: a node that cosigns the heads of logs it follows (C2SP tlog-witness)."""

from __future__ import annotations

from entrepot_conformance.suite.case import Case

from . import answers, following, races, requests, restarts, vectors
from .scene import WitnessScene

TABLES = (vectors, requests, answers, races, restarts, following)


def cases() -> list[Case]:
    """Return the cases of this profile."""
    return [row.case("witness", WitnessScene) for table in TABLES for row in table.rows()]
