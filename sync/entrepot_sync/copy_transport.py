"""Other ways to the bytes of a feed: below another path of a peer, or from a folder that was carried by hand.

    Pull(BelowPath(transport, "/mirror/<hash>"), store, feed_name, now=time)     # a feed that a peer mirrors
    Pull(FolderTransport(Path("/media/stick/copy")), store, feed_name, now=time)

What comes back is as unverified as from a peer.
"""

from __future__ import annotations

import re
from pathlib import Path

from entrepot_schema.errors import PeerFault
from entrepot_sync.transport import NOT_FOUND, OK, Fetched, PeerTransport

_FEED = "/feed/"
_PLAIN = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}|/\.well-known){1,8}", re.ASCII)


class BelowPath:
    """A peer whose feed paths stand below another path than `/feed`."""

    def __init__(self, transport: PeerTransport, prefix: str) -> None:
        self._transport = transport
        self._prefix = prefix

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        """See `PeerTransport.fetch`."""
        if path.startswith(_FEED):
            path = f"{self._prefix}/{path.removeprefix(_FEED)}"
        return await self._transport.fetch(path, max_bytes=max_bytes, etag=etag)

    async def aclose(self) -> None:
        """See `PeerTransport.aclose`."""
        await self._transport.aclose()


class FolderTransport:
    """A folder with the files of a static copy. It has no `delta`, and never leaves the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        """See `PeerTransport.fetch`. There are no tags."""
        if not _PLAIN.fullmatch(path):
            return Fetched(NOT_FOUND, b"", None, 0)
        try:
            with (self._folder / path[1:]).open("rb") as file:
                body = file.read(max_bytes + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return Fetched(NOT_FOUND, b"", None, 0)
        except OSError as error:
            raise PeerFault("peer.status", f"{path} cannot be read: {error.strerror}") from error
        if len(body) > max_bytes:
            raise PeerFault("peer.too-large", f"{path} has more than {max_bytes} bytes")
        return Fetched(OK, body, None, 0)

    async def aclose(self) -> None:
        """See `PeerTransport.aclose`."""
