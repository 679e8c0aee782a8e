"""Another way to the bytes of a feed: below another path of a peer.

    Pull(BelowPath(transport, "/mirror/<hash>"), store, feed_name, now=time)     # a feed that a peer mirrors

What comes back is as unverified as from a peer.
"""

from __future__ import annotations

from entrepot_sync.transport import Fetched, PeerTransport

_FEED = "/feed/"


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
