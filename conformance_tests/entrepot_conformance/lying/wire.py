"""How an answer goes over the wire: as it should, or in one of the ways in which peers attack."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable
from http import HTTPStatus

from entrepot_conformance.toy_node import Response

_PATIENCE = 120.0
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_BLOCK = 128 * 1024  # the most that a block may hold (RFC 8878 §3.1.1.2)


class Connection:
    """The sending side of one connection; `pause` ends early when the peer is shut down."""

    def __init__(self, link: socket.socket, closing: threading.Event) -> None:
        self._link, self._closing = link, closing

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._link.sendall(data)

    def pause(self, seconds: float) -> bool:
        """Wait; answer whether to go on."""
        return not self._closing.wait(seconds)


Send = Callable[[Connection], None]
"""Writes a whole answer as it likes; the connection is closed after it."""


def head_of(response: Response, **headers: str) -> bytes:
    """Write status line and headers; `Content_Length="5"` replaces what would be true, and `""` leaves it out."""
    told = {**response.headers, "Content-Length": str(len(response.body))}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in told.items() if value]
    phrase = HTTPStatus(response.status).phrase if response.status in set(HTTPStatus) else "Odd"
    return "\r\n".join([f"HTTP/1.1 {response.status} {phrase}", *lines, "", ""]).encode("latin-1")


def plain(response: Response) -> bytes:
    """Write an answer as it should be."""
    if response.status == HTTPStatus.NOT_MODIFIED:
        return head_of(response, Content_Length="")
    return head_of(response) + response.body


def just(data: bytes) -> Send:
    """Send these bytes and hang up."""
    return lambda connection: connection.send(data)


def framed(response: Response, body: bytes | None = None, **headers: str) -> Send:
    """Send with other headers, or another body than the headers were made for."""
    return just(head_of(response, **headers) + (response.body if body is None else body))


def chunked(response: Response, *, extension: bytes = b"", end: bytes = b"0\r\n\r\n", size: int = 7) -> Send:
    """Send the body in small chunks."""
    parts = [response.body[at : at + size] for at in range(0, len(response.body), size)]
    body = b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
    return framed(response, body + end, Content_Length="", Transfer_Encoding="chunked")


def zipped(response: Response, encoding: str = "gzip") -> Response:
    """The answer with its body compressed."""
    body = gzip.compress(response.body, mtime=0) if encoding == "gzip" else zlib.compress(response.body)
    return Response(response.status, body, {**response.headers, "Content-Encoding": encoding})


def bomb(response: Response, megabytes: int, encoding: str = "gzip") -> Response:
    """An answer of a few bytes that inflates to many megabytes of zeros."""
    wbits = 31 if encoding == "gzip" else 15
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    million = bytes(1_000_000)
    body = b"".join(packer.compress(million) for _ in range(megabytes)) + packer.flush()
    return Response(200, body, {**response.headers, "Content-Encoding": encoding})


def frame(body: bytes, *, window: int = 17, times: int = 1) -> bytes:
    """A zstd frame by hand, with a window of so many bits: the body as it is, or its first byte, 128 KiB of it each time."""
    raw = [(0, body[at : at + _BLOCK], body[at : at + _BLOCK]) for at in range(0, len(body) or 1, _BLOCK)]
    blocks = raw if times == 1 else [(1, bytes(_BLOCK), body[:1])] * times
    heads = [len(plain) << 3 | kind << 1 for kind, plain, _ in blocks]
    heads[-1] |= 1  # the last block says so
    parts = (
        head.to_bytes(3, "little") + written for head, (_, _, written) in zip(heads, blocks, strict=True)
    )
    return _ZSTD_MAGIC + bytes([0, window - 10 << 3]) + b"".join(parts)


def skippable(body: bytes) -> bytes:
    """A zstd frame that a reader has to skip (RFC 8878 §3.1.2): no body stands in it."""
    return b"\x50\x2a\x4d\x18" + len(body).to_bytes(4, "little") + body


def endless(response: Response, piece: bytes, **headers: str) -> Send:
    """Send without end; whoever reads has to hang up."""

    def send(connection: Connection) -> None:
        connection.send(head_of(response, **{"Content_Length": "", **headers}) + response.body)
        block = piece * (65_536 // len(piece))
        while connection.pause(0.0):
            connection.send(block)

    return send


def endless_head(response: Response) -> Send:
    """Send headers without end."""

    def send(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\n")
        while connection.pause(0.0):
            connection.send(b"X-Padding: " + b"x" * 4000 + b"\r\n")

    return send


def dripping(data: bytes, *, every: float = 0.5) -> Send:
    """Send one byte after the other, slowly enough that no timeout between two bytes is met."""

    def send(connection: Connection) -> None:
        for byte in data:
            connection.send(bytes([byte]))
            if not connection.pause(every):
                return

    return send


def silent(data: bytes = b"") -> Send:
    """Send some bytes, then nothing more, and hold the connection."""

    def send(connection: Connection) -> None:
        connection.send(data)
        connection.pause(_PATIENCE)

    return send
