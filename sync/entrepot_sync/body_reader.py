"""Reading one body within a cap, and undoing gzip with a bound (EXC-20, EXC-22). Pure: chunks in, bytes out."""

from __future__ import annotations

import zlib

from entrepot_schema.errors import PeerFault

_GZIP_WBITS = 31  # zlib: a gzip member, nothing else


class BodyReader:
    """Collects one body within a cap and undoes gzip with a bound (EXC-20, EXC-22).

    Pure: chunks in, bytes out. At no time is more inflated than the cap and one byte. A gzip body is one
    member, whole, with nothing after it: what two readers could end at different places is refused.
    """

    def __init__(self, url: str, encoding: str, max_bytes: int) -> None:
        if encoding not in ("identity", "gzip"):
            message = f"{url} came as {encoding[:40]!r}; only identity and gzip are accepted"
            raise PeerFault("peer.encoding", message)
        self._url = url
        self._max_bytes = max_bytes
        self._body = bytearray()
        self._inflater = zlib.decompressobj(_GZIP_WBITS) if encoding == "gzip" else None
        self._ended = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the body; raise `peer.too-large` or `peer.encoding`."""
        self._body += self._inflate(self._inflater, chunk) if self._inflater else chunk
        if len(self._body) > self._max_bytes:
            raise PeerFault("peer.too-large", f"{self._url} has more than {self._max_bytes} bytes")

    def finish(self) -> bytes:
        """Return the body; raise `peer.encoding` when the gzip member is not complete."""
        if self._inflater and not self._inflater.eof:
            raise PeerFault("peer.encoding", f"{self._url} has a gzip body that ends early")
        return bytes(self._body)

    def _inflate(self, inflater: zlib._Decompress, chunk: bytes) -> bytes:
        try:
            room = self._max_bytes - len(self._body)
            # One byte more than there is room for: `feed` sees it and refuses; the rest is never inflated.
            inflated = b"" if inflater.eof else inflater.decompress(chunk, room + 1)
        except zlib.error as error:
            raise PeerFault("peer.encoding", f"{self._url} has a damaged gzip body") from error
        if self._ended or inflater.unused_data:
            raise PeerFault("peer.encoding", f"{self._url} has bytes after its gzip body")
        self._ended = inflater.eof
        return inflated
