"""An inclusion proof built from tiles alone, as a visitor without the feed would make it (LOG-41)."""

from __future__ import annotations

from collections.abc import Callable

from .reader import merkle, tiles

ReadTile = Callable[[int, int, int], bytes]


def inclusion_proof_from_tiles(read_tile: ReadTile, index: int, size: int) -> list[bytes]:
    """Return PATH(index, D[size]); reads the few tiles it needs, each once."""
    source = _Hashes(read_tile, size)
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + merkle.split_point(end - start)
        if index < middle:
            proof.append(source.subtree(middle, end))
            end = middle
        else:
            proof.append(source.subtree(start, middle))
            start = middle
    return proof[::-1]


class _Hashes:
    """Hashes of subtrees of one tree, from its tiles."""

    def __init__(self, read_tile: ReadTile, size: int) -> None:
        self._read_tile = read_tile
        self._widths = {(level, index): width for level, index, width in tiles.implied_tiles(size)}
        self._tiles: dict[tuple[int, int], bytes] = {}

    def subtree(self, start: int, end: int) -> bytes:
        """Return the hash of the leaves from `start` to below `end`, a subtree of the tree."""
        level, span = 0, 1
        while span * tiles.WIDTH <= end - start:
            level, span = level + 1, span * tiles.WIDTH
        if end - start == span and start % span == 0:
            return self._hash(level, start // span)
        middle = start + merkle.split_point(end - start)
        return merkle.node_hash(self.subtree(start, middle), self.subtree(middle, end))

    def _hash(self, level: int, position: int) -> bytes:
        key = (level, position // tiles.WIDTH)
        if key not in self._tiles:
            self._tiles[key] = self._read_tile(*key, self._widths[key])
        offset = position % tiles.WIDTH * 32
        return self._tiles[key][offset : offset + 32]
