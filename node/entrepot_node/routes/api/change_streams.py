"""Changes as they come, for any number of readers up to a bound: one look at the store serves them all.

The store is asked for its last change once a second while anybody listens: another process may have published. Each
reader then reads on from its own cursor, so that a slow one delays nobody and holds no view of the store.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import structlog
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import format_sse_event

from entrepot_node.routes.api.cursors import write_cursor
from entrepot_node.routes.api.items import change_of
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Unavailable

CHANGES = "changes"
_STEP = 100
_RETRY_MILLISECONDS = 5_000

log = structlog.get_logger()


class ChangeStreams:
    """All streams of changes that a process serves. `close` ends them; a server calls it before it waits for them."""

    def __init__(
        self,
        store: Store,
        *,
        limit: int = 100,
        limit_of_one: int = 20,
        poll_seconds: float = 1.0,
        heartbeat_seconds: float = 15.0,
    ) -> None:
        self._store = store
        self._limit = limit
        self._limit_of_one = limit_of_one
        self._poll_seconds = poll_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._open = Counter[str]()
        self._last = -1
        self._news: asyncio.Event | None = None
        self._poller: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def open(self) -> int:
        """How many streams are open."""
        return self._open.total()

    def enter(self, caller: str) -> None:
        """Take a place among the streams; raise `stream.full` where there is none. Give it back with `leave`."""
        hint = "Read /api/v1/changes instead, or come back later."
        if self._closed or self.open >= self._limit:
            raise Unavailable("stream.full", "as many readers as this node takes are listening", hint=hint)
        if self._open[caller] >= self._limit_of_one:
            message = "as many readers as this node takes from one address are listening there"
            raise Unavailable("stream.full", message, hint=hint)
        self._open[caller] += 1
        if self._poller is None:
            self._news = asyncio.Event()
            self._poller = asyncio.get_running_loop().create_task(self._poll())

    def leave(self, caller: str) -> None:
        """Give the place back; without readers nobody looks at the store."""
        self._open[caller] -= 1
        if not self._open[caller]:
            del self._open[caller]
        if not self._open and self._poller is not None:
            self._poller.cancel()
            self._poller = None

    def close(self) -> None:
        """End all streams and take no new ones. Only from the thread of the event loop."""
        self._closed = True
        self._tell()

    async def events(self, after: int) -> AsyncIterator[bytes]:
        """Write what comes behind a change, as server-sent events; heartbeats while nothing does."""
        yield format_sse_event(retry=_RETRY_MILLISECONDS, comment="changes of this node")
        while not self._closed:
            news = self._news or asyncio.Event()
            rows = await run_in_threadpool(self._store.changes, after=after, limit=_STEP)
            for row in rows:
                after = row.seq
                yield format_sse_event(
                    event="change", id=write_cursor(CHANGES, after), data_str=change_of(row).model_dump_json()
                )
            if not rows and not await self._within_heartbeat(news):
                yield format_sse_event(comment="still here")

    async def _within_heartbeat(self, news: asyncio.Event) -> bool:
        try:
            await asyncio.wait_for(news.wait(), self._heartbeat_seconds)
        except TimeoutError:
            return False
        return True

    async def _poll(self) -> None:
        while True:
            try:
                last = await run_in_threadpool(self._store.last_change)
            except Exception:
                # The outermost edge of a look: streams go on, and read for themselves at each heartbeat.
                log.exception("no look at the last change")
            else:
                if last != self._last:
                    self._last = last
                    self._tell()
            await asyncio.sleep(self._poll_seconds)

    def _tell(self) -> None:
        told, self._news = self._news, asyncio.Event()
        if told is not None:
            told.set()
