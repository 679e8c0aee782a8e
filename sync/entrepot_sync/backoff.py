"""When to ask a peer again: evenly when all is well, less and less often after failures, never in step (EXC-29)."""

from __future__ import annotations

MAX_DELAY_SECONDS = 6 * 3600.0
_JITTER = 0.2


def next_delay(
    poll_seconds: float, failures: int, fraction: float, *, retry_after: float | None = None
) -> float:
    """Seconds until the next pull.

    `failures` counts those in a row; each doubles the wait, up to six hours. `fraction` is a random number in
    [0, 1) and spreads waits by ±20 %. A peer that said when to come back is not asked earlier.
    """
    doubled = min(poll_seconds * (1 << min(failures, 20)), max(MAX_DELAY_SECONDS, poll_seconds))
    spread = doubled * (1 - _JITTER + 2 * _JITTER * fraction)
    return max(spread, retry_after or 0.0)
