"""What the store says of the own feed at one head: the head, and which records are live below it."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot_node.live_feed import live_feed
from entrepot_node.static_copy.record_page import Place
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Conflict
from entrepot_sync.feed_store import FeedRow

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A feed and its live records, in order of index."""

    feed: FeedRow
    places: tuple[Place, ...]


def take_snapshot(store: Store) -> Snapshot:
    """Read the live feed; raise `static.moved` where it never stands still."""
    for _ in range(_ATTEMPTS):
        feed = live_feed(store)
        places = tuple(Place(*row) for row in store.live_places(feed.id))
        after = live_feed(store)
        if (after.id, after.size) == (feed.id, feed.size):
            return Snapshot(after, places)
    raise moved()


def moved() -> Conflict:
    """The store gave other contents than it did when the run began."""
    return Conflict("static.moved", "the feed changed while it was written; run it again")
