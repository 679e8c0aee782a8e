"""Connections that never say what they want, or never take what they asked for: closed in time (F22)."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from entrepot_node.patient_protocol import PatientProtocol

WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
_WAIT = 60  # far beyond what is needed; a test that reaches it fails


class Hasty(PatientProtocol):
    """The same within the patience of a test."""

    head_seconds = 0.2
    drain_seconds = 0.2
    sends_at_once: ClassVar[list[int]] = []

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        link = transport.get_extra_info("socket")
        self.sends_at_once.append(link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


async def endless(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer `/` with a word, anything else with more than all buffers between us hold."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(0 if scope["path"] == "/" else 2_000):
        await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def connect() -> Iterator[Callable[[], socket.socket]]:
    """Connections to a server in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(endless, http=Hasty, lifespan="off", log_level="error", timeout_keep_alive=_WAIT)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    opened: list[socket.socket] = []

    def open_one() -> socket.socket:
        opened.append(socket.create_connection(listener.getsockname(), timeout=_WAIT))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
    server.should_exit = True
    thread.join()
    listener.close()


def rest_of(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    found = b""
    while part := connection.recv(65_536):
        found += part
    return found


@pytest.mark.parametrize("head", [b"", b"G", WHOLE[:-2], WHOLE[:-2] + b"X: y\r\n"])
def test_f22_a_connection_without_a_whole_head_is_closed(connect: Any, head: bytes) -> None:
    connection = connect()
    connection.sendall(head)

    assert rest_of(connection) == b""


def test_f22_half_a_second_request_is_given_no_more_time_than_the_first(connect: Any) -> None:
    connection = connect()
    connection.sendall(WHOLE)
    first = connection.recv(4_096)
    connection.sendall(WHOLE[:-2])

    assert first.startswith(b"HTTP/1.1 200")
    assert not rest_of(connection).startswith(b"HTTP")


def test_f22_what_nobody_takes_is_not_kept_ready_for_ever(connect: Any) -> None:
    connection = connect()
    connection.sendall(WHOLE.replace(b"/ ", b"/all "))
    ended = threading.Event()

    def look() -> None:
        # Nothing is read: that the other side gave up is seen by writing to it.
        try:
            while not ended.wait(0.05):
                connection.sendall(b"x")
        except OSError:
            ended.set()

    looker = threading.Thread(target=look)
    looker.start()

    assert ended.wait(_WAIT)
    looker.join()


def test_whole_requests_are_answered_one_after_the_other(connect: Any) -> None:
    connection = connect()
    for _ in range(3):
        connection.sendall(WHOLE + WHOLE)
        found = b""
        while found.count(b"ok") < 2:
            found += connection.recv(4_096)
        assert found.count(b"HTTP/1.1 200") == 2


def test_a_body_does_not_wait_until_its_head_is_acknowledged(connect: Any) -> None:
    """Nor where the listener, as here, was not made by asyncio, which sees to it for its own."""
    Hasty.sends_at_once.clear()
    connection = connect()
    connection.sendall(WHOLE)

    assert connection.recv(4_096).startswith(b"HTTP/1.1 200")
    assert Hasty.sends_at_once == [1]
