"""Feeds for the toy node: the golden one at any size, and what is made from it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from .making import lines
from .making.seeds import FEED, ORIGIN, signed_checkpoint
from .reader import merkle
from .vectors_folder import vectors_folder


@dataclass(frozen=True)
class ToyFeed:
    """All that a node serves is computed from this. `contents` also holds what was withdrawn."""

    entries: tuple[bytes, ...]
    contents: dict[bytes, bytes]
    checkpoint: bytes
    key_log: bytes
    did_json: bytes
    node_document: bytes
    origin: str = ORIGIN

    def with_entries(self, entries: tuple[bytes, ...], contents: dict[bytes, bytes] | None = None) -> ToyFeed:
        """Return this feed with other entries and a checkpoint that the log key signed over them."""
        root = merkle.root([merkle.leaf_hash(entry) for entry in entries])
        checkpoint = signed_checkpoint(lines.LOG, FEED, len(entries), root)
        merged = {**self.contents, **(contents or {})}
        return replace(self, entries=entries, checkpoint=checkpoint, contents=merged)


def golden_feed(size: int = 20) -> ToyFeed:
    """Load the feed of the golden vectors at one size."""
    folder = vectors_folder() / "feed"
    facts = json.loads((folder / "feed.json").read_text("utf-8"))
    files = [path for path in (folder / "addenda").rglob("*") if path.is_file()]
    return ToyFeed(
        entries=tuple(bytes.fromhex(entry["entry"]) for entry in facts["entries"][:size]),
        contents={bytes.fromhex(path.name): path.read_bytes() for path in files},
        checkpoint=(folder / "checkpoint" / str(size)).read_bytes(),
        key_log=(folder / "keys.jsonl").read_bytes(),
        did_json=(folder / "did.json").read_bytes(),
        node_document=(folder / "node.json").read_bytes(),
    )
