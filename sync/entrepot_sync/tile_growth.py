"""Which tiles change when leaves are added, and to what (LOG-40, LOG-41). Pure.

A store keeps for each (level, index) the widest form of a tile; narrower ones are its prefixes.
"""

from __future__ import annotations

from collections.abc import Sequence

from entrepot_sync.merkle import HASH_BYTES, Frontier
from entrepot_sync.tiles import TILE_WIDTH, ReadTile

_TILE_BYTES = TILE_WIDTH * HASH_BYTES


def grow_tiles(size: int, leaves: Sequence[bytes], read_tile: ReadTile) -> dict[tuple[int, int], bytes]:
    """Return the new bytes of every tile that `leaves`, added to a tree of `size`, change or begin.

    `read_tile(level, index)` is asked only for tiles that exist and are partial.
    """
    changed: dict[tuple[int, int], bytes] = {}
    level, hashes = 0, b"".join(leaves)
    while hashes:
        index, width = divmod(size, TILE_WIDTH)
        pending = (read_tile(level, index) if width else b"") + hashes
        completed = []
        for begin in range(0, len(pending), _TILE_BYTES):
            tile = pending[begin : begin + _TILE_BYTES]
            changed[level, index + begin // _TILE_BYTES] = tile
            if len(tile) == _TILE_BYTES:
                completed.append(_tile_root(tile))
        level, size, hashes = level + 1, size // TILE_WIDTH, b"".join(completed)
    return changed


def _tile_root(tile: bytes) -> bytes:
    return Frontier().extend(tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)).root()
