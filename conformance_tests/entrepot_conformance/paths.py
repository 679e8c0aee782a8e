"""The paths that the checks ask for, good and odd, and what their answers must say about caching."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from .node_under_test import FEED, NodeUnderTest
from .reader import tiles
from .reader.contents import MAX_DELTA

Kind = Literal["immutable", "checkpoint", "revalidated", "minutes"]
WELL_KNOWN = (
    "/.well-known/entrepot",
    "/.well-known/did.json",
    "/.well-known/did.jsonl",
    f"{FEED}/keys.jsonl",
)


def tiles_beyond(size: int) -> Iterator[str]:
    """Name tiles and bundles that a tree of `size` does not imply."""
    for level, count in (("entries", size), (0, size), (1, size // tiles.WIDTH), (63, 0)):
        index, width = divmod(count, tiles.WIDTH)
        yield tiles.tile_path(level, index)
        if width + 1 < tiles.WIDTH:
            yield tiles.tile_path(level, index, width + 1)
        yield tiles.tile_path(level, index + 1, 1)


def odd_paths(size: int, live_digest: str | None) -> Iterator[str]:
    """Name paths below the feed that must be answered 404: malformed spellings and what does not exist."""
    for level in ("0", "entries"):
        for spelling in (
            "0",
            "00",
            "0000",
            "x000/000",
            "x000",
            "000.p/0",
            "000.p/256",
            "000.p/01",
            "000.p/",
            "-01",
        ):
            yield f"{FEED}/tile/{level}/{spelling}"
    yield from (f"{FEED}/tile/{level}/000" for level in ("00", "64", "-1", "x", "256"))
    beyond = len(tiles.implied_bundles(size)) + 1
    yield from (f"{FEED}/contents/{name}" for name in ("00", "-1", "x", "000", str(beyond), "1" * 30))
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    name = live_digest or empty
    yield f"{FEED}/addenda/{name[:2]}/{name[2:4]}/{name[:-1]}"
    yield f"{FEED}/addenda/{name[:2]}/{name[2:4]}/{name}0"
    yield f"{FEED}/addenda/{name[:2]}/{name[2:4]}/{name.upper()}x"
    yield f"{FEED}/addenda/{name[2:4]}x/{name[:2]}/{name}"
    yield f"{FEED}/addenda/{name}"
    if name.upper() != name:
        yield f"{FEED}/addenda/{name[:2]}/{name[2:4]}/{name.upper()}"
    wrong = "00" if name[:2] != "00" else "01"
    yield f"{FEED}/addenda/{wrong}/{name[2:4]}/{name}"
    yield from (f"{FEED}/{name}" for name in ("checkpoints", "nothing", "tile", "addenda.v2"))


def is_folder(path: str) -> bool:
    """Say whether an odd path is the name of a folder in a static copy, which its host answers as it likes (EXC-99)."""
    return path == f"{FEED}/tile" or path.endswith(".p/")


def good_deltas(size: int) -> Iterator[tuple[int, int]]:
    """Name ranges that a node of `size` must answer."""
    if size:
        yield size - 1, size
        yield max(0, size - MAX_DELTA), size
        yield max(0, size - 7), size
    if size > tiles.WIDTH:
        last = (size - 1) // tiles.WIDTH * tiles.WIDTH
        yield last - tiles.WIDTH, last
        yield last - 1, last


def odd_deltas(size: int) -> Iterator[str]:
    """Name queries that must be refused, each with one fault; `check_delta_range` knows how."""
    ranges = [(size, size), (size + 1, size), (max(0, size - 3), size + 1), (size, size + 1), (0, 0)]
    ranges += [(max(0, size - 3), size - 1), (max(0, size - MAX_DELTA - 1), size)]
    ranges += [(5, 3), (0, 5 * tiles.WIDTH)] if size >= 5 * tiles.WIDTH else []
    yield from (f"from={start}&to={end}" for start, end in ranges if end >= 0)
    yield from ("", "from=0", f"to={size}", f"from=a&to={size}", f"from=-1&to={size}", f"from=&to={size}")
    yield from (f"from=0.0&to={size}", f"from=00&to={size}", f"from=+0&to={size}", f"from=0&from=0&to={size}")


def cached_paths(size: int, digest: bytes | None, *, deltas: bool) -> Iterator[tuple[str, Kind]]:
    """Name one path of each kind that has a rule on caching."""
    for path in WELL_KNOWN:
        yield path, "minutes"
    yield f"{FEED}/checkpoint", "checkpoint"
    if size:
        level, index, width = tiles.implied_tiles(size)[0]
        yield f"{FEED}/{tiles.tile_path(level, index, width)}", "immutable"
        yield f"{FEED}/{tiles.tile_path('entries', index, width)}", "immutable"
        yield f"{FEED}/contents/0", "revalidated"
    if size and deltas:
        yield f"{FEED}/delta?from={max(0, size - MAX_DELTA)}&to={size}", "revalidated"
    if digest:
        name = digest.hex()
        yield f"{FEED}/addenda/{name[:2]}/{name[2:4]}/{name}", "revalidated"


def check_caching(node: NodeUnderTest, path: str, kind: Kind) -> None:
    """Check status, encoding, Cache-Control and ETag; of a static copy no more than that it says nothing wrong (EXC-99)."""
    answer = node.get(path)
    assert "set-cookie" not in answer.headers, f"GET {path}: sets a cookie"
    is_bundle = "/tile/entries/" in path
    plain = answer.encoding == "identity" or (is_bundle and answer.encoding == "gzip")
    assert plain, f"GET {path}: encoding {answer.encoding!r} was not asked for"
    control = {item.strip().lower() for item in answer.headers.get("cache-control", "").split(",")}
    marked, never_changes = "immutable" in control, kind == "immutable"
    says_less = node.is_static and not marked
    assert marked == never_changes or says_less, f"GET {path}: Cache-Control {sorted(control)}"
    if never_changes:
        return
    other = node.http.get(path, If_None_Match='"of-something-else"')
    assert other.status == 200, f"GET {path}: {other.status} to a foreign ETag where 200 was due"
    if node.is_static:
        return
    longest = {"checkpoint": 10, "revalidated": 60, "minutes": 600}[kind]
    age = _max_age(control)
    assert age is not None, f"GET {path}: no max-age"
    assert age <= longest, f"GET {path}: max-age {age}, at most {longest}"
    _check_revalidation(node, path, answer.headers.get("etag", ""), kind, control)


def _max_age(control: set[str]) -> int | None:
    if control & {"no-store", "no-cache"}:
        return 0
    found = [re.fullmatch(r"max-age=([0-9]{1,9})", item) for item in control]
    return next((int(match[1]) for match in found if match), None)


def _check_revalidation(node: NodeUnderTest, path: str, etag: str, kind: Kind, control: set[str]) -> None:
    strict = control & {"must-revalidate", "no-cache", "no-store"}
    assert strict or kind == "minutes", f"GET {path}: may be used when stale"
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', etag), f"GET {path}: no strong ETag ({etag!r})"
    again = node.http.get(path, If_None_Match=etag)
    assert again.status == 304, f"GET {path}: {again.status} to its own ETag where 304 was due"
    assert again.body == b"", f"GET {path}: a 304 with a body"
