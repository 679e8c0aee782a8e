"""Lines of a stream, inflated with a bound. Pure: chunks in, lines out.

A server decides how much it sends, never how much we hold: at no time is more than one line and one step inflated.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from entrepot_schema.errors import PeerFault

_STEP = 64 * 1024
_GZIP_WBITS = 31  # zlib: gzip members, nothing else


class LineReader:
    """Cuts a body, plain or gzip, into lines of at most `max_line_bytes` without their LF."""

    def __init__(self, encoding: str, max_line_bytes: int) -> None:
        if encoding not in ("identity", "gzip"):
            raise PeerFault("client.answer", f"the stream came as {encoding[:40]!r}, not plain or gzip")
        self._inflater = zlib.decompressobj(_GZIP_WBITS) if encoding == "gzip" else None
        self._max_line_bytes = max_line_bytes
        self._pending = b""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the lines that end in this chunk."""
        for part in self._inflated(chunk):
            *lines, self._pending = (self._pending + part).split(b"\n")
            if any(len(line) > self._max_line_bytes for line in (*lines, self._pending)):
                raise PeerFault("client.answer", f"a line has more than {self._max_line_bytes} bytes")
            yield from lines

    def finish(self) -> None:
        """Raise when the stream ended within a line or within its gzip body: it was cut off."""
        if self._pending or (self._inflater is not None and not self._inflater.eof):
            raise PeerFault("client.cut-off", "the stream ended before its end", hint="Read it again.")

    def _inflated(self, chunk: bytes) -> Iterator[bytes]:
        if self._inflater is None:
            yield chunk
            return
        try:
            while chunk:
                if self._inflater.eof:
                    raise PeerFault("client.answer", "there are bytes after the gzip body")
                yield self._inflater.decompress(chunk, _STEP)
                chunk = self._inflater.unconsumed_tail or self._inflater.unused_data
        except zlib.error as error:
            raise PeerFault("client.answer", "the gzip body is damaged") from error
