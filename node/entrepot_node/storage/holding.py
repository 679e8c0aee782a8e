"""The part of the storage contract about the brake on mass withdrawal."""

from __future__ import annotations

from typing import Protocol

from entrepot_sync.feed_store import Held


class HoldingStore(Protocol):
    """See `interface` for what all methods promise. `FeedStore.held` counts what is held."""

    def held_by_feed(self) -> dict[int, Held]:
        """What is held of each feed of which anything is."""
        ...

    def held_contents(self, feed_id: int) -> list[bytes]:
        """The bytes that are held of a feed, in the order of their entries: for the operator alone."""
        ...

    def erase_held(self, *, due: float | None = None, feed_id: int | None = None) -> int:
        """Delete what is due by a time, or all that is held of a feed; return how many contents."""
        ...
