"""Fetch bytes from a peer, and post to its witness; the only module that speaks HTTP.

Every answer is hostile until its hashes are checked. What holds for each fetch (EXC-20 to EXC-27):

- bytes are capped three times: headers, body on the wire, body after inflation; the whole has one deadline;
- the name is resolved once per connection, every address is checked, a checked address is connected to;
- TLS is verified and there is no switch against it; HTTP/1.1 only;
- no redirects, credentials, cookies or proxies from the environment. They are not switched off: httpx's
  client, which would follow, store and read them, is not used; requests go straight to its transport layer;
- nothing decodes a body but `BodyReader`: a library that inflates as the peer's headers tell it to turned
  1.6 KB into 2 GiB. Identity and gzip, one at a time, with a bound;
- 200, 304 (when asked for), 404 and 410 are answers; all else is an error of the one tree, and no other
  exception leaves `fetch`;
- a post is under the same guards. Refusals (4xx) are answers to it, since they say what to do next; it is never
  repeated here.

Deliberately not here: retries and back-off (the pull loop), media types (hashes decide), caches.

    transport = HttpTransport(parse_base_url("https://biomed.example", allow_private=False))
    head = await transport.fetch("/feed/checkpoint", max_bytes=65_536, etag=last_etag)
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import httpcore
import httpx

from entrepot_schema.errors import EntrepotError, Misuse, PeerFault, Unavailable
from entrepot_sync.addresses import Resolver, SystemResolver
from entrepot_sync.body_reader import BodyReader
from entrepot_sync.fetch_limits import Limits
from entrepot_sync.guarded_backend import CountedStream, GuardedBackend, tls_context
from entrepot_sync.peer_url import BaseUrl
from entrepot_sync.retry_after import parse_retry_after

OK, NOT_MODIFIED, NOT_FOUND, GONE = 200, 304, 404, 410
DEFAULT_LIMITS = Limits()
_THROTTLED = frozenset({429, 503})
_DRAIN_BYTES = 4096  # the text beside a 404 is read so far to keep the connection, never shown
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,256}"')
_LENGTH = re.compile(r"[0-9]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `status` is 200, 304, 404 or 410; `body` is inflated, and empty for all but 200.

    `wire_bytes` counts both ways: request line, header lines, blank line; status line, header lines, blank
    line, body with its chunk framing. On a socket it is exact; with an injected `inner` it is what HTTP/1.1
    would write for the headers seen there, the body unchunked. Name resolution, TCP and TLS are not in it.
    `media_type` is the Content-Type as it came; it counts only off feed paths.
    """

    status: int
    body: bytes
    etag: str | None
    wire_bytes: int
    requests: int = 1
    media_type: str = ""


class PeerTransport(Protocol):
    """One peer as a source of bytes. What comes back is unverified."""

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        """Fetch one path below the peer's base URL, `If-None-Match` the etag.

        Raise only PeerFault (the peer answered wrongly), Unavailable (try again) or Misuse (no such path).
        """
        ...

    async def aclose(self) -> None:
        """Close all connections. No fetch may follow."""
        ...


@dataclass(frozen=True, slots=True)
class Posted:
    """An answer to a post: 200, or a 4xx other than 429. `media_type` is the Content-Type as it came, "" if unclear."""

    status: int
    body: bytes
    media_type: str


class PostTransport(Protocol):
    """One peer as somebody to call upon. What it answers is unverified."""

    async def post(self, path: str, body: bytes, *, media_type: str, max_bytes: int) -> Posted:
        """Post a body to a path below the peer's base URL. Raises as `PeerTransport.fetch` does."""
        ...

    async def aclose(self) -> None:
        """Close all connections. No call may follow."""
        ...


OpenTransport = Callable[[str, bool], PeerTransport]
"""`open_transport(base_url, allow_private)`: the seam to the network."""


class HttpTransport:
    """The transport of one follow, over HTTP/1.1.

    `allow_private` is the follow's flag. `extra_roots_pem` adds certificate authorities of a closed network
    to the well-known ones. `inner` replaces the wire, and only that, by an httpx transport such as
    `ASGITransport`.
    """

    def __init__(
        self,
        base_url: BaseUrl,
        *,
        allow_private: bool = False,
        limits: Limits = DEFAULT_LIMITS,
        resolver: Resolver | None = None,
        user_agent: str = "entrepot",
        extra_roots_pem: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        inner: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if base_url.scheme != "https" and not allow_private:
            raise Misuse("peer.url", f"{base_url} is not https; that needs private addresses allowed")
        self._base_url = base_url
        self._limits = limits
        self._now = now
        self._headers = [
            (b"Host", base_url.authority.encode("ascii")),
            (b"User-Agent", user_agent.encode("ascii")),
            (b"Accept-Encoding", b"gzip"),
        ]
        self._turns = asyncio.Semaphore(limits.parallel)
        self._wire = inner or _SocketTransport(
            GuardedBackend(resolver or SystemResolver(), allow_private=allow_private, limits=limits),
            limits,
            tls_context(extra_roots_pem),
        )

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        """See `PeerTransport.fetch`. An etag that is not well-formed is not sent."""
        url = self._base_url.url(path)
        async with self._turn(url):
            return await self._fetch(url, max_bytes, _parse_etag(etag))

    async def post(self, path: str, body: bytes, *, media_type: str, max_bytes: int) -> Posted:
        """See `PostTransport.post`."""
        url = self._base_url.url(path)
        async with self._turn(url):
            headers = [*self._headers, (b"Content-Type", media_type.encode("ascii"))]
            with _wire_errors(url):
                request = httpx.Request(
                    "POST", url, headers=headers, content=body, extensions=self._timeouts()
                )
                response = await self._wire.handle_async_request(request)
            try:
                answer = _Answer(url, request, response, self._limits.max_wire_bytes(max_bytes))
                if not 400 <= answer.status < 500 or answer.status in _THROTTLED:
                    self._check_status(answer, conditional=False)
                raw = await answer.read(BodyReader(url, answer.encoding(), max_bytes))
            finally:
                with _wire_errors(url):
                    await response.aclose()
            return Posted(answer.status, raw, answer.header("content-type") or "")

    @contextlib.asynccontextmanager
    async def _turn(self, url: str) -> AsyncIterator[None]:
        async with self._turns:  # outside of the deadline: our own queue is not the peer's slowness
            try:
                async with asyncio.timeout(self._limits.total_seconds):
                    yield
            except TimeoutError as error:
                allowed = f"{self._limits.total_seconds:g} seconds"
                raise PeerFault("peer.too-slow", f"{url} was not answered in {allowed}") from error

    async def aclose(self) -> None:
        """See `PeerTransport.aclose`."""
        with _wire_errors(str(self._base_url)):
            await self._wire.aclose()

    async def _fetch(self, url: str, max_bytes: int, etag: str | None) -> Fetched:
        with _wire_errors(url):
            headers = [*self._headers, (b"If-None-Match", etag.encode("ascii"))] if etag else self._headers
            request = httpx.Request("GET", url, headers=headers, extensions=self._timeouts())
            response = await self._wire.handle_async_request(request)
        try:
            answer = _Answer(url, request, response, self._limits.max_wire_bytes(max_bytes))
            self._check_status(answer, conditional=etag is not None)
            if response.status_code == OK:
                body = await answer.read(BodyReader(url, answer.encoding(), max_bytes))
            else:
                body = await answer.drain()
        finally:
            with _wire_errors(url):
                await response.aclose()  # what was not read to its end closes the connection
        fresh = _parse_etag(answer.header("etag"))
        kept = etag if answer.status == NOT_MODIFIED else None
        media_type = answer.header("content-type") or ""
        return Fetched(answer.status, body, fresh or kept, answer.wire_bytes, media_type=media_type)

    def _timeouts(self) -> dict[str, Any]:
        # Only the connection has a timeout of its own: none of httpx's stops a slow drip, the deadline does.
        return {"timeout": {"connect": self._limits.connect_seconds}}

    def _check_status(self, answer: _Answer, *, conditional: bool) -> None:
        """Raise unless the status is one of the four that a feed path may have (EXC-21, EXC-25, EXC-26)."""
        status, url = answer.status, answer.url
        if status in (OK, NOT_FOUND, GONE) or (status == NOT_MODIFIED and conditional):
            return
        if status in _THROTTLED:
            wait = parse_retry_after(answer.header("retry-after"), self._now())
            message = f"{url} answered {status}: wait {wait:g} seconds"
            raise Unavailable("peer.throttled", message, retry_after=wait)
        if status >= 500:
            raise Unavailable("peer.status", f"{url} answered {status}")
        if 300 <= status < 400 and status != NOT_MODIFIED:
            hint = "Redirects are not followed. If the peer moved, ask its operator for the new base URL."
            raise PeerFault("peer.redirect", f"{url} answered with a redirect ({status})", hint=hint)
        raise PeerFault("peer.status", f"{url} answered {status}")


OpenPostTransport = Callable[[str, bool], HttpTransport]
"""As `OpenTransport`, where something is posted too."""


class _SocketTransport(httpx.AsyncBaseTransport):
    """httpx's seam on httpcore's public pool, with our backend below it."""

    def __init__(self, backend: GuardedBackend, limits: Limits, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=limits.parallel,
            keepalive_expiry=limits.keepalive_seconds,
            http1=True,
            http2=False,  # and no `h2` in the ALPN offer: its resets and floods have no place to happen
            retries=0,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        response = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_RawBody(response),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _RawBody(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._response.aiter_stream()

    async def aclose(self) -> None:
        await self._response.aclose()


class _Answer:
    """One response while it is read: its status, its framing, its bytes."""

    def __init__(
        self, url: str, request: httpx.Request, response: httpx.Response, max_wire_bytes: int
    ) -> None:
        self.url = url
        self.status = response.status_code
        self._request = request
        self._response = response
        self._max_wire_bytes = max_wire_bytes
        self._payload = 0
        stream = response.extensions.get("network_stream")
        self._wire = stream if isinstance(stream, CountedStream) else None
        if self._wire:
            self._wire.expect_body(max_wire_bytes)

    @property
    def wire_bytes(self) -> int:
        """See `Fetched`."""
        if self._wire:
            return self._wire.sent + self._wire.received
        request_line = len(f"{self._request.method}  HTTP/1.1\r\n") + len(self._request.url.raw_path)
        status_line = len(f"HTTP/1.1 {self.status} {self._response.reason_phrase}\r\n")
        heads = _header_bytes(self._request.headers) + _header_bytes(self._response.headers)
        return request_line + status_line + heads + self._payload

    def header(self, name: str) -> str | None:
        """Return the value of a header that comes once; None where it comes not at all or several times."""
        values = self._response.headers.get_list(name)
        return values[0] if len(values) == 1 else None

    def encoding(self) -> str:
        """Return the content encoding in lower case; a stack of them as one text, which no reader accepts."""
        return ", ".join(self._response.headers.get_list("content-encoding")).strip().lower() or "identity"

    async def read(self, reader: BodyReader) -> bytes:
        """Read the body through `reader` to its end."""
        async with contextlib.aclosing(self._chunks()) as chunks:
            async for chunk in chunks:
                reader.feed(chunk)
        return reader.finish()

    async def drain(self) -> bytes:
        """Read a little, so that the connection can be used again, and return the empty body."""
        async with contextlib.aclosing(self._chunks()) as chunks:
            async for _ in chunks:
                if self._payload > _DRAIN_BYTES:
                    break
        return b""

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it is on the wire, without its framing, and refuse framing that lies."""
        length = self._declared_length()
        if length is not None and length > self._max_wire_bytes and self.status == OK:
            raise PeerFault("peer.too-large", f"{self.url} announces {length} bytes")
        with _wire_errors(self.url):
            self._refuse_surplus(length)
            async for chunk in self._response.aiter_raw():
                self._payload += len(chunk)
                self._refuse_surplus(length)
                yield chunk
        if length is not None and self._payload != length:
            raise PeerFault("peer.protocol", f"{self.url} announces {length} bytes and has {self._payload}")

    def _declared_length(self) -> int | None:
        """Return the announced length; None where the body ends by chunks or with the connection."""
        headers = self._response.headers
        lengths = {text.strip() for text in headers.get_list("content-length", split_commas=True)}
        if not lengths:
            return 0 if self.status == NOT_MODIFIED else None
        (text, *others) = lengths
        if others or "transfer-encoding" in headers or not _LENGTH.fullmatch(text):
            raise PeerFault("peer.protocol", f"{self.url} does not say clearly how long its body is")
        return 0 if self.status == NOT_MODIFIED else int(text)

    def _refuse_surplus(self, length: int | None) -> None:
        # Bytes after the announced end would be read as the answer to the next request on this connection.
        # This is seen before the body's end is, so the connection is closed and not used again.
        extra = 0 if self._wire is None or length is None else self._wire.body_received - length
        if extra > 0 or (length is not None and self._payload > length):
            raise PeerFault("peer.protocol", f"{self.url} sends more than the {length} bytes it announces")


@contextlib.contextmanager
def _wire_errors(url: str) -> Iterator[None]:
    """Turn whatever the libraries below raise into an error of the one tree (H08)."""
    try:
        yield
    except EntrepotError:
        raise
    except httpcore.RemoteProtocolError as error:
        raise PeerFault("peer.protocol", f"{url} did not answer in HTTP/1.1: {_excerpt(error)}") from error
    except Exception as error:
        # Any class: httpx, httpcore, anyio, ssl, idna and the system each have their own, and an unexpected
        # one must not stop the pulls from other peers. What we decide ourselves has passed above.
        raise Unavailable("peer.unreachable", f"{url} could not be reached: {_excerpt(error)}") from error


def _excerpt(error: Exception) -> str:
    """Name an error in a line; what a peer sent stands in some messages, so it is escaped and cut."""
    return f"{type(error).__name__} {ascii(str(error))[1:-1][:160]}".strip()


def _parse_etag(text: str | None) -> str | None:
    return text if text is not None and _ETAG.fullmatch(text) else None


def _header_bytes(headers: httpx.Headers) -> int:
    """Count the header lines and the blank line after them, as HTTP/1.1 writes them."""
    return sum(len(name) + len(value) + len(": \r\n") for name, value in headers.raw) + len("\r\n")
