"""Signed heads that contradict what we hold of a feed: two of them make the evidence of a fork (LOG-61, FED-12).

The question is asked of every head that comes by another way than a pull: pushed to our witness, cosigned by a peer.
Pure: the hashes of our own tree come by `hash_at`.
"""

from __future__ import annotations

from collections.abc import Iterable

from entrepot_schema.errors import Refused
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.evidence import make_fork_evidence
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.merkle import HashAt, range_hashes, root_from_ranges
from entrepot_sync.note import VerifierKey
from entrepot_sync.peer_trust import all_log_keys, open_head


def root_at(size: int, hash_at: HashAt) -> bytes:
    """Compute the root our tree has at a size that it has reached."""
    return root_from_ranges(size, range_hashes(0, size, hash_at), size, ())[0]


def find_contradiction(
    feed: FeedRow, note: bytes, hash_at: HashAt, *, admitted: bool = False
) -> bytes | None:
    """Return the evidence of a fork; None when the head agrees with ours, is larger, or cannot be compared yet.

    Raises a `log.*` refusal when the note is no head of this feed that its log key signed; with `admitted`, its
    signature counted when it arrived.
    """
    keys = all_log_keys(feed.key_log, feed.name)
    opened = open_checkpoint(note, feed.name, keys) if admitted else open_head(feed.key_log, feed.name, note)
    other = opened.checkpoint
    if other.size > feed.head.size or not feed.head.note:
        return None
    if other.size == feed.head.size:
        if other.root == feed.head.root:
            return None
        return make_fork_evidence(feed.name, (feed.head.note, note), keys)
    if feed.size != feed.head.size:  # a pull is under way; hashes up to our head are not there yet
        return None
    if root_at(other.size, hash_at) == other.root:
        return None
    left = range_hashes(0, other.size, hash_at)
    right = range_hashes(other.size, feed.size, hash_at)
    return make_fork_evidence(feed.name, (note, feed.head.note), keys, left, right)


def same_size_fork(log_name: str, keys: Iterable[VerifierKey], one: bytes, other: bytes) -> bytes | None:
    """Return the evidence that two signed heads of one size are a fork; None if they are not."""
    try:
        return make_fork_evidence(log_name, (one, other), keys)
    except Refused:
        return None
