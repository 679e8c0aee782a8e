"""Tile paths, widths and hashes from stored tiles (LOG-40, LOG-41)."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot_schema.errors import Misuse, Refused
from entrepot_sync.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    range_hashes,
    root_from_ranges,
    verify_consistency,
    verify_inclusion,
)
from entrepot_sync.tiles import (
    BundleRef,
    TileRef,
    bundle_path,
    hash_from_tiles,
    parse_tile,
    parse_tile_path,
    tile_path,
    tile_width,
    tiles_for,
)

PATHS = json.loads((Path(__file__).parent / "vectors" / "tile-paths.json").read_text("utf-8"))
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(70_000)]


def build_tiles(leaves: list[bytes]) -> dict[tuple[int, int], bytes]:
    """All tiles of a log, level by level: a hash of a level is the root of a full tile below."""
    tiles: dict[tuple[int, int], bytes] = {}
    level = 0
    while leaves:
        groups = [leaves[at : at + 256] for at in range(0, len(leaves), 256)]
        tiles.update({(level, index): b"".join(group) for index, group in enumerate(groups)})
        leaves = [Frontier().extend(group).root() for group in groups if len(group) == 256]
        level += 1
    return tiles


TILES = build_tiles(LEAVES)


def read_tile(level: int, index: int, tiles: dict[tuple[int, int], bytes] = TILES) -> bytes:
    return tiles[level, index]


hash_at = partial(hash_from_tiles, read_tile=read_tile)


def width_of(partial_width: int) -> int:
    return partial_width or 256


# --- paths


@pytest.mark.parametrize("case", PATHS["tile_path"], ids=lambda case: str(case["path"]))
def test_tile_paths_of_tessera(case: dict[str, Any]) -> None:
    """LOG-40."""
    ref = TileRef(case["level"], case["index"], width_of(case["partial"]))

    assert tile_path(ref.level, ref.index, ref.width) == ref.path == case["path"]
    assert parse_tile_path(case["path"]) == ref


@pytest.mark.parametrize("case", PATHS["entries_path"], ids=lambda case: str(case["path"]))
def test_bundle_paths_of_tessera(case: dict[str, Any]) -> None:
    """LOG-40."""
    ref = BundleRef(case["index"], width_of(case["partial"]))

    assert bundle_path(ref.index, ref.width) == ref.path == case["path"]
    assert parse_tile_path(case["path"]) == ref


@pytest.mark.parametrize("case", PATHS["entries_path_for_log_index"])
def test_the_bundle_that_holds_an_index(case: dict[str, Any]) -> None:
    """LOG-40: the width follows from the size of the tree."""
    index = case["seq"] // 256

    assert bundle_path(index, tile_width(case["log_size"], 0, index)) == case["path"]


@pytest.mark.parametrize("case", PATHS["parse_accept"])
def test_paths_that_tessera_takes(case: dict[str, Any]) -> None:
    """LOG-40."""
    expected = TileRef(int(case["level"]), case["index"], width_of(case["partial"]))

    assert parse_tile_path(f"tile/{case['level']}/{case['n']}") == expected


@pytest.mark.parametrize("case", PATHS["parse_reject"])
def test_paths_that_tessera_refuses(case: dict[str, Any]) -> None:
    """LOG-40."""
    with pytest.raises(Refused) as refusal:
        parse_tile_path(f"tile/{case['level']}/{case['n']}")
    assert refusal.value.code == "log.path"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "/tile/0/000",
        "tile/0/000/",
        "tile/00/000",
        "tile/0/0",
        "tile/0/00",
        "tile/0/1000",
        "tile/0/x000/001",
        "tile/0/X001/000",
        "tile/0/x001/x000",
        "tile/0/٠٠٠",
        "tile/0/000\n",
        "tile/0/000.p",
        "tile/0/../000",
        "tile/entry/000",
        "tile/entries/0",
        "tile/entries/x000/000",
        "tile/-1/000",
        "tile/ 0/000",
        "tile/0/000?x",
    ],
)
def test_any_other_spelling_of_a_path_is_refused(path: str) -> None:
    """LOG-40."""
    with pytest.raises(Refused) as refusal:
        parse_tile_path(path)
    assert refusal.value.code == "log.path"


@pytest.mark.parametrize("place", ["tile/0/000", "tile/1/x001/234", "tile/entries/000"])
@pytest.mark.parametrize("width", ["0", "00", "256", "257", "999", "044", "1000", "-1", "+1", "1.0", "٤", ""])
def test_l13_partial_widths_other_than_1_to_255_are_refused(place: str, width: str) -> None:
    """LOG-40."""
    with pytest.raises(Refused) as refusal:
        parse_tile_path(f"{place}.p/{width}")
    assert refusal.value.code == "log.path"


@pytest.mark.parametrize(
    ("level", "index", "width"), [(64, 0, 256), (-1, 0, 256), (0, -1, 256), (0, 10**18, 1)]
)
def test_a_tile_that_cannot_be_has_no_path(level: int, index: int, width: int) -> None:
    """LOG-40."""
    with pytest.raises(Refused) as refusal:
        tile_path(level, index, width)
    assert refusal.value.code == "log.path"


@pytest.mark.parametrize("width", [0, -1, 257])
def test_l13_a_width_that_cannot_be_has_no_path(width: int) -> None:
    """LOG-40."""
    for write in (partial(tile_path, 0, 0), partial(bundle_path, 0)):
        with pytest.raises(Refused) as refusal:
            write(width)
        assert refusal.value.code == "log.path"


@given(st.integers(0, 63), st.integers(0, 10**18 - 1), st.integers(1, 256))
def test_every_path_is_written_and_read_back(level: int, index: int, width: int) -> None:
    """LOG-40."""
    for ref in (TileRef(level, index, width), BundleRef(index, width)):
        assert parse_tile_path(ref.path) == ref


@given(st.text(max_size=30) | st.from_regex(r"tile/(entries|[0-9]{1,3})/[x0-9/]{1,12}(\.p/[0-9]{1,4})?"))
def test_random_text_is_a_path_to_the_letter_or_refused(text: str) -> None:
    """LOG-40: only `Refused` leaves the parser, and there is one spelling."""
    try:
        outcome = parse_tile_path(text).path
    except Refused as refusal:
        outcome = refusal.code

    assert outcome in (text, "log.path")


# --- widths


def test_widths_of_the_worked_example_of_the_specification() -> None:
    """LOG-41: a level above 0 covers full tiles only."""
    example = PATHS["spec_example"]
    size = example["tree_size"]

    assert [tile_width(size, 0, index) for index in (272, 273, 274)] == [256, example["level0_partial"], 0]
    assert [tile_width(size, 1, index) for index in (0, 1, 2)] == [256, example["level1_partial"], 0]
    assert [tile_width(size, 2, index) for index in (0, 1)] == [example["level2_partial"], 0]
    assert tile_width(size, 3, 0) == 0
    assert (
        sum(1 for ref in tiles_for(0, size) if ref.level == 0 and ref.width == 256) == example["level0_full"]
    )


def test_l13_no_tile_is_implied_that_the_size_does_not_hold() -> None:
    """LOG-40: what a client may ask for follows from a verified size alone."""
    assert tile_width(0, 0, 0) == 0
    assert list(tiles_for(0, 0)) == []
    assert list(tiles_for(0, 256)) == [TileRef(0, 0), TileRef(1, 0, 1)]
    assert list(tiles_for(255, 257)) == [TileRef(0, 0), TileRef(0, 1, 1), TileRef(1, 0, 1)]
    assert tile_width(2**53 - 1, 6, 0) == 31
    assert tile_width(2**53 - 1, 7, 0) == 0


@given(st.integers(0, 70_000), st.integers(0, 70_000))
@settings(max_examples=30, deadline=None)
def test_a_publisher_adds_exactly_the_tiles_that_have_changed(first: int, second: int) -> None:
    """LOG-41: tiles that the old size had in the same width are not added again."""
    old, new = sorted((first, second))
    before, after = (
        {TileRef(level, index, width) for level in range(4) for index in range(size // 256**(level + 1) + 1)
         if (width := tile_width(size, level, index))}
        for size in (old, new)
    )  # fmt: skip

    added = list(tiles_for(old, new))

    assert set(added) == after - before
    assert len(set(added)) == len(added)


def test_a_tree_does_not_shrink() -> None:
    with pytest.raises(Misuse) as misuse:
        list(tiles_for(2, 1))
    assert misuse.value.code == "log.range"


# --- hashes


@pytest.mark.parametrize("length", [0, 32, 8160, 8191, 8193, 8224])
def test_l12_a_full_tile_of_another_length_is_refused(length: int) -> None:
    """LOG-41: 8,192 bytes and no other number."""
    with pytest.raises(Refused) as refusal:
        parse_tile(bytes(length), 256)
    assert refusal.value.code == "log.tile"


@pytest.mark.parametrize(
    ("width", "length"), [(0, 0), (1, 31), (1, 33), (17, 16 * 32), (17, 8192), (257, 257 * 32)]
)
def test_l12_a_partial_tile_of_another_length_is_refused(width: int, length: int) -> None:
    """LOG-41: 32 bytes for each hash."""
    with pytest.raises(Refused) as refusal:
        parse_tile(bytes(length), width)
    assert refusal.value.code == "log.tile"


@given(st.integers(1, 256))
def test_a_tile_is_its_hashes(width: int) -> None:
    """LOG-41."""
    assert list(parse_tile(b"".join(LEAVES[:width]), width)) == LEAVES[:width]


def test_a_full_tile_is_one_hash_of_the_tile_above() -> None:
    """LOG-41: level 8 of the tree is read from tile level 1, and is what level 0 folds to."""
    for level in (0, 1):
        above = parse_tile(read_tile(level + 1, 0)[:32], 1)[0]
        assert hash_at(8 * level + 8, 0) == above
        assert Frontier().extend(parse_tile(read_tile(level, 0), 256)).root() == above


@given(st.integers(0, 16), st.data())
@settings(max_examples=40, deadline=None)
def test_hashes_from_tiles_are_those_of_the_tree(level: int, data: st.DataObject) -> None:
    """LOG-30, LOG-41."""
    index = data.draw(st.integers(0, (len(LEAVES) >> level) - 1))
    begin = index << level

    assert hash_at(level, index) == Frontier().extend(LEAVES[begin : begin + (1 << level)]).root()


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_proofs_made_from_tiles_verify(data: st.DataObject) -> None:
    """LOG-30: for any size the stored tiles cover, older ones included."""
    size = data.draw(st.integers(1, len(LEAVES)))
    old = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, size - 1))
    old_root, root = (Frontier().extend(LEAVES[:length]).root() for length in (old, size))

    verify_inclusion(index, size, LEAVES[index], inclusion_proof(index, size, hash_at), root)
    verify_consistency(old, size, consistency_proof(old, size, hash_at), old_root, root)
    left, right = range_hashes(0, old, hash_at), range_hashes(old, size, hash_at)
    assert root_from_ranges(old, left, size, right) == (old_root, root)


def test_a_stored_tile_that_is_too_short_is_refused() -> None:
    """LOG-41: a hash is never computed from less than all its leaves."""
    for length in (0, 32 * 7, 32 * 8 - 1):
        short = {(0, 0): read_tile(0, 0)[:length]}
        with pytest.raises(Refused) as refusal:
            hash_from_tiles(3, 0, partial(read_tile, tiles=short))
        assert refusal.value.code == "log.tile"


def test_a_forged_tile_makes_no_proof_that_verifies() -> None:
    """LOG-30: foreign tiles count only through a proof against a signed root (CVE-2026-56865)."""
    forged_leaf = leaf_hash(b"forged")
    forged = read_tile(0, 1)[:-32] + forged_leaf
    tiles = {**TILES, (0, 1): forged}
    root = Frontier().extend(LEAVES).root()

    forged_hash_at = partial(hash_from_tiles, read_tile=partial(read_tile, tiles=tiles))

    for index, leaf in ((511, forged_leaf), (510, LEAVES[510])):
        with pytest.raises(Refused) as refusal:
            verify_inclusion(
                index, len(LEAVES), leaf, inclusion_proof(index, len(LEAVES), forged_hash_at), root
            )
        assert refusal.value.code == "log.proof"
    assert forged_hash_at(1, 255) == node_hash(LEAVES[510], forged_leaf)
