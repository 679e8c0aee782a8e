"""The checkpoint as it is served: the head as its log signed it, and who vouches for it (FED-06).

All that hands out a head writes it with `served_checkpoint`: routes, static copies, proofs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from entrepot_node.storage.interface import Store
from entrepot_node.storage.vouching import CosignatureRow
from entrepot_sync.feed_store import FeedRow

MAX_COSIGNATURES = 14
"""With two lines of the log, in a rotation, the 16 lines that every reader of signed notes takes."""

Leaving = Callable[[FeedRow], None]
"""`leaving(feed)`: whoever lets a head of ours leave calls this first; raises where it must not (FED-75)."""


@dataclass(frozen=True, slots=True)
class Voucher:
    """A peer that cosigned our present head. `time` is that of its last cosignature, POSIX seconds."""

    origin: str
    name: str
    time: int


@dataclass(frozen=True, slots=True)
class Vouching:
    """Who of the peers that could vouch for our present head has: `len(by)` of `of`."""

    by: tuple[Voucher, ...]
    of: int


def served_checkpoint(store: Store, feed: FeedRow) -> bytes:
    """Write the newest head with the lines that came in for it."""
    rows = _for_head(store, feed)
    if len(rows) > MAX_COSIGNATURES:
        # Whoever has only been approved crowds out none of those that we follow.
        followed = {follow.origin for follow in store.follows()}
        others = {row.origin for row in store.followers()} - followed
        rows = sorted(rows, key=lambda row: row.name.partition("/")[0] in others)[:MAX_COSIGNATURES]
    return feed.head.note + "".join(row.line for row in rows).encode("utf-8")


def vouching(store: Store, feed: FeedRow) -> Vouching:
    """Count who vouches for our present head: each peer that is followed once, by the key it names now (L27)."""
    followed = {follow.origin for follow in store.follows()}
    witnesses = {origin: vkey for origin, vkey in store.peer_witnesses().items() if origin in followed}
    names = {vkey.partition("+")[0]: origin for origin, vkey in witnesses.items()}
    by = [
        Voucher(names[row.name], row.name, row.newest_time)
        for row in _for_head(store, feed)
        if row.name in names
    ]
    return Vouching(tuple(by), len(witnesses))


def _for_head(store: Store, feed: FeedRow) -> Sequence[CosignatureRow]:
    return [row for row in store.cosignatures(feed.id) if row.size == feed.head.size]
