"""Tiles: where the hashes and entries of a log lie (C2SP tlog-tiles; LOG-40, LOG-41).

A tile of level L holds up to 256 hashes, each over 256^L leaves; a bundle holds the up to 256 entries below
one tile of level 0. Full ones never change; the last of a level is partial, its width is part of its path:

    tile/0/x001/x234/067      tile/1/000.p/17      tile/entries/x001/x234/067.p/8

Only spellings that the encoder writes are parsed. A tile of a level above 0 covers full tiles only.

Nothing here makes hashes from a peer trustworthy. A reader that checks some path to the root and then
believes the leaf tile beside it takes forged leaves (CVE-2026-56865). So who checks with foreign tiles makes
a proof from them and verifies *that* against a signed root (`merkle.verify_inclusion`,
`merkle.verify_consistency`), or recomputes the whole root.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from entrepot_schema.errors import Misuse, Refused
from entrepot_sync.merkle import HASH_BYTES, node_hash

TILE_WIDTH = 256
TILE_LEVELS = 8  # tree levels from one tile level to the next
MAX_TILE_LEVEL = 63
MAX_INDEX = 10**18 - 1  # six groups of three digits; a size of 2^53−1 needs five

ReadTile = Callable[[int, int], bytes]
"""`read_tile(level, index)`: the widest stored form of a tile, as bytes."""

_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]{1,2})/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, order=True)
class TileRef:
    """One tile of hashes; `width` 256 is a full one."""

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not 0 <= self.level <= MAX_TILE_LEVEL:
            raise Refused("log.path", f"there is no tile level {self.level}")
        _check_place(self.index, self.width)

    @property
    def path(self) -> str:
        """The path below the feed, without a leading slash."""
        return f"tile/{self.level}/{_encode_place(self.index, self.width)}"


@dataclass(frozen=True, slots=True, order=True)
class BundleRef:
    """One bundle of entries; `width` 256 is a full one."""

    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        _check_place(self.index, self.width)

    @property
    def path(self) -> str:
        """The path below the feed, without a leading slash."""
        return f"tile/entries/{_encode_place(self.index, self.width)}"


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Write the path of a tile; raise `log.path` for one that cannot be (LOG-40)."""
    return TileRef(level, index, width).path


def bundle_path(index: int, width: int = TILE_WIDTH) -> str:
    """Write the path of an entry bundle; raise `log.path` for one that cannot be (LOG-40)."""
    return BundleRef(index, width).path


def parse_tile_path(path: str) -> TileRef | BundleRef:
    """Read a path as `tile_path` or `bundle_path` writes it; raise `log.path` for any other spelling."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise Refused("log.path", f"{path[:80]!r} is not the path of a tile")
    index = int(match["index"].replace("x", "").replace("/", ""))
    # `.p/256` spells a full tile as a partial one; it falls to the comparison below, like leading zeros.
    width = int(match["width"]) if match["width"] else TILE_WIDTH
    ref = (
        BundleRef(index, width) if match["level"] == "entries" else TileRef(int(match["level"]), index, width)
    )
    if ref.path != path:
        raise Refused("log.path", f"{path[:80]!r} should be spelled {ref.path}")
    return ref


def tile_width(size: int, level: int, index: int) -> int:
    """How many hashes a tile has in a tree of this size: 0 (there is none) to 256 (full)."""
    hashes = size >> (TILE_LEVELS * level)
    return max(0, min(TILE_WIDTH, hashes - TILE_WIDTH * index))


def tiles_for(old_size: int, new_size: int) -> Iterator[TileRef]:
    """Yield the tiles that the new size implies and the old one does not, lowest level first."""
    if not 0 <= old_size <= new_size:
        raise Misuse("log.range", f"a tree cannot grow from size {old_size} to {new_size}")
    for level in range(MAX_TILE_LEVEL + 1):
        before, after = old_size >> (TILE_LEVELS * level), new_size >> (TILE_LEVELS * level)
        if before == after:  # then no higher level has grown either
            return
        for index in range(before // TILE_WIDTH, -(-after // TILE_WIDTH)):
            yield TileRef(level, index, tile_width(new_size, level, index))


def parse_tile(raw: bytes, width: int) -> tuple[bytes, ...]:
    """Read a tile of exactly this width as its hashes; raise `log.tile` (LOG-41)."""
    if not 1 <= width <= TILE_WIDTH or len(raw) != width * HASH_BYTES:
        raise Refused("log.tile", f"a tile of width {width} cannot have {len(raw)} bytes")
    return tuple(raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES))


def hash_from_tiles(level: int, index: int, read_tile: ReadTile) -> bytes:
    """Compute the hash of the perfect subtree over leaves [index · 2^level, (index + 1) · 2^level).

    One read and at most 127 hashes. `functools.partial(hash_from_tiles, read_tile=…)` is the `hash_at` that
    proofs are made from. Raises `log.tile` when the tile does not reach that far.
    """
    tile_level, inner = divmod(level, TILE_LEVELS)
    tile_index, first = divmod(index << inner, TILE_WIDTH)
    raw = read_tile(tile_level, tile_index)
    hashes = [
        raw[at : at + HASH_BYTES]
        for at in range(first * HASH_BYTES, (first + (1 << inner)) * HASH_BYTES, HASH_BYTES)
    ]
    if len(hashes[-1]) != HASH_BYTES:
        raise Refused("log.tile", f"tile {tile_level}/{tile_index} ends before the hash of {level}/{index}")
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def _check_place(index: int, width: int) -> None:
    if not 0 <= index <= MAX_INDEX:
        raise Refused("log.path", f"there is no tile {index}")
    if not 1 <= width <= TILE_WIDTH:
        raise Refused("log.path", f"there is no tile of width {width}")


def _encode_place(index: int, width: int) -> str:
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return "/".join(reversed(groups)) + partial
