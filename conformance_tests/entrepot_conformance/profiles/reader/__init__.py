"""Profile `reader`: the public API, read as a stranger would read it. Nothing is left behind in the node."""

from __future__ import annotations

from entrepot_conformance.profiles.reader import lists, manners, subjects, whole
from entrepot_conformance.suite.case import Case


def cases() -> list[Case]:
    """Return the cases of this profile."""
    return [*lists.cases(), *subjects.cases(), *whole.cases(), *manners.cases()]
