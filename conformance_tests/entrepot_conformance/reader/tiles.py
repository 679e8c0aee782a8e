"""Tiles and entry bundles: LOG-40 to LOG-42."""

from __future__ import annotations

import re
from collections.abc import Sequence

from . import merkle
from .rule_error import RuleError, require

WIDTH = 256
MAX_ENTRY_BYTES = 65_535

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<groups>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


def index_path(index: int) -> str:
    """Write a tile or bundle index: 0 is `000`, 1234067 is `x001/x234/067`."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups)


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """Write the path of a tile (`level` 0 to 63) or bundle (`level` = "entries") below the feed."""
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{index_path(index)}{partial}"


def parse_tile_path(path: str) -> tuple[int | str, int, int]:
    """Read a tile path back to (level, index, width); any other spelling is refused (LOG-40)."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise RuleError("log.path", f"{path!r} is not a tile path")
    level: int | str = match["level"] if match["level"] == "entries" else int(match["level"])
    index = int(match["groups"].replace("x", "").replace("/", ""))
    width = int(match["width"] or WIDTH)
    good = width <= WIDTH and (level == "entries" or int(level) <= 63)
    require(good and tile_path(level, index, width) == path, "log.path", f"{path!r} is not a tile path")
    return level, index, width


def implied_tiles(size: int) -> list[tuple[int, int, int]]:
    """List (level, index, width) of all hash tiles of a tree of `size`, partial ones included."""
    result = []
    level, count = 0, size
    while count:
        result += [(level, index, WIDTH) for index in range(count // WIDTH)]
        if count % WIDTH:
            result.append((level, count // WIDTH, count % WIDTH))
        level, count = level + 1, count // WIDTH
    return result


def implied_bundles(size: int) -> list[tuple[int, int]]:
    """List (index, width) of all entry bundles of a feed of `size`."""
    return [(index, width) for level, index, width in implied_tiles(size) if level == 0]


def tile_bytes(leaves: Sequence[bytes], level: int, index: int, width: int) -> bytes:
    """Compute a tile from all leaf hashes: hash i is the root of the 256^level leaves below it (LOG-41)."""
    span = WIDTH**level
    first = index * WIDTH
    return b"".join(merkle.root(leaves[i * span : (i + 1) * span]) for i in range(first, first + width))


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Write entries, each after its length in two bytes, big-endian."""
    for entry in entries:
        require(0 < len(entry) <= MAX_ENTRY_BYTES, "log.bundle", "an entry has 1 to 65,535 bytes")
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def decode_bundle(raw: bytes, count: int) -> list[bytes]:
    """Read exactly `count` entries and nothing after them (LOG-42)."""
    entries, rest = decode_entries(raw, count)
    require(not rest, "log.bundle", f"{len(rest)} bytes after the last entry")
    return entries


def decode_entries(raw: bytes, count: int) -> tuple[list[bytes], bytes]:
    """Read `count` entries; return them and what follows."""
    entries = []
    for _ in range(count):
        length = int.from_bytes(raw[:2])
        require(len(raw) >= 2 and length > 0, "log.bundle", "an entry is missing or empty")
        entry, raw = raw[2 : 2 + length], raw[2 + length :]
        require(len(entry) == length, "log.bundle", "the last entry is cut short")
        entries.append(entry)
    return entries, raw
