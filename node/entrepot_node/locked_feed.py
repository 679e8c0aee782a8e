"""Our live feed while nobody else may append to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from entrepot_node.append_right import append_right
from entrepot_node.home import Home
from entrepot_node.live_feed import live_feed
from entrepot_node.pending_keys import settle_keys
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Conflict
from entrepot_schema.origin import FeedName, parse_feed_name
from entrepot_sync.feed_store import FeedRow


@contextmanager
def locked_live_feed(
    home: Home, store: Store, passphrase: str, *, next_too: bool = False
) -> Iterator[FeedRow]:
    """Hold the append lock of our live feed, read once it is held; a change of keys that was cut off is settled first.

    `next_too`: hold that of the feed that may follow as well. Raises `Conflict` if the live feed is another one by then.
    """
    name = live_feed(store).name
    with (
        append_right(home, store, name),
        append_right(home, store, _next(name)) if next_too else nullcontext(),
    ):
        feed = live_feed(store)
        if feed.name != name:
            raise Conflict("store.moved", f"another process has opened {feed.name}; try again")
        settle_keys(home, feed.key_log, passphrase)
        yield feed


def _next(feed_name: str) -> str:
    name = parse_feed_name(feed_name)
    return str(FeedName(name.origin, name.number + 1))
