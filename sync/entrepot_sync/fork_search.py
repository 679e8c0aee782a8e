"""Is a damaged answer a fork? Ask the peer's own hash tiles (LOG-63).

When entries do not yield the signed root, the peer's disk may be broken, or its log may have two histories. Its
tiles tell: hashes that yield the new head's root are hashes the signer had, and if they yield another root at the
size of a head we know, both heads together are a proof.
"""

from __future__ import annotations

from functools import partial

from entrepot_schema.errors import EntrepotError
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.merkle import HASH_BYTES, range_hashes
from entrepot_sync.peer_feed import PeerFeed
from entrepot_sync.peer_trust import Fork, prove_fork
from entrepot_sync.tiles import TILE_LEVELS, TILE_WIDTH, hash_from_tiles


async def search_fork(peer: PeerFeed, feed: FeedRow, known: Head, head: Head) -> Fork | None:
    """Return the proven fork of two heads, or None when the peer's tiles prove nothing."""
    if not 0 < known.size < head.size:
        return None
    try:
        tiles = await _fetch_tiles(peer, known.size, head.size)
        hash_at = partial(hash_from_tiles, read_tile=lambda level, index: tiles[level, index])
        left = range_hashes(0, known.size, hash_at)
        right = range_hashes(known.size, head.size, hash_at)
    except EntrepotError:
        return None
    return prove_fork(feed, known, head, left, right)


async def _fetch_tiles(peer: PeerFeed, old_size: int, size: int) -> dict[tuple[int, int], bytes]:
    wanted: set[tuple[int, int]] = set()

    def note_tile(level: int, index: int) -> bytes:
        tile_level, inner = divmod(level, TILE_LEVELS)
        wanted.add((tile_level, (index << inner) // TILE_WIDTH))
        return bytes(HASH_BYTES)

    range_hashes(0, old_size, note_tile)
    range_hashes(old_size, size, note_tile)
    return {(level, index): await peer.tile(level, index, size) for level, index in sorted(wanted)}
