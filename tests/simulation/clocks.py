"""Time of a world: one count of seconds for all, which moves only when somebody waits; and a clock for each node.

Event loops of a world run on it too. So a deadline of 300 seconds ends at once when a peer is slower than that, never
because the machine is slow, and the same seed sees the same deadlines.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class Time:
    """Seconds since the world began."""

    def __init__(self) -> None:
        self.elapsed = 0.0


class Clock:
    """The clock of one node; `wrong` is how many seconds it is ahead."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self.wrong = 0.0

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self._time.elapsed + self.wrong)

    def seconds(self) -> float:
        return self().timestamp()


class _JumpingSelector(selectors.SelectSelector):
    """Where a loop would wait, time jumps to when the wait ends."""

    def __init__(self, time: Time) -> None:
        super().__init__()
        self._time = time

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout > 0:
            self._time.elapsed += timeout
            timeout = 0
        return super().select(timeout)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, time: Time) -> None:
        self._world_time = time
        super().__init__(_JumpingSelector(time))

    def time(self) -> float:
        return self._world_time.elapsed


class _Policy(asyncio.DefaultEventLoopPolicy):
    def __init__(self, time: Time) -> None:
        super().__init__()
        self._time = time

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return _Loop(self._time)


@contextmanager
def loops_on(time: Time) -> Iterator[None]:
    """Let `asyncio.run` of this process use the time of a world."""
    before = asyncio.get_event_loop_policy()
    asyncio.set_event_loop_policy(_Policy(time))
    try:
        yield
    finally:
        asyncio.set_event_loop_policy(before)
