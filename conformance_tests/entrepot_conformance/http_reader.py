"""Reading a node over plain HTTP: bounded, without redirects, cookies or proxies.

Standard library only, so that the suite runs wherever Python runs. One connection for each request.
"""

from __future__ import annotations

import contextlib
import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from .suite.traffic import Traffic

MAX_BODY_BYTES = 32 * 1024 * 1024  # a bundle of 256 records of 64 KiB is 16 MiB
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """One answer. `headers` has lower-case names; `body` is after inflation; `encoding` as it was sent."""

    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    encoding: str = "identity"

    @property
    def media_type(self) -> str:
        """The media type without parameters, empty if none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip()


class HttpReader:
    """Reads paths below one base URL."""

    def __init__(self, base_url: str, traffic: Traffic | None = None) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{base_url!r} is not a base URL: http or https, a host, perhaps a path")
        self._connection = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port = parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/")
        self._traffic = traffic or Traffic()

    def get(self, path: str, **headers: str) -> Answer:
        """GET one path; header names are written with `_` for `-`. Asks for no encoding unless told."""
        return self.ask("GET", path, None, **headers)

    def raw(self, data: bytes) -> bytes:
        """Send bytes on a connection of their own and return up to 4,096 of what comes back, until the other side is silent."""
        connection = self._connection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        said = b""
        try:
            connection.connect()
            with contextlib.suppress(OSError):  # hanging up, or saying nothing, is an answer too
                connection.sock.settimeout(2)
                connection.sock.sendall(data)
                while len(said) < 4_096 and (got := connection.sock.recv(4_096)):
                    said += got
        except OSError as error:
            raise AssertionError(f"the node takes no connection: {error!r}") from error
        finally:
            connection.close()
        self._traffic.note(f"{len(data)} bytes that are no HTTP/1.1\n{said[:200]!r}")
        return said

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Make one request with any method. Only `POST /api/v1/check`, which stores nothing, has a body."""
        sent = {"Accept-Encoding": "identity"}
        sent |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        connection = self._connection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, self._prefix + path, body, sent)
            response = connection.getresponse()
            raw = response.read(MAX_BODY_BYTES + 1)
            received = {name.lower(): value for name, value in response.getheaders()}
            status, version = response.status, response.version
        except (OSError, HTTPException) as error:
            self._traffic.note(f"{method} {path}\n{error!r}")
            raise AssertionError(f"{method} {path}: no answer: {error!r}") from error
        finally:
            connection.close()
        self._traffic.note_answer(f"{method} {path}", status, received, raw)
        assert version == 11, f"{method} {path}: not HTTP/1.1, which followers refuse"
        assert len(raw) <= MAX_BODY_BYTES, f"{method} {path}: more than {MAX_BODY_BYTES} bytes"
        length = received.get("content-length", str(len(raw)))
        assert method == "HEAD" or status in (204, 304) or length == str(len(raw)), (
            f"{method} {path}: cut short or of another length"
        )
        encoding = received.get("content-encoding", "identity")
        return Answer(path, status, received, _inflate(path, raw, encoding), encoding)


def _inflate(path: str, raw: bytes, encoding: str) -> bytes:
    if encoding != "gzip":
        return raw
    try:
        body = gzip.GzipFile(fileobj=io.BytesIO(raw)).read(MAX_BODY_BYTES + 1)
    except (OSError, EOFError) as error:
        raise AssertionError(f"GET {path}: not gzip: {error}") from error
    assert len(body) <= MAX_BODY_BYTES, f"GET {path}: inflates to more than {MAX_BODY_BYTES} bytes"
    return body
