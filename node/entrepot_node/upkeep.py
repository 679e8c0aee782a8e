"""Whose turn it is to do what one process does for the whole node: erasures that wait, rounds, counting.

Several processes may serve and pull on one store. One of them holds a lease, and keeps it for as long as it lives; when it
has ended another takes its turn within seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from entrepot_node.storage.interface import Store

UPKEEP = "upkeep"
"""The name of the lease."""
TURN_SECONDS = 20.0
"""How long a process that died keeps others from its turn."""


class Upkeep:
    """Answers whether it is this process's turn. `owner` names it in leases. Any thread may ask."""

    def __init__(self, store: Store, owner: str, *, now: Callable[[], float]) -> None:
        self._store = store
        self._owner = owner
        self._now = now
        self._lock = threading.Lock()
        self._until = 0.0

    def is_ours(self) -> bool:
        """Take the turn if it is free; keep it if it is ours."""
        with self._lock:
            now = self._now()
            # Asked every second: it is written anew only when half of it has passed, or the clock was set back.
            if TURN_SECONDS / 2 <= self._until - now <= TURN_SECONDS:
                return True
            until = now + TURN_SECONDS
            held = self._store.lease(UPKEEP, self._owner, now=now, until=until)
            self._until = until if held else 0.0
            return held
