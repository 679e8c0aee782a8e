"""Checking the own store from its bytes: the tree, the head, and every content (scrub against bit rot)."""

from __future__ import annotations

from entrepot_node.storage.interface import Store
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Refused
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.content_check import by_digest, check_contents, is_keys_entry
from entrepot_sync.entry import FeedState, Outcome
from entrepot_sync.feed_store import FeedRow, Status
from entrepot_sync.merkle import Frontier, leaf_hash
from entrepot_sync.peer_trust import log_keys

_STEP = 256


def check_store(store: Store, feed: FeedRow) -> str:
    """Recompute everything of one feed from its stored entries; return a sentence, or raise `store.damaged`."""
    state = FeedState(feed.origin)
    frontier = Frontier()
    in_force = records = 0
    for begin in range(0, feed.size, _STEP):
        # Not beyond the size we were given: another process may be adding.
        end = min(begin + _STEP, feed.size)
        raws = store.entries(feed.id, begin, end)
        frontier = frontier.extend([leaf_hash(raw) for raw in raws])
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
            raise Refused(
                "log.damaged", f"{feed.name}: stored contents near entry {begin} do not fit their entries"
            )
        records += len(results)
    _check_head(feed, frontier)
    fits = f"{records} live records fit their entries."
    if feed.size < feed.head.size:
        return f"{feed.name}: {feed.size} of {feed.head.size} entries are stored, the rest is to be pulled; {fits}"
    return f"{feed.name}: {feed.size} entries yield the signed root; {fits}"


def _check_head(feed: FeedRow, frontier: Frontier) -> None:
    if frontier != feed.frontier:
        raise Refused("log.damaged", f"{feed.name}: the stored entries do not yield the stored frontier")
    if not feed.head.note:
        return
    checkpoint = open_checkpoint(feed.head.note, feed.name, log_keys(feed.key_log, feed.name)).checkpoint
    if (checkpoint.size, checkpoint.root) != (
        feed.head.size,
        feed.head.root,
    ) or frontier.size > checkpoint.size:
        raise Refused("log.damaged", f"{feed.name}: the stored entries or head do not fit the signed head")
    if checkpoint.size == frontier.size and checkpoint.root != frontier.root():
        raise Refused("log.damaged", f"{feed.name}: the stored entries do not yield the signed root")


def copy_digest(store: Store, feed: FeedRow) -> str:
    """One hash over all entries and live contents of a feed: equal for identical copies."""
    parts = []
    for begin in range(0, feed.size, _STEP):
        parts += [sha256(raw) for raw in store.entries(feed.id, begin, begin + _STEP)]
        parts += [sha256(raw) for raw in store.contents(feed.id, begin, begin + _STEP)]
    return sha256(b"".join(parts)).hex()
