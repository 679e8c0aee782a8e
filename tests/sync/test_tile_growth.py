"""Tiles that change when leaves are added (LOG-40, LOG-41)."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot_sync.merkle import Frontier, inclusion_proof, leaf_hash, verify_inclusion
from entrepot_sync.tile_growth import grow_tiles
from entrepot_sync.tiles import TILE_WIDTH, hash_from_tiles, tile_width, tiles_for

LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(70_000)]
Tiles = dict[tuple[int, int], bytes]


class Stored:
    """Tiles as a store keeps them; tells which were asked for."""

    def __init__(self) -> None:
        self.tiles: Tiles = {}
        self.size = 0
        self.asked: list[tuple[int, int]] = []

    def read(self, level: int, index: int) -> bytes:
        self.asked.append((level, index))
        return self.tiles[level, index]

    def grow(self, count: int) -> Tiles:
        grown = grow_tiles(self.size, LEAVES[self.size : self.size + count], self.read)
        self.tiles |= grown
        self.size += count
        return grown


def test_no_leaves_change_no_tiles() -> None:
    assert grow_tiles(0, [], Stored().read) == {}
    assert grow_tiles(300, [], Stored().read) == {}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.one_of(st.integers(0, 600), st.sampled_from([1, 255, 256, 257, 512])), max_size=8))
def test_tiles_do_not_depend_on_the_steps_in_which_they_grew(steps: list[int]) -> None:
    """LOG-41: tile n of level 0 is the leaf hashes, each level above one hash for each full tile below."""
    stored = Stored()
    for step in steps:
        stored.grow(step)

    at_once = Stored()
    at_once.grow(stored.size)

    assert stored.tiles == at_once.tiles
    assert {place: len(raw) // 32 for place, raw in stored.tiles.items()} == {
        (ref.level, ref.index): ref.width for ref in tiles_for(0, stored.size)
    }
    level_0 = b"".join(stored.tiles[0, index] for index in range(-(-stored.size // TILE_WIDTH)))
    assert level_0 == b"".join(LEAVES[: stored.size])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1500), st.integers(1, 700))
def test_only_the_tiles_that_the_new_size_implies_change(old: int, more: int) -> None:
    """LOG-40: what is written is what `tiles_for` names, and only partial tiles that exist are read."""
    stored = Stored()
    stored.grow(old)
    stored.asked.clear()

    grown = stored.grow(more)

    assert {(level, index, len(raw) // 32) for (level, index), raw in grown.items()} == {
        (ref.level, ref.index, ref.width) for ref in tiles_for(old, old + more)
    }
    assert all(0 < tile_width(old, level, index) < TILE_WIDTH for level, index in stored.asked)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_535, 65_536, 65_537, 69_999])
def test_proofs_made_from_grown_tiles_verify(size: int) -> None:
    """LOG-30, LOG-41: three levels of tiles agree with the frontier, which shares no code with them."""
    stored = Stored()
    for begin in range(0, size, 9_973):
        stored.grow(min(9_973, size - begin))
    root = Frontier().extend(LEAVES[:size]).root()

    for index in {0, size // 2, size - 1}:
        proof = inclusion_proof(index, size, partial(hash_from_tiles, read_tile=stored.read))
        verify_inclusion(index, size, LEAVES[index], proof, root)
