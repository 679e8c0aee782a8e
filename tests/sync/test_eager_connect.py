"""Connections over lines that lose packets: how many are tried, which is taken, and that none is left open."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import httpcore
import pytest

from entrepot_sync.eager_connect import CONNECTIONS, connect_eagerly
from entrepot_sync.fetch_limits import Limits
from entrepot_sync.guarded_backend import GuardedBackend

NEVER = "never"


class Socket(httpcore.AsyncNetworkStream):
    def __init__(self, number: int) -> None:
        self.number = number
        self.closed = False

    async def aclose(self) -> None:
        self.closed = True


class Line:
    """Connects as its script says, try by try: with `NEVER`, an error, or at once."""

    def __init__(self, *script: Any) -> None:
        self.script = script
        self.begun = 0
        self.all_begun = asyncio.Event()
        self.given_up = 0
        self.sockets: list[Socket] = []

    async def connect(self, *_: Any) -> httpcore.AsyncNetworkStream:
        outcome = self.script[self.begun]
        self.begun = number = self.begun + 1
        if number == CONNECTIONS:
            self.all_begun.set()
        if outcome == NEVER:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.given_up += 1
                raise
        if isinstance(outcome, Exception):
            raise outcome
        if callable(outcome):
            await outcome()
        self.sockets.append(Socket(number))
        return self.sockets[-1]

    connect_tcp = connect


def taken(line: Line) -> int:
    stream = asyncio.run(connect_eagerly(line.connect, again_after=0.001))
    assert isinstance(stream, Socket)
    assert not stream.closed
    return stream.number


def test_a_peer_that_answers_is_connected_to_once() -> None:
    line = Line("at once")

    assert asyncio.run(connect_eagerly(line.connect, again_after=60.0)) is line.sockets[0]
    assert line.begun == 1


@pytest.mark.parametrize("lost", range(1, CONNECTIONS))
def test_a_try_whose_first_packet_was_lost_is_overtaken_and_given_up(lost: int) -> None:
    line = Line(*[NEVER] * lost, "at once")

    assert taken(line) == lost + 1
    assert line.given_up == lost


def test_a_refusal_is_an_answer() -> None:
    line = Line(httpcore.ConnectError("refused"))

    with pytest.raises(httpcore.ConnectError):
        taken(line)

    assert line.begun == 1


def test_a_silent_peer_costs_a_few_tries_and_no_more() -> None:
    async def time_out() -> None:
        await line.all_begun.wait()
        for _ in range(20):  # turns of the loop, in which a fourth try would begin
            await asyncio.sleep(0)
        raise httpcore.ConnectTimeout

    line = Line(time_out, *[NEVER] * (CONNECTIONS - 1), "one too many")

    with pytest.raises(httpcore.ConnectTimeout):
        asyncio.run(connect_eagerly(line.connect, again_after=0.0))

    assert (line.begun, line.given_up, line.sockets) == (CONNECTIONS, CONNECTIONS - 1, [])


def test_a_connection_that_stands_just_when_it_is_given_up_is_closed() -> None:
    async def just_then() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    line = Line(just_then, "at once")

    assert taken(line) == 2
    assert {socket.number: socket.closed for socket in line.sockets} == {1: True, 2: False}


def test_a_deadline_gives_up_all_tries() -> None:
    line = Line(*[NEVER] * CONNECTIONS)

    async def connect() -> None:
        connecting = asyncio.ensure_future(connect_eagerly(line.connect, again_after=0.001))
        await line.all_begun.wait()
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting

    asyncio.run(connect())

    assert line.given_up == CONNECTIONS


class Name:
    async def resolve(self, host: str, port: int) -> list[str]:
        return ["8.8.8.8"]


def test_peers_are_connected_to_this_way() -> None:
    line: Any = Line(NEVER, "at once")
    backend = GuardedBackend(
        Name(), allow_private=False, limits=Limits(connect_again_seconds=0.001), sockets=line
    )

    asyncio.run(backend.connect_tcp("biomed.example", 443))

    assert (line.begun, line.given_up) == (2, 1)
