"""The gate through which every head passes that this node believes: the state of its own witness (LOG-79)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from entrepot_node.cosigner import Cosigner
from entrepot_node.published_keys import require_secret_keys
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import PeerFault
from entrepot_schema.key_log import KeyLog
from entrepot_sync import note
from entrepot_sync.checkpoint import log_lines, parse_checkpoint
from entrepot_sync.contradiction import find_contradiction, root_at
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.head_gate import NO_HEAD
from entrepot_sync.merkle import HashAt
from entrepot_sync.peer_trust import Fork, all_log_keys
from entrepot_sync.tiles import hash_from_tiles
from entrepot_sync.witness import LogHead


def stored_hashes(store: Store, feed_id: int) -> HashAt:
    """The hashes of a feed as its stored tiles have them."""
    return partial(hash_from_tiles, read_tile=partial(store.tile, feed_id))


class WitnessGate:
    """The heads that our witness has seen, and those that others reported."""

    def __init__(self, store: Store, witness: Cosigner, *, now: Callable[[], float]) -> None:
        self._store = store
        self._witness = witness
        self._now = now

    def seen(self, feed: FeedRow) -> Head:
        """See `HeadGate.seen`."""
        raw = self._witness.note(feed.name)
        if raw is None:
            return NO_HEAD
        checkpoint = parse_checkpoint(note.split(raw).text)
        head = Head(checkpoint.size, checkpoint.root, raw)
        if 0 < head.size <= feed.size:
            self._require_same_history(feed, head)
        return head

    def reported(self, feed: FeedRow) -> Sequence[Head]:
        """See `HeadGate.reported`."""
        return [head for head in self._store.reported_heads(feed.id) if head.size > feed.size]

    def advance(self, feed: FeedRow, before: Head, after: Head) -> bool:
        """See `HeadGate.advance`."""
        self._store.require_writable()
        raw = log_lines(after.note, feed.name, all_log_keys(feed.key_log, feed.name))
        old, new = (LogHead(feed.name, head.size, head.root) for head in (before, after))
        return self._witness.cosign(old, new, raw, now=self._now()) is not None

    def admit_keys(self, key_log: KeyLog) -> None:
        """See `HeadGate.admit_keys`: a peer may also come to published keys by a change of keys."""
        require_secret_keys(key_log)

    def _require_same_history(self, feed: FeedRow, seen: Head) -> None:
        """What is stored and what our witness saw are of one history, or the log has signed two."""
        hash_at = stored_hashes(self._store, feed.id)
        if root_at(seen.size, hash_at) == seen.root:
            return
        evidence = find_contradiction(feed, seen.note, hash_at, admitted=True)
        if evidence is not None:
            raise Fork(feed.name, evidence)
        message = f"the stored entries of {feed.name} do not yield the root cosigned for size {seen.size}"
        raise PeerFault("log.damaged", message)
