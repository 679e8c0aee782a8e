"""A peer's feed as things to fetch: head, key log, entries, contents. Bounded, counted, not yet believed.

One of the two modules that do I/O (through `transport`). Bounds come from the standard: an entry has at most
65,535 bytes, a content 65,536, a bundle 256 of either.
"""

from __future__ import annotations

from collections.abc import Sequence

from entrepot_schema.errors import PeerFault, Refused, Unavailable
from entrepot_sync.bundle import MAX_DELTA_ENTRIES, decode_bundle, decode_prefix, split_lines
from entrepot_sync.merkle import HASH_BYTES
from entrepot_sync.note import MAX_NOTE_BYTES
from entrepot_sync.tiles import TILE_WIDTH, bundle_path, parse_tile, tile_path, tile_width
from entrepot_sync.transport import NOT_MODIFIED, OK, Fetched, PeerTransport

MAX_KEY_LOG_BYTES = 1024 * 1024
MAX_CONTENT_BYTES = 65_536
MAX_BUNDLE_BYTES = TILE_WIDTH * (65_535 + 2)
MAX_CONTENTS_BYTES = TILE_WIDTH * (MAX_CONTENT_BYTES + 1)
MAX_DELTA_BYTES = 2 * MAX_CONTENTS_BYTES
MAX_LATE_BYTES = 2 * MAX_CONTENT_BYTES  # so that a record that is too long is refused, not looked for again
LIVE_FEED = "/feed"
"""Where a node serves its own live feed."""
# A feed goes on without contents that can't be had: one bad record, or a filter before the peer, must not stop it.
_ABSENT = (
    "peer.too-large",
    "peer.too-slow",
    "peer.status",
    "peer.redirect",
    "peer.encoding",
    "peer.protocol",
)


class PeerFeed:
    """The resources of one feed below a path of a base URL. `requests` and `wire_bytes` count what it cost."""

    def __init__(self, transport: PeerTransport, path: str = LIVE_FEED) -> None:
        self._transport = transport
        self._path = path
        self._has_delta = True
        self.requests = 0
        self.wire_bytes = 0

    async def checkpoint(self, etag: str | None) -> Fetched | None:
        """Fetch the head; None when it is the one of `etag`."""
        fetched = await self._fetch("/checkpoint", MAX_NOTE_BYTES, etag)
        if fetched.status == NOT_MODIFIED:
            return None
        if fetched.status != OK:
            raise PeerFault("peer.status", f"the peer has no checkpoint ({fetched.status})")
        return fetched

    async def key_log(self) -> bytes:
        """Fetch the key log."""
        fetched = await self._fetch("/keys.jsonl", MAX_KEY_LOG_BYTES)
        if fetched.status != OK:
            raise PeerFault("peer.status", f"the peer has no key log ({fetched.status})")
        return fetched.body

    async def delta(self, begin: int, end: int) -> tuple[list[bytes], list[bytes]] | None:
        """Fetch entries and their live contents in one answer; None when the peer offers none (a static host)."""
        if not self._has_delta or end - begin > MAX_DELTA_ENTRIES:
            return None
        # Too large: many large records; the same comes in smaller pieces.
        path = f"/delta?from={begin}&to={end}"
        fetched = await self._fetch_unless(_ABSENT, path, MAX_DELTA_BYTES)
        if fetched is None or fetched.status != OK:
            self._has_delta = False
            return None
        entries, rest = decode_prefix(fetched.body, end - begin)
        return entries, split_lines(rest)

    async def entries(self, index: int, size: int) -> list[bytes]:
        """Fetch the entries of bundle `index` as far as a tree of `size` has them."""
        width = tile_width(size, 0, index)
        fetched = await self._fetch(f"/{bundle_path(index, width)}", MAX_BUNDLE_BYTES)
        if fetched.status == OK:
            return decode_bundle(fetched.body, width)
        if width < TILE_WIDTH:
            # A static host may have replaced the partial bundle by the full one (tlog-tiles).
            fetched = await self._fetch(f"/{bundle_path(index)}", MAX_BUNDLE_BYTES)
            if fetched.status == OK:
                return decode_bundle(fetched.body, TILE_WIDTH)[:width]
        raise PeerFault(
            "peer.incomplete", f"the peer's head names {size} entries, but bundle {index} is missing"
        )

    async def contents(self, index: int) -> list[bytes]:
        """Fetch the live contents of bundle `index`; none when the peer has none, or none that can be read."""
        fetched = await self._fetch_unless(_ABSENT, f"/contents/{index}", MAX_CONTENTS_BYTES)
        if fetched is None or fetched.status != OK:
            return []
        return split_lines(fetched.body)

    async def content(self, digest: bytes) -> bytes | None:
        """Fetch one content by digest; None when it is absent (404 and 410 say the same, LOG-65) or too large."""
        name = digest.hex()
        path = f"/addenda/{name[:2]}/{name[2:4]}/{name}"
        fetched = await self._fetch_unless(_ABSENT, path, MAX_LATE_BYTES)
        return fetched.body if fetched is not None and fetched.status == OK else None

    async def tile(self, level: int, index: int, size: int) -> bytes:
        """Fetch a tile of hashes as wide as a tree of `size` implies."""
        width = tile_width(size, level, index)
        fetched = await self._fetch(f"/{tile_path(level, index, width)}", TILE_WIDTH * HASH_BYTES)
        if fetched.status == OK:
            return b"".join(parse_tile(fetched.body, width))
        if width < TILE_WIDTH:
            fetched = await self._fetch(f"/{tile_path(level, index)}", TILE_WIDTH * HASH_BYTES)
            if fetched.status == OK:
                return b"".join(parse_tile(fetched.body, TILE_WIDTH)[:width])
        raise Refused("log.tile", f"tile {level}/{index} is missing")

    async def _fetch(self, path: str, max_bytes: int, etag: str | None = None) -> Fetched:
        fetched = await self._transport.fetch(self._path + path, max_bytes=max_bytes, etag=etag)
        self.requests += fetched.requests
        self.wire_bytes += fetched.wire_bytes
        return fetched

    async def _fetch_unless(self, faults: Sequence[str], path: str, max_bytes: int) -> Fetched | None:
        """Fetch what a pull can go on without; None for a fault of one of these codes."""
        try:
            return await self._fetch(path, max_bytes)
        except (PeerFault, Unavailable) as fault:
            if fault.code not in faults:
                raise
            return None
