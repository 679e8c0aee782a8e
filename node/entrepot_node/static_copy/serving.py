"""What a host should say of each file of a copy that it serves, where it takes our word for it (exchange §1)."""

from __future__ import annotations

from entrepot_node.freshness import HEAD, IMMUTABLE, MINUTE
from entrepot_node.static_copy import layout

_BINARY = "application/octet-stream"
_BY_NAME = {
    layout.CHECKPOINT: "text/plain; charset=utf-8",
    layout.NODE_DOCUMENT: "application/json",
    layout.DID_DOCUMENT: "application/did+json",
}
_BY_ENDING = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "jsonld": "application/ld+json",
}


def media_type(path: str) -> str:
    """The media type of a file."""
    if path.startswith("feed/contents/"):
        return "application/jsonl"
    return _BY_NAME.get(path) or _BY_ENDING.get(path.rpartition(".")[2], _BINARY)


def freshness(path: str) -> str:
    """How long caches may keep a file: only what never changes is immutable."""
    if path == layout.CHECKPOINT:
        return HEAD
    return IMMUTABLE if path.startswith("feed/tile/") else MINUTE
