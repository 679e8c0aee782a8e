"""An event loop whose time leaps to the next thing that is due: hours of waiting in seconds, in a fixed order."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any


class _Leap(selectors.DefaultSelector):
    """Waits for nothing: there is no input but timers."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing is due")
        self.now += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs coroutines in virtual time, which begins at 0."""

    def __init__(self) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        """Seconds of virtual time."""
        return self._leap.now
