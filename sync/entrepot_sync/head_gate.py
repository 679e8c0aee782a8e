"""What a pull asks before it believes a head: was another one seen elsewhere? (LOG-79).

Heads of a feed come by several ways: pulled, pushed to our witness, cosigned by others, carried by hand. They must all
be heads of one history. So every head passes one compare-and-swap on what our witness has seen before it is believed,
and on the way to it the root is compared at the size of every other head we know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from entrepot_schema.key_log import KeyLog
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.merkle import EMPTY_ROOT

NO_HEAD = Head(0, EMPTY_ROOT, b"")


class HeadGate(Protocol):
    """The heads of a feed that were seen elsewhere; all of them are signed by a log key of the feed."""

    def seen(self, feed: FeedRow) -> Head:
        """The head our witness cosigned last, `NO_HEAD` if never; raise `Fork` if what is stored contradicts it."""
        ...

    def reported(self, feed: FeedRow) -> Sequence[Head]:
        """Heads that others cosigned and that are still ahead of what is stored."""
        ...

    def advance(self, feed: FeedRow, before: Head, after: Head) -> bool:
        """Believe `after`, which was shown to extend `before`; False if another head was seen meanwhile."""
        ...

    def admit_keys(self, key_log: KeyLog) -> None:
        """Raise `Refused` for a longer key log, valid in itself, whose keys must not be trusted (SIG-14)."""
        ...


class NoGate:
    """For a store that nobody else believes heads for, such as one that is made to verify a feed once."""

    def seen(self, feed: FeedRow) -> Head:
        """Nothing was seen elsewhere."""
        return NO_HEAD

    def reported(self, feed: FeedRow) -> Sequence[Head]:
        """Nothing was reported."""
        return ()

    def advance(self, feed: FeedRow, before: Head, after: Head) -> bool:
        """Every head that was checked may be believed."""
        return True

    def admit_keys(self, key_log: KeyLog) -> None:
        """So may every key log; public vectors, whose keys are published, are judged in this way."""
