"""Checking the own store from its bytes: the tree and its tiles, the head, and every content, live or kept as history.

A scrub against bit rot and against hands in the database: everything is computed again from the entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from entrepot_node.storage.interface import Store
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Refused
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.content_check import by_digest, check_contents, is_keys_entry
from entrepot_sync.entry import Decision, FeedState, Outcome
from entrepot_sync.feed_store import FeedRow, Status
from entrepot_sync.merkle import HASH_BYTES, Frontier, leaf_hash
from entrepot_sync.peer_trust import all_log_keys
from entrepot_sync.tile_growth import grow_tiles
from entrepot_sync.tiles import TILE_WIDTH

_STEP = 256


def check_store(store: Store, feed: FeedRow) -> str:
    """Recompute everything of one feed from its stored entries; return a sentence, or raise `log.damaged`."""
    state = FeedState(feed.origin)
    tree = _Tree(store, feed)
    in_force = records = 0
    for begin in range(0, feed.size, _STEP):
        # Not beyond the size we were given: another process may be adding.
        end = min(begin + _STEP, feed.size)
        raws = store.entries(feed.id, begin, end)
        tree.extend([leaf_hash(raw) for raw in raws])
        decisions = [state.decide(begin + offset, raw) for offset, raw in enumerate(raws)]
        keys = {}
        for decision in decisions:
            in_force += is_keys_entry(decision)
            keys[decision.index] = feed.key_log.states[max(in_force, 1) - 1].record_key
        contents = store.contents(feed.id, begin, end)
        effective = [decision for decision in decisions if decision.outcome is Outcome.EFFECTIVE]
        results = check_contents(effective, by_digest(contents), origin=feed.origin, keys=keys)
        bad = [index for index, content in results.items() if content.status is Status.REFUSED]
        if bad or len(results) != len(contents):
            raise _damaged(feed, f"stored contents near entry {begin} do not fit their entries")
        _check_rest(store, feed, [decision for decision in effective if decision.index not in results])
        records += len(results)
    tree.finish()
    fits = f"{records} live records fit their entries."
    if feed.size < feed.head.size:
        return f"{feed.name}: {feed.size} of {feed.head.size} entries are stored, the rest is to be pulled; {fits}"
    return f"{feed.name}: {feed.size} entries yield the signed root; {fits}"


class _Tree:
    """The tree over the stored entries, computed anew beside the stored frontier, tiles and head."""

    def __init__(self, store: Store, feed: FeedRow) -> None:
        self._store = store
        self._feed = feed
        self._frontier = Frontier()
        self._partial: dict[tuple[int, int], bytes] = {}

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Take the next leaf hashes and compare the tiles they fill."""
        grown = grow_tiles(self._frontier.size, leaves, lambda level, index: self._partial[level, index])
        self._partial |= grown
        self._frontier = self._frontier.extend(leaves)
        for place, hashes in grown.items():
            if len(hashes) == TILE_WIDTH * HASH_BYTES:
                self._compare(*place)

    def finish(self) -> None:
        """Compare the partial tiles, the frontier and the signed head."""
        for place in list(self._partial):
            self._compare(*place)
        _check_head(self._feed, self._frontier)

    def _compare(self, level: int, index: int) -> None:
        hashes = self._partial.pop((level, index))
        # The stored one may be wider by now.
        if self._store.tile(self._feed.id, level, index)[: len(hashes)] != hashes:
            raise _damaged(self._feed, f"the stored entries do not yield the stored tile {level}/{index}")


def _check_rest(store: Store, feed: FeedRow, decisions: Iterable[Decision]) -> None:
    """Check what is kept beside live records: lines of the key log, history; and that nothing lost its bytes."""
    for decision in decisions:
        digest = decision.entry.digest if decision.entry else None
        version = store.version_of(feed.id, digest) if digest else None
        if digest is None:
            continue
        if version is None or version.index != decision.index:
            raise _damaged(feed, f"entry {decision.index} is stored without its version")
        if version.raw is not None and sha256(version.raw) != digest:
            raise _damaged(feed, f"the content of entry {decision.index} has another digest")
        if version.raw is None and version.status in (Status.STORED, Status.KEPT):
            raise _damaged(feed, f"the content of entry {decision.index} is lost")


def _check_head(feed: FeedRow, frontier: Frontier) -> None:
    if frontier != feed.frontier:
        raise _damaged(feed, "the stored entries do not yield the stored frontier")
    if not feed.head.note:
        return
    checkpoint = open_checkpoint(feed.head.note, feed.name, all_log_keys(feed.key_log, feed.name)).checkpoint
    if (checkpoint.size, checkpoint.root) != (
        feed.head.size,
        feed.head.root,
    ) or frontier.size > checkpoint.size:
        raise _damaged(feed, "the stored entries or head do not fit the signed head")
    if checkpoint.size == frontier.size and checkpoint.root != frontier.root():
        raise _damaged(feed, "the stored entries do not yield the signed root")


def _damaged(feed: FeedRow, what: str) -> Refused:
    return Refused("log.damaged", f"{feed.name}: {what}")


def copy_digest(store: Store, feed: FeedRow) -> str:
    """One hash over all entries and live contents of a feed: equal for identical copies."""
    parts = []
    for begin in range(0, feed.size, _STEP):
        parts += [sha256(raw) for raw in store.entries(feed.id, begin, begin + _STEP)]
        parts += [sha256(raw) for raw in store.contents(feed.id, begin, begin + _STEP)]
    return sha256(b"".join(parts)).hex()
