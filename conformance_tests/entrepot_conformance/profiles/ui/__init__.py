"""Profile `ui`: what the pages of a node make of records that were written to do harm. No browser is needed."""

from __future__ import annotations

from entrepot_conformance.suite.case import Case

from . import asked, shown


def cases() -> list[Case]:
    """Return the cases of this profile."""
    return [*shown.cases(), *asked.cases()]
