"""Connections to peers: names resolved once, every address checked, every byte counted (EXC-20, EXC-23, EXC-27)."""

from __future__ import annotations

import functools
import re
import ssl
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

import httpcore

from entrepot_schema.errors import Misuse, PeerFault, Unavailable
from entrepot_sync.addresses import Resolver, check_addresses
from entrepot_sync.eager_connect import connect_eagerly
from entrepot_sync.fetch_limits import Limits

_BLANK_LINE = re.compile(rb"\n\r?\n")  # as h11 ends a head
_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9]{2}")

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, and to nothing else (EXC-23).

    The check stands where the connection is made, so nothing can come between the two: no second resolution,
    no URL that another parser reads differently. The certificate is still checked against the name.
    """

    def __init__(
        self,
        resolver: Resolver,
        *,
        allow_private: bool,
        limits: Limits,
        sockets: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._resolver = resolver
        self._allow_private = allow_private
        self._limits = limits
        self._sockets = sockets or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature of httpcore
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first checked address that answers; `timeout` is for each."""
        refusal: Exception = httpcore.ConnectError("no address")
        for address in await self._checked_addresses(host, port):
            try:
                connect = functools.partial(
                    self._sockets.connect_tcp, address, port, timeout, local_address, socket_options
                )
                stream = await connect_eagerly(connect, again_after=self._limits.connect_again_seconds)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refusal = error
            else:
                return CountedStream(stream, self._limits.max_header_bytes)
        raise refusal

    async def _checked_addresses(self, host: str, port: int) -> tuple[str, ...]:
        addresses = [host] if _is_literal(host) else await self._resolver.resolve(host, port)
        return check_addresses(addresses, allow_private=self._allow_private)


class ClosedUnanswered(Unavailable):
    """The peer closed a connection without a byte of an answer; one that stood idle, most likely."""


class CountedStream(httpcore.AsyncNetworkStream):
    """A connection that counts and caps the bytes of the exchange it carries, in clear, also over TLS.

    HTTP/1.1 carries one exchange at a time, and a GET is one write; so a write begins a new count.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream, max_header_bytes: int) -> None:
        self._stream = stream
        self._max_header_bytes = max_header_bytes
        self._limit = max_header_bytes
        self._head: bytearray | None = None
        self._head_bytes = 0
        self.sent = 0
        self.received = 0

    @property
    def body_received(self) -> int:
        """Bytes after the head, with chunk framing; what follows the body is in it too."""
        return self.received - self._head_bytes

    def expect_body(self, max_bytes: int) -> None:
        """Note that the head is read, and allow so many bytes after it."""
        self._head_bytes = _end_of_head(self._head or b"")
        self._head = None
        self._limit = self._head_bytes + max_bytes

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  the signature of httpcore
        room = self._limit - self.received
        if room <= 0:
            part = "headers" if self._head is not None else "body"
            raise PeerFault("peer.too-large", f"the {part} of the answer took more than {self._limit} bytes")
        data = await self._stream.read(min(max_bytes, room), timeout)
        if not data and not self.received:
            # An idle connection that was closed, or a node that is restarting: nobody answered wrongly.
            raise ClosedUnanswered("peer.unreachable", "the connection was closed before an answer came")
        self.received += len(data)
        if self._head is not None:
            self._head += data
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  the signature of httpcore
        if buffer:
            self.sent, self.received, self._head_bytes = len(buffer), 0, 0
            self._head, self._limit = bytearray(), self._max_header_bytes
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  the signature of httpcore
    ) -> httpcore.AsyncNetworkStream:
        # The connection stands: a handshake that takes for ever is a slow peer, and meets the deadline.
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, timeout=None)
        except BaseException:
            # httpcore closes on an Exception only; a deadline is a cancellation, and would leak the socket.
            await self._stream.aclose()
            raise
        return CountedStream(stream, self._max_header_bytes)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@functools.cache
def tls_context(extra_roots_pem: str) -> ssl.SSLContext:
    """One context for all peers: it takes 1 MiB and 30 ms. Verification cannot be switched off (EXC-27)."""
    context = httpcore.default_ssl_context()  # checks chain and name; the system's roots and certifi's
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if extra_roots_pem:
        try:
            context.load_verify_locations(cadata=extra_roots_pem)
        except ssl.SSLError as error:
            raise Misuse("peer.roots", "the extra certificate authorities are no PEM certificates") from error
    return context


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _end_of_head(data: bytes | bytearray) -> int:
    """Return where the body begins, after all interim (1xx) heads."""
    position = 0
    while match := _BLANK_LINE.search(data, position):
        if not _INTERIM.match(data, position):
            return match.end()
        position = match.end()
    return len(data)
