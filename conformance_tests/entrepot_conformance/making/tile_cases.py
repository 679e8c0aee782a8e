"""`tiles.json`, `proofs.json`, `bundles.json`, `deltas.json`: the tree and what is served of it."""

from __future__ import annotations

import hashlib
from typing import Any

from entrepot_conformance.reader import merkle, tiles

from .files import Files, json_file, verdict

SIZES = (0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000)


def made_up_leaves(count: int) -> list[bytes]:
    """Return the leaf hashes of the entries `entry 0`, `entry 1` and so on."""
    return [merkle.leaf_hash(f"entry {index}".encode()) for index in range(count)]


def make_tiles() -> Files:
    """Return `tiles.json`."""
    about = (
        "`paths`: tile paths below the feed, with what they name; level `entries` is a bundle, width "
        "256 is full. `trees`: the tree of the entries 'entry 0', 'entry 1', … (ASCII) at some sizes: "
        "its root (hex) and its tiles with the SHA-256 of their bytes. Of trees above 1,000 entries, "
        "level 0 shows its last tile only."
    )
    leaves = made_up_leaves(max(SIZES))
    trees = [_tree(leaves[:size]) for size in SIZES]
    return {"tiles.json": json_file(about, paths=_paths(), trees=trees)}


def _tree(leaves: list[bytes]) -> dict[str, Any]:
    named = tiles.implied_tiles(len(leaves))
    last = (len(leaves) - 1) // 256
    shown = [tile for tile in named if len(leaves) < 1000 or tile[0] > 0 or tile[1] == last]
    rows = []
    for level, index, width in shown:
        data = tiles.tile_bytes(leaves, level, index, width)
        row = {"path": tiles.tile_path(level, index, width), "bytes": len(data)}
        rows.append(row | {"sha256": hashlib.sha256(data).hexdigest()})
    root = merkle.root(leaves).hex()
    frontier = [item.hex() for item in merkle.frontier(leaves)]
    return {
        "size": len(leaves),
        "root": root,
        "frontier": frontier,
        "number_of_tiles": len(named),
        "tiles": rows,
    }


def _paths() -> list[dict[str, Any]]:
    good: dict[str, tuple[int | str, int, int]] = {
        "tile/0/000": (0, 0, 256),
        "tile/0/000.p/1": (0, 0, 1),
        "tile/0/000.p/255": (0, 0, 255),
        "tile/63/999": (63, 999, 256),
        "tile/1/x001/000": (1, 1000, 256),
        "tile/2/x001/x234/067.p/8": (2, 1_234_067, 8),
        "tile/entries/000": ("entries", 0, 256),
        "tile/entries/x123/456.p/20": ("entries", 123_456, 20),
    }
    bad = (
        *("tile/64/000", "tile/00/000", "tile/01/000", "tile/-1/000", "tile//000", "tile/0", "tile/0/"),
        *(
            "tile/0/0",
            "tile/0/00",
            "tile/0/0000",
            "tile/0/001/000",
            "tile/0/x000/000",
            "tile/0/x000",
            "tile/0/X001/000",
        ),
        *(
            "tile/0/x001/x000",
            "tile/0/x01/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
        ),
        *(
            "tile/0/000.p",
            "tile/0/000.p/-1",
            "tile/0/000.p/1/",
            "tile/0/000/",
            "tile/0/000.P/1",
            "tile/0/000.p/1.p/1",
        ),
        *(
            "tile/entry/000",
            "tile/entries/0",
            "tile/data/000",
            "tile/8/0/000",
            "tile/0/٠٠٠",
            "tile/0/000\n",
            "/tile/0/000",
        ),
        *("tile/0/000.p/+1", "tile/0/ 00", "tile/0/000.p/1 ", ""),
    )
    rows: list[dict[str, Any]] = [
        {"path": path, "level": level, "index": index, "width": width, **verdict("")}
        for path, (level, index, width) in good.items()
    ]
    return rows + [{"path": path, "ids": ["LOG-40"], **verdict("log.path")} for path in bad]
