"""Which of our feeds is live: the one of the highest number; lower ones are history."""

from __future__ import annotations

from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Misuse
from entrepot_schema.origin import parse_feed_name
from entrepot_sync.feed_store import FeedRow


def live_feed(store: Store) -> FeedRow:
    """Our own feed of the highest number; raise `node.no-feed` in a folder that was never founded whole."""
    own = [feed for feed in store.feeds() if feed.own]
    if not own:
        hint = "Was `entrepot init` cut off? Begin anew in another folder."
        raise Misuse("node.no-feed", "this node has no feed", hint=hint)
    return max(own, key=lambda feed: parse_feed_name(feed.name).number)
