# Made from _async/connection.py by clients/python/tools/make_sync.py; do not edit.
"""HTTP for the client: polite, bounded, and nothing decodes a body but us.

- GET with `If-None-Match` where an answer is held; 304 brings it back
- 429 and 503 are waited for as the server asks (Retry-After), failures with a growing, jittered pause; then the error
- every body has a cap before and after inflation; redirects and cookies are not followed or kept
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from entrepot_client.cache import AnswerCache
from entrepot_client.manners import Manners
from entrepot_client.problem import MAX_PROBLEM_BYTES, error_of
from entrepot_schema.errors import EntrepotError, Misuse, Unavailable
from entrepot_sync.body_reader import BodyReader
from entrepot_sync.retry_after import parse_retry_after

MAX_BODY_BYTES = 64 * 1024 * 1024
_FIRST_PAUSE = 0.5
_READ = 64 * 1024


class Connection:
    """One node's address. `transport` replaces the wire, in tests or behind a proxy of your own."""

    def __init__(self, base_url: str, manners: Manners, transport: httpx.BaseTransport | None = None) -> None:
        url = httpx.URL(base_url.rstrip("/"))
        if url.scheme not in ("http", "https") or not url.host:
            raise Misuse("client.url", f"{base_url[:200]!r} is no address of a node")
        self._base = str(url)
        self._manners = manners
        self._cache = AnswerCache()
        self._http = httpx.Client(
            transport=transport,
            timeout=manners.timeout_seconds,
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # none is kept, whoever sets it
            headers={"user-agent": manners.user_agent},
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def get(self, path: str, parameters: list[tuple[str, str]], *, accept: str = "*/*") -> bytes:
        """Fetch one answer whole, of at most 64 MiB."""
        url = str(httpx.URL(self._base + path, params=parameters) if parameters else self._base + path)
        headers = {"accept": accept, "accept-encoding": "gzip"}
        if tag := self._cache.etag(url):
            headers["if-none-match"] = tag
        with self._answer("GET", url, headers) as response:
            if response.status_code == 304:
                return self._cache.body(url)
            body = _read(response, MAX_BODY_BYTES)
            self._cache.keep(url, response.headers.get("etag", ""), body)
            return body

    def post(self, path: str, content: bytes) -> bytes:
        """Send one body and fetch the answer."""
        return self.send("POST", path, [], content, {})

    def send(
        self,
        method: str,
        path: str,
        parameters: list[tuple[str, str]],
        content: bytes,
        headers: dict[str, str],
    ) -> bytes:
        """Send what may be sent again when no answer comes, and fetch the answer."""
        url = str(httpx.URL(self._base + path, params=parameters) if parameters else self._base + path)
        headers = {"accept-encoding": "gzip", "content-type": "application/json", **headers}
        with self._answer(method, url, headers, content) as response:
            return _read(response, MAX_BODY_BYTES)

    @contextmanager
    def stream(
        self, path: str, parameters: list[tuple[str, str]], headers: dict[str, str]
    ) -> Iterator[httpx.Response]:
        """Open an answer that is read piece by piece with `iter_raw`."""
        url = str(httpx.URL(self._base + path, params=parameters) if parameters else self._base + path)
        with self._answer("GET", url, headers) as response:
            yield response

    def rest(self) -> None:
        """Wait a moment before a stream that ended is opened again."""
        time.sleep(self._growing(0))  # a stream that ends at once must not be asked for without end

    @contextmanager
    def _answer(
        self, method: str, url: str, headers: dict[str, str], content: bytes | None = None
    ) -> Iterator[httpx.Response]:
        """A successful answer, or 304; anything else is tried again where that may help, then raised."""
        for tried in range(self._manners.retries + 1):
            try:
                request = self._http.build_request(method, url, headers=headers, content=content)
                response = self._http.send(request, stream=True)
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
                failure: EntrepotError = Unavailable(
                    "client.unreachable", f"{self._base} does not answer: {type(error).__name__} {error}"
                )
            else:
                try:
                    if response.status_code in (200, 304):
                        yield response
                        return
                    failure = _failure(response)
                except httpx.HTTPError as error:
                    raise Unavailable(
                        "client.cut-off", f"{self._base} broke off: {type(error).__name__}", hint="Try again."
                    ) from error
                finally:
                    response.close()
            pause = self._pause(failure, tried)
            if pause is None:
                raise failure
            time.sleep(pause)  # manners: as long as the node asks, or longer after each failure

    def _pause(self, failure: EntrepotError, tried: int) -> float | None:
        """How long to wait before the next try; None when another try is of no use."""
        if not isinstance(failure, Unavailable) or tried >= self._manners.retries:
            return None
        if failure.retry_after is not None:
            return failure.retry_after if failure.retry_after <= self._manners.longest_wait else None
        return self._growing(tried)

    def _growing(self, tried: int) -> float:
        spread = 1 + random.random()  # noqa: S311  spreads tries in time; nothing secret
        return float(min(_FIRST_PAUSE * 2**tried * spread, self._manners.longest_wait))


def _failure(response: httpx.Response) -> EntrepotError:
    retry_after = None
    if response.status_code in (429, 503):
        retry_after = parse_retry_after(response.headers.get("retry-after"), datetime.now(UTC))
    body = b""
    for chunk in response.iter_raw(_READ):
        body += chunk
        if len(body) > MAX_PROBLEM_BYTES:
            break
    encoded = response.headers.get("content-encoding", "identity") != "identity"
    return error_of(response.status_code, b"" if encoded else body, retry_after)


def _read(response: httpx.Response, max_bytes: int) -> bytes:
    reader = BodyReader(str(response.url), response.headers.get("content-encoding", "identity"), max_bytes)
    for chunk in response.iter_raw(_READ):
        reader.feed(chunk)
    return reader.finish()
