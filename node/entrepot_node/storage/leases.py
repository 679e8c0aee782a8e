"""The part of the storage contract about leases: who of several processes does what only one should do.

A lease saves work and is no lock: it ends by itself at its time, by the clock of whoever asks. What must not happen twice is
guarded by the store besides. Leases of pulls and pushes stand with their follows and pushes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class LeaseStore(Protocol):
    """See `interface` for what all methods promise."""

    def lease(self, name: str, owner: str, *, now: float, until: float) -> bool:
        """Take a lease, or keep it, until a time; False if another owner holds it."""
        ...

    def free_leases(self, has_ended: Callable[[str], bool]) -> None:
        """Give back all leases, those for pulls and pushes too, whose owners have ended."""
        ...
