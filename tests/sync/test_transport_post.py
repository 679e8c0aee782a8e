"""A post to a peer's witness is under the guards of a fetch (EXC-20 to EXC-26), on a real socket."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from entrepot_schema.errors import EntrepotError, Unavailable
from entrepot_sync.fetch_limits import Limits
from entrepot_sync.peer_url import BaseUrl
from entrepot_sync.transport import HttpTransport, Posted

BODY = b"old 5\n\nthe checkpoint\n"


def post(
    script: bytes, *, hang: bool = False, limits: Limits | None = None
) -> tuple[Posted | EntrepotError, bytes]:
    """Post to a server that answers with scripted bytes; return the answer or error, and what it was sent."""
    received = bytearray()
    handlers: list[asyncio.Task[None] | None] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.append(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        received.extend(head + await reader.readexactly(int(length.partition(b":")[2])))
        writer.write(script)
        await writer.drain()
        if hang:
            await reader.read()
        writer.close()
        await writer.wait_closed()

    async def run() -> Posted | EntrepotError:
        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        url = BaseUrl("http", "127.0.0.1", port, "")
        transport = HttpTransport(url, allow_private=True, limits=limits or Limits())
        try:
            async with server, aclosing(transport):
                return await transport.post(
                    "/witness/add-checkpoint", BODY, media_type="text/plain", max_bytes=100
                )
        except EntrepotError as error:
            return error
        finally:
            await asyncio.gather(*(task for task in handlers if task))

    return asyncio.run(run()), bytes(received)


def answered(status: str, body: bytes = b"", *lines: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def test_the_body_goes_out_whole_with_its_length_and_nothing_that_names_us() -> None:
    """EXC-21: no credentials, no cookies."""
    posted, received = post(answered("200 OK", b"a line\n", "Content-Type: text/plain"))

    assert posted == Posted(200, b"a line\n", "text/plain")
    head, _, body = received.partition(b"\r\n\r\n")
    assert body == BODY
    assert head.startswith(b"POST /witness/add-checkpoint HTTP/1.1\r\n")
    names = {line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:]}
    assert names == {b"host", b"user-agent", b"accept-encoding", b"content-type", b"content-length"}


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 422])
def test_a_refusal_is_an_answer_with_its_body_and_media_type(status: int) -> None:
    posted, _ = post(answered(f"{status} No", b"7\n", "Content-Type: text/x.tlog.size"))

    assert posted == Posted(status, b"7\n", "text/x.tlog.size")


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (answered("302 Found", b"", "Location: http://other.example/"), "peer.redirect"),
        (answered("307 Again", b"", "Location: http://other.example/"), "peer.redirect"),
        (answered("201 Created"), "peer.status"),
        (answered("304 Not Modified"), "peer.status"),
        (answered("500 Oops"), "peer.status"),
        (answered("200 OK", b"x" * 101), "peer.too-large"),
        (answered("409 Conflict", b"x" * 101), "peer.too-large"),
        (b"HTTP/1.1 409 Conflict\r\nContent-Length: 9999999\r\n\r\n", "peer.protocol"),
        (answered("200 OK", b"x", "Content-Encoding: br"), "peer.encoding"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "peer.protocol"),
        (b"nonsense\r\n\r\n", "peer.protocol"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_an_error_of_the_one_tree(script: bytes, code: str) -> None:
    """H08."""
    error, _ = post(script)

    assert isinstance(error, EntrepotError)
    assert error.code == code


def test_a_peer_that_says_how_long_to_wait_is_heard() -> None:
    """EXC-26."""
    error, _ = post(answered("429 Too Many", b"", "Retry-After: 30"))

    assert isinstance(error, Unavailable)
    assert (error.code, error.retry_after) == ("peer.throttled", 30)


def test_a_peer_that_never_ends_its_answer_is_too_slow() -> None:
    """EXC-20."""
    script = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"
    error, _ = post(script, hang=True, limits=Limits(total_seconds=0.2))

    assert isinstance(error, EntrepotError)
    assert error.code == "peer.too-slow"
