"""How often something may happen: a bucket of turns for each key, refilled evenly. Pure: time is an argument."""

from __future__ import annotations

import threading


class RateLimit:
    """`burst` turns at once and `per_second` in the long run, for each key by itself. Any thread may ask.

    Keys are remembered. Where callers choose them, such as by their addresses, `most` bounds how many: the one that did not
    come for the longest is forgotten, and begins anew.
    """

    def __init__(self, burst: int, per_second: float, *, most: int | None = None) -> None:
        self._burst = float(burst)
        self._per_second = per_second
        self._most = most
        self._turns: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait(self, key: str, now: float) -> float:
        """Take a turn and return 0, or the seconds until there is one."""
        with self._lock:
            left, since = self._turns.pop(key, (self._burst, now))
            # A clock that is set back refills nothing and takes nothing away.
            left = min(self._burst, left + max(0.0, now - since) * self._per_second)
            taken = left >= 1
            self._turns[key] = (left - 1 if taken else left, now)  # the newest last
            if self._most is not None and len(self._turns) > self._most:
                del self._turns[next(iter(self._turns))]
            return 0.0 if taken else (1 - left) / self._per_second
