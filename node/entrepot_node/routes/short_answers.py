"""Where an answer is made: on the event loop, or in a thread that may wait.

Handing a question to a thread and back costs several times what reading a record from a file does, since both want the interpreter
(docs/performance.md, "Reading"). So short questions are answered where they come in, as long as the store answers at once; while it
keeps us waiting, as a cold disk does, and always where it is a server that may not answer, nobody else waits with them.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Response
from starlette.concurrency import run_in_threadpool

_LONG_SECONDS = 0.05
_SOON_SECONDS = 5.0
_PATIENT_TIMES = 20
"""So many times as long as it took, others go to threads: the loop waits for a tenth of its time at most."""


@dataclass(frozen=True, slots=True)
class Later:
    """An answer that turned out to take long: `make` makes it, in a thread."""

    make: Callable[[], Response]


class ShortAnswers:
    """Answers short questions to a store. `is_near`: the store is a file of this machine."""

    def __init__(self, *, is_near: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._is_near = is_near
        self._clock = clock
        self._long_at = self._patient_until = -_SOON_SECONDS

    async def answer(self, make: Callable[..., Response | Later], *args: Any, **named: Any) -> Response:
        """Make an answer that is short as a rule."""
        started = self._clock()
        if not self._is_near or started < self._patient_until:
            made = await run_in_threadpool(make, *args, **named)
        else:
            made = make(*args, **named)
            now = self._clock()
            if now - started > _LONG_SECONDS:
                # Once may be a processor that others want, or the collector of garbage; a slow disk is slow again.
                if now - self._long_at < _SOON_SECONDS:
                    self._patient_until = now + _PATIENT_TIMES * (now - started)
                self._long_at = now
        return await run_in_threadpool(made.make) if isinstance(made, Later) else made

    def endpoint(self, make: Callable[..., Response | Later]) -> Callable[..., Awaitable[Response]]:
        """Make a path operation of what answers one."""

        @functools.wraps(make)
        async def short(*args: Any, **named: Any) -> Response:
            return await self.answer(make, *args, **named)

        return short
