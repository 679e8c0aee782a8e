"""Fetch bytes from a peer, and post to its witness; the only module that speaks HTTP, with `http_answer` to read with.

Every answer is hostile until its hashes are checked. What holds for each fetch (EXC-20 to EXC-27):

- bytes are capped three times: headers, body on the wire, body after inflation; the whole has one deadline;
- the name is resolved once per connection, every address is checked, a checked address is connected to;
- TLS is verified and there is no switch against it; HTTP/1.1 only;
- no redirects, credentials, cookies or proxies from the environment. They are not switched off: httpx's
  client, which would follow, store and read them, is not used; requests go straight to its transport layer;
- nothing decodes a body but `BodyReader`: a library that inflates as the peer's headers tell it to turned
  1.6 KB into 2 GiB. Only what was asked for, one coding at a time, with a bound;
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
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import httpcore
import httpx

from entrepot_schema.errors import Misuse, PeerFault, Unavailable
from entrepot_sync.addresses import Resolver, SystemResolver
from entrepot_sync.body_reader import BodyReader
from entrepot_sync.content_coding import asked_for, available_dictionary, has_dictionary
from entrepot_sync.fetch_limits import Limits
from entrepot_sync.guarded_backend import ClosedUnanswered, GuardedBackend, tls_context
from entrepot_sync.http_answer import HttpAnswer, wire_errors
from entrepot_sync.peer_url import BaseUrl
from entrepot_sync.retry_after import parse_retry_after

OK, NOT_MODIFIED, NOT_FOUND, GONE = 200, 304, 404, 410
DEFAULT_LIMITS = Limits()
_THROTTLED = frozenset({429, 503})
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,256}"')


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
            for _ in range(self._limits.parallel):
                # A peer closes what has been idle for some seconds, and storing a large group may take as long: each
                # connection that was kept can be one of those. Asking again is safe for a GET (RFC 9110 §9.2.2).
                with contextlib.suppress(ClosedUnanswered):
                    return await self._fetch(url, max_bytes, _parse_etag(etag))
            return await self._fetch(url, max_bytes, _parse_etag(etag))

    async def post(self, path: str, body: bytes, *, media_type: str, max_bytes: int) -> Posted:
        """See `PostTransport.post`."""
        url = self._base_url.url(path)
        async with self._turn(url):
            headers = [*self._headers_for(url), (b"Content-Type", media_type.encode("ascii"))]
            with wire_errors(url):
                request = httpx.Request(
                    "POST", url, headers=headers, content=body, extensions=self._timeouts()
                )
                response = await self._wire.handle_async_request(request)
            try:
                answer = HttpAnswer(url, request, response, self._limits.max_wire_bytes(max_bytes))
                if not 400 <= answer.status < 500 or answer.status in _THROTTLED:
                    self._check_status(answer, conditional=False)
                raw = await answer.read(_reader(answer, max_bytes))
            finally:
                with wire_errors(url):
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
        with wire_errors(str(self._base_url)):
            await self._wire.aclose()

    async def _fetch(self, url: str, max_bytes: int, etag: str | None) -> Fetched:
        with wire_errors(url):
            headers = self._headers_for(url)
            if etag:
                headers.append((b"If-None-Match", etag.encode("ascii")))
            request = httpx.Request("GET", url, headers=headers, extensions=self._timeouts())
            response = await self._wire.handle_async_request(request)
        try:
            answer = HttpAnswer(url, request, response, self._limits.max_wire_bytes(max_bytes))
            self._check_status(answer, conditional=etag is not None)
            if response.status_code == OK:
                body = await answer.read(_reader(answer, max_bytes))
            else:
                body = await answer.drain()
        finally:
            with wire_errors(url):
                await response.aclose()  # what was not read to its end closes the connection
        fresh = _parse_etag(answer.header("etag"))
        kept = etag if answer.status == NOT_MODIFIED else None
        media_type = answer.header("content-type") or ""
        return Fetched(answer.status, body, fresh or kept, answer.wire_bytes, media_type=media_type)

    def _headers_for(self, url: str) -> list[tuple[bytes, bytes]]:
        headers = [*self._headers, (b"Accept-Encoding", ", ".join(asked_for(url)).encode("ascii"))]
        if has_dictionary(url):
            headers.append((b"Available-Dictionary", available_dictionary().encode("ascii")))
        return headers

    def _timeouts(self) -> dict[str, Any]:
        # Only the connection has a timeout of its own: none of httpx's stops a slow drip, the deadline does.
        return {"timeout": {"connect": self._limits.connect_seconds}}

    def _check_status(self, answer: HttpAnswer, *, conditional: bool) -> None:
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


def _reader(answer: HttpAnswer, max_bytes: int) -> BodyReader:
    return BodyReader(answer.url, answer.encoding(), max_bytes, asked_for(answer.url))


def _parse_etag(text: str | None) -> str | None:
    return text if text is not None and _ETAG.fullmatch(text) else None
