"""The rows of this profile."""

from __future__ import annotations

from entrepot_conformance.profiles.tables import ACCEPT, BOTH, REFUSE
from entrepot_conformance.profiles.tables import Row as AnyRow

from .scene import WitnessScene

__all__ = ["ACCEPT", "BOTH", "REFUSE", "Row"]

Row = AnyRow[WitnessScene]
