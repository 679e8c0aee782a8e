"""Reading one HTTP answer of a hostile peer: its status, its framing, its bytes, within bounds (EXC-20 to EXC-27)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncGenerator, Iterator

import httpcore
import httpx

from entrepot_schema.errors import EntrepotError, PeerFault, Unavailable
from entrepot_sync.body_reader import BodyReader
from entrepot_sync.guarded_backend import CountedStream

_OK, _NOT_MODIFIED = 200, 304
_DRAIN_BYTES = 4096  # the text beside a 404 is read so far to keep the connection, never shown
_LENGTH = re.compile(r"[0-9]{1,20}", re.ASCII)


class HttpAnswer:
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
        if length is not None and length > self._max_wire_bytes and self.status == _OK:
            raise PeerFault("peer.too-large", f"{self.url} announces {length} bytes")
        with wire_errors(self.url):
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
            return 0 if self.status == _NOT_MODIFIED else None
        (text, *others) = lengths
        if others or "transfer-encoding" in headers or not _LENGTH.fullmatch(text):
            raise PeerFault("peer.protocol", f"{self.url} does not say clearly how long its body is")
        return 0 if self.status == _NOT_MODIFIED else int(text)

    def _refuse_surplus(self, length: int | None) -> None:
        # Bytes after the announced end would be read as the answer to the next request on this connection.
        # This is seen before the body's end is, so the connection is closed and not used again.
        extra = 0 if self._wire is None or length is None else self._wire.body_received - length
        if extra > 0 or (length is not None and self._payload > length):
            raise PeerFault("peer.protocol", f"{self.url} sends more than the {length} bytes it announces")


@contextlib.contextmanager
def wire_errors(url: str) -> Iterator[None]:
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


def _header_bytes(headers: httpx.Headers) -> int:
    """Count the header lines and the blank line after them, as HTTP/1.1 writes them."""
    return sum(len(name) + len(value) + len(": \r\n") for name, value in headers.raw) + len("\r\n")
