"""Reading one body within a cap, and undoing its coding with a bound (EXC-20, EXC-22). Pure: chunks in, bytes out."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot_schema.errors import PeerFault
from entrepot_sync.content_coding import (
    DCZ,
    FRAME_MAGIC,
    GZIP,
    IDENTITY,
    MAX_FRAME_HEADER,
    UNPACK_ERRORS,
    ZSTD,
    Unpacker,
    dcz_head,
    unpacker,
)


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
        self._head = dcz_head() if coding == DCZ else b""  # what comes before the frame
        # Where a frame's header comes in two pieces, libzstd (1.5.7) may take the second for a frame of its own, so the
        # pieces decided what a body is. It gets the header in one.
        self._held = bytearray()
        self._holds = len(self._head) + MAX_FRAME_HEADER if coding in (ZSTD, DCZ) else 0
        self._ended = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the body; raise `peer.too-large` or `peer.encoding`."""
        if not self._holds:
            self._take(chunk)
            return
        self._held += chunk
        if len(self._held) >= self._holds:
            self._begin()

    def finish(self) -> bytes:
        """Return the body; raise `peer.encoding` when the member or frame is not complete."""
        if self._holds:
            self._begin()
        if self._unpacker and not self._unpacker.eof:
            raise PeerFault("peer.encoding", f"{self._url} has a {self._coding} body that ends early")
        return bytes(self._body)

    def _begin(self) -> None:
        if not self._held.startswith(self._head):
            raise PeerFault(
                "peer.encoding", f"{self._url} is packed with another dictionary than that of delta"
            )
        frame = bytes(self._held[len(self._head) :])
        if not frame.startswith(FRAME_MAGIC):  # a skippable frame would be read as an empty body
            raise PeerFault("peer.encoding", f"{self._url} has a damaged {self._coding} body")
        self._holds = 0
        self._take(frame)

    def _take(self, chunk: bytes) -> None:
        self._body += self._unpack(self._unpacker, chunk) if self._unpacker else chunk
        if len(self._body) > self._max_bytes:
            raise PeerFault("peer.too-large", f"{self._url} has more than {self._max_bytes} bytes")

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
