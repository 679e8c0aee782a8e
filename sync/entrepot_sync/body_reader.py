"""Reading one body within a cap, and undoing its coding with a bound (EXC-20, EXC-22). Pure: chunks in, bytes out."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot_schema.errors import PeerFault
from entrepot_sync.content_coding import DCZ, GZIP, IDENTITY, UNPACK_ERRORS, Unpacker, dcz_head, unpacker


class BodyReader:
    """Collects one body within a cap and undoes its coding with a bound (EXC-20, EXC-22).

    Pure: chunks in, bytes out. At no time is more inflated than the cap and one byte. A packed body is one
    member or frame, whole, with nothing after it: what two readers could end at different places is refused.

    `asked_for`: the codings that the request named. Others are refused; gzip is always read, as bundles may come in it.
    """

    def __init__(self, url: str, coding: str, max_bytes: int, asked_for: Sequence[str] = ()) -> None:
        if coding not in (IDENTITY, GZIP, *asked_for):
            message = f"{url} came as {coding[:40]!r}, which was not asked for"
            raise PeerFault("peer.encoding", message)
        self._url = url
        self._coding = coding
        self._max_bytes = max_bytes
        self._body = bytearray()
        self._unpacker = None if coding == IDENTITY else unpacker(coding)
        self._head = dcz_head() if coding == DCZ else b""  # what must still come before the frame
        self._ended = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the body; raise `peer.too-large` or `peer.encoding`."""
        self._body += self._unpack(self._unpacker, self._behind_head(chunk)) if self._unpacker else chunk
        if len(self._body) > self._max_bytes:
            raise PeerFault("peer.too-large", f"{self._url} has more than {self._max_bytes} bytes")

    def finish(self) -> bytes:
        """Return the body; raise `peer.encoding` when the member or frame is not complete."""
        if self._unpacker and not self._unpacker.eof:
            raise PeerFault("peer.encoding", f"{self._url} has a {self._coding} body that ends early")
        return bytes(self._body)

    def _behind_head(self, chunk: bytes) -> bytes:
        head = self._head[: len(chunk)]
        if not chunk.startswith(head):
            raise PeerFault(
                "peer.encoding", f"{self._url} is packed with another dictionary than that of delta"
            )
        self._head = self._head[len(head) :]
        return chunk[len(head) :]

    def _unpack(self, unpacker: Unpacker, chunk: bytes) -> bytes:
        try:
            room = self._max_bytes - len(self._body)
            # One byte more than there is room for: `feed` sees it and refuses; the rest is never inflated.
            plain = b"" if unpacker.eof else unpacker.decompress(chunk, room + 1)
        except UNPACK_ERRORS as error:
            raise PeerFault("peer.encoding", f"{self._url} has a damaged {self._coding} body") from error
        if self._ended or unpacker.unused_data:
            raise PeerFault("peer.encoding", f"{self._url} has bytes after its {self._coding} body")
        self._ended = unpacker.eof
        return plain
