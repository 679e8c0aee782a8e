"""Profile `mirror`: a node that stores and serves whole feeds of other origins, where both sides agreed."""

from __future__ import annotations

from entrepot_conformance.suite.case import Case

from . import agreement, erasure, helping, serving, trouble
from .scene import MirrorScene

TABLES = (serving, agreement, erasure, trouble, helping)


def cases() -> list[Case]:
    """Return the cases of this profile."""
    return [row.case("mirror", MirrorScene) for table in TABLES for row in table.rows()]
