"""How often something may happen: a bucket of turns for each key, refilled evenly. Pure: time is an argument."""

from __future__ import annotations

import threading


class RateLimit:
    """`burst` turns at once and `per_second` in the long run, for each key by itself. Any thread may ask.

    Keys MUST be of the caller's own choice, such as names of configured logs: each is remembered.
    """

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst = float(burst)
        self._per_second = per_second
        self._turns: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait(self, key: str, now: float) -> float:
        """Take a turn and return 0, or the seconds until there is one."""
        with self._lock:
            left, since = self._turns.get(key, (self._burst, now))
            # A clock that is set back refills nothing and takes nothing away.
            left = min(self._burst, left + max(0.0, now - since) * self._per_second)
            if left < 1:
                self._turns[key] = (left, now)
                return (1 - left) / self._per_second
            self._turns[key] = (left - 1, now)
            return 0.0
