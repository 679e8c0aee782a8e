"""Answering requests: the real applications, one request at a time, in a thread of their own.

The caller waits for the whole answer. So nothing of one request ever happens in the midst of another, and the order of all
that happens in a world is the order in which it was asked for.

An application outlives the nodes it serves: to build one takes longer than many steps, and it keeps nothing of a node
but what stands in its `Place`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import httpx
from fastapi import FastAPI

from entrepot_node.app import create_app
from entrepot_node.mirroring import Mirrors
from entrepot_node.served_checkpoint import Leaving
from entrepot_node.settings import Settings
from entrepot_node.storage.interface import Store
from entrepot_node.witnessing import Witness


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is on the wire."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def response(self) -> httpx.Response:
        return httpx.Response(self.status, headers=self.headers, stream=httpx.ByteStream(self.body))


@dataclass(frozen=True, slots=True)
class Process:
    """What a serving process keeps in memory; a restart makes all of it anew."""

    store: Store
    settings: Settings
    witness: Witness
    mirrors: Mirrors
    leaving: Leaving
    now: Callable[[], datetime]


class _Current:
    """Stands for one member of the process that is served at present, also where a method was taken from it long ago."""

    def __init__(self, place: Place, member: str) -> None:
        self._place = place
        self._member = member

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            return getattr(getattr(self._place.process, self._member), name)(*args, **more)

        return call


class Place:
    """An application and the process that it serves at present."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.app: FastAPI = create_app(
            cast(Store, _Current(self, "store")),
            process.settings,
            mirrors=cast(Mirrors, _Current(self, "mirrors")),
            witness=cast(Witness, _Current(self, "witness")),
            leaving=lambda feed: self.process.leaving(feed),
            now=lambda: self.process.now(),
        )


class Server:
    """Answers for all nodes. `places` are by name of a machine, the same in all worlds of this server."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._places: dict[str, Place] = {}

    def serve(self, machine: str, process: Process) -> Place:
        """Let a machine serve a process from now on."""
        place = self._places.get(machine)
        if place is None:
            place = self._places[machine] = Place(process)
        place.process = process
        return place

    def answer(self, place: Place, method: str, url: str, headers: Any, body: bytes) -> Answer:
        """Send one request to an application and wait for the whole answer."""
        request = httpx.Request(method, url, headers=headers, content=body)
        return asyncio.run_coroutine_threadsafe(_answer(place.app, request), self._loop).result()


async def _answer(app: FastAPI, request: httpx.Request) -> Answer:
    response = await httpx.ASGITransport(app, raise_app_exceptions=False).handle_async_request(request)
    body = b"".join([part async for part in response.aiter_raw()])
    return Answer(response.status_code, response.headers.raw, body)


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server; worlds may use it one after the other."""
    loop = asyncio.SelectorEventLoop()
    thread = threading.Thread(target=loop.run_forever, name="server", daemon=True)
    thread.start()
    try:
        yield Server(loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
