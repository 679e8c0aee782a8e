"""Which feed of an origin is live: the one of the highest number; lower ones are history."""

from __future__ import annotations

from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Misuse
from entrepot_schema.origin import parse_feed_name
from entrepot_sync.feed_store import FeedRow


def live_feeds(store: Store) -> list[FeedRow]:
    """The live feed of each origin, our own first; what lower ones say counts no more."""
    return [feed for feed in store.feeds() if not feed.superseded]


def live_feed(store: Store) -> FeedRow:
    """Our own feed of the highest number; raise `node.no-feed` in a folder that was never founded whole.

    Read anew each time: another process may have published, or have opened the next feed.
    """
    feeds = store.own_feeds()
    if not feeds:
        hint = "Was `entrepot init` cut off? Begin anew in another folder."
        raise Misuse("node.no-feed", "this node has no feed", hint=hint)
    return feeds[0] if len(feeds) == 1 else max(feeds, key=lambda feed: parse_feed_name(feed.name).number)
