"""What all pulls of this process have in common, from wherever they are pulled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.interface import Store
from entrepot_sync.content_check import NoEarlyCheck
from entrepot_sync.head_gate import HeadGate
from entrepot_sync.peer_feed import LIVE_FEED
from entrepot_sync.pull import NO_BYTES_LIMIT, OpenEarlyCheck, Progress, Pull
from entrepot_sync.transport import PeerTransport


@dataclass(frozen=True, slots=True)
class FollowPulls:
    """Makes the pulls of followed feeds."""

    store: Store
    gate: HeadGate | None = None
    open_early: OpenEarlyCheck = NoEarlyCheck
    bytes_limit: int = NO_BYTES_LIMIT
    before_storing: Callable[[], None] = lambda: None

    def under(self, before_storing: Callable[[], None]) -> FollowPulls:
        """Those of one lease, which is asked for before anything is stored."""
        return replace(self, before_storing=before_storing)

    def pull(
        self,
        follow: FollowRow,
        transport: PeerTransport,
        *,
        now: float,
        progress: Progress = lambda stored, size: None,
        path: str = LIVE_FEED,
    ) -> Pull:
        """One pull of a feed, with what it may still grow today (LOG-90)."""
        feed = self.store.feed(follow.feed_name)
        return Pull(
            transport,
            self.store,
            follow.feed_name,
            now=now,
            gate=self.gate,
            growth_limit=follow.may_grow(feed.size if feed else 0),
            bytes_limit=self.bytes_limit,
            progress=progress,
            path=path,
            open_early=self.open_early,
            before_storing=self.before_storing,
        )
