"""Is this node well? What anybody may know of that: numbers, codes and plain sentences, no names and no paths.

*Unwell* is a node whose store cannot be read or written: somebody must act, and answers are 503. *Attention* is a node that
serves as ever while something waits for its operator: taking it out of service would help nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from entrepot_node.live_feed import live_feed, live_feeds
from entrepot_node.served_checkpoint import Leaving
from entrepot_node.storage.interface import GATE_DOCUMENT, Store
from entrepot_schema.errors import EntrepotError, Unavailable
from entrepot_schema.timestamp import format_seconds

Status = Literal["ok", "attention", "unwell"]
Signing = Literal["open", "waiting", "closed", "unknown"]
_SIGNING = {
    "open": "This node may sign.",
    "waiting": "This node signs nothing until one of its peers answers.",
    "closed": "This node signs nothing until its operator has acted.",
    "unknown": "Whether this node may sign was not asked yet.",
}


@dataclass(frozen=True, slots=True)
class Feeds:
    """Feeds of others: how many are followed, how many of those fail just now, and how many were stopped for good."""

    followed: int
    failing: int
    stopped: int


@dataclass(frozen=True, slots=True)
class Health:
    """How a node is. `head_at` is when its newest checkpoint was stored, POSIX seconds."""

    store_code: str
    signing: Signing
    signing_code: str
    feeds: Feeds
    head_size: int
    head_at: float

    @property
    def status(self) -> Status:
        """The whole in one word."""
        if self.store_code:
            return "unwell"
        lonely = self.feeds.followed > 0 and self.feeds.failing == self.feeds.followed
        waits = self.signing in ("waiting", "closed") or self.feeds.stopped > 0
        return "attention" if lonely or waits else "ok"

    @property
    def text(self) -> list[str]:
        """The same in plain sentences."""
        store = f"The store cannot be written ({self.store_code})." if self.store_code else "The store works."
        signing = _SIGNING[self.signing].rstrip(".") + (
            f" ({self.signing_code})." if self.signing_code else "."
        )
        feeds = (
            f"{self.feeds.followed} feeds are followed; {self.feeds.failing} of them do not answer as they should, "
            f"{self.feeds.stopped} are stopped."
        )
        head = f"The newest checkpoint is of {format_seconds(self.head_at)} and has {self.head_size} entries."
        return [store, signing, feeds, head]


def health_of(store: Store, leaving: Leaving) -> Health:
    """Look at a node. Raises what a store raises that cannot be read."""
    feed = live_feed(store)
    signing, code = _signing(store)
    try:
        leaving(feed)
    except Unavailable as error:
        signing, code = "closed", error.code
    follows = store.follows()
    feeds = Feeds(
        followed=len(follows),
        failing=sum(follow.failures > 0 for follow in follows),
        stopped=sum(one.state in ("stopped", "forked") for one in live_feeds(store) if not one.own),
    )
    return Health(store.write_fault(), signing, code, feeds, feed.head.size, feed.head_at)


def _signing(store: Store) -> tuple[Signing, str]:
    raw = store.document(GATE_DOCUMENT)
    if raw is None:
        return "unknown", ""
    code = raw.decode("utf-8")
    if not code:
        return "open", ""
    return ("waiting" if code == "gate.no-answer" else "closed"), code


def note_gate(store: Store, code: str) -> None:
    """Note for all processes of the node what the gate said last: a code, or nothing if it is open."""
    raw = code.encode("utf-8")
    try:
        if store.document(GATE_DOCUMENT) != raw:
            store.put_document(GATE_DOCUMENT, raw)
    except EntrepotError:
        return  # a disk that fails is told by itself
