"""What the store knows of the node as a whole: its feeds, how much is held, what is newest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from entrepot_node.live_feed import live_feed, live_feeds
from entrepot_node.pages.subject_facts import profile_of
from entrepot_node.storage.hiding import HiddenRow
from entrepot_node.storage.interface import FeedCounts, FollowRow, Statistics, Store, VersionRow
from entrepot_schema.canonical import sha256
from entrepot_schema.origin import subject_origin
from entrepot_sync.entry import PUBLISH, parse_entry
from entrepot_sync.feed_store import FeedRow, Status

_COUNTS_SECONDS = 30.0
_LOOK_BACK = 200


@dataclass(frozen=True, slots=True)
class PeerFacts:
    """A peer's feed, the decision to follow it, how much of it is held, and how many stored records are not shown."""

    feed: FeedRow
    follow: FollowRow | None
    counts: FeedCounts
    hidden: int


def hidden_of(feed: FeedRow, counts: FeedCounts, rows: Iterable[HiddenRow]) -> int:
    """Count the stored records of a feed that the operator hides here."""
    names = {row.name: row.held for row in rows}
    if feed.origin in names:
        return counts.stored
    return sum(held and subject_origin(name) == feed.origin for name, held in names.items())


class NodeFacts:
    """Reads for the start page. Counts are kept for half a minute while a feed does not grow: they cost the most."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counted: dict[int, tuple[int, float, FeedCounts]] = {}
        self._totals: tuple[list[object], float, Statistics] | None = None

    def own_feed(self) -> FeedRow:
        """Our live feed: the highest number."""
        return live_feed(self._store)

    def peers(self, now: float) -> list[PeerFacts]:
        """The live feeds of others."""
        follows = {follow.feed_id: follow for follow in self._store.follows()}
        feeds = [feed for feed in live_feeds(self._store) if not feed.own]
        rows = self._store.hidden()
        return [self._peer(feed, follows.get(feed.id), rows, now) for feed in feeds]

    def _peer(
        self, feed: FeedRow, follow: FollowRow | None, rows: Iterable[HiddenRow], now: float
    ) -> PeerFacts:
        counts = self.counts(feed, now)
        return PeerFacts(feed, follow, counts, hidden_of(feed, counts, rows))

    def counts(self, feed: FeedRow, now: float) -> FeedCounts:
        """How many subjects of a feed there are, by what is held of them."""
        kept = self._counted.get(feed.id)
        if kept and kept[0] == feed.size and 0 <= now - kept[1] < _COUNTS_SECONDS:
            return kept[2]
        fresh = self._store.counts(feed.id)
        self._counted[feed.id] = (feed.size, now, fresh)
        return fresh

    def statistics(self, now: float) -> Statistics:
        """How many records there are of each type, territory and so on."""
        held: list[object] = [(feed.id, feed.size) for feed in self._store.feeds()]
        held += [row.name for row in self._store.hidden()]
        kept = self._totals
        if kept and kept[0] == held and 0 <= now - kept[1] < _COUNTS_SECONDS:
            return kept[2]
        fresh = self._store.statistics(now=now)
        self._totals = (held, now, fresh)
        return fresh

    def refused(self) -> int:
        """How many live records of all feeds are refused, of those that are shown."""
        return sum(self._store.refusals().values())

    def evidence(self, feed: FeedRow) -> dict[str, bytes]:
        """The evidence files of a feed, by the SHA-256 of their bytes."""
        return {sha256(raw).hex(): raw for raw in self._store.evidence(feed.id)}

    def find_evidence(self, name: str) -> bytes | None:
        """One evidence file of any feed that has forked."""
        for feed in self._store.feeds():
            found = self.evidence(feed).get(name) if feed.state == "forked" else None
            if found is not None:
                return found
        return None

    def newest(self, limit: int) -> list[tuple[VersionRow, dict[str, Any], str]]:
        """The records that arrived last and are live: version, profile, and the entry's time."""
        return [found for _, found in zip(range(limit), self._newest(), strict=False)]

    def _newest(self) -> Iterator[tuple[VersionRow, dict[str, Any], str]]:
        rows = self._store.changes(after=self._store.last_change() - _LOOK_BACK, limit=_LOOK_BACK)
        for row in reversed(rows):
            entry = parse_entry(row.entry)
            if entry.op != PUBLISH or row.status is not Status.STORED:
                continue
            feed = self._store.feed(row.feed_name)
            version = self._store.version_of(feed.id, entry.digest) if feed and entry.digest else None
            profile = profile_of(version) if version and version.live else None
            if version and profile and version.index == row.index:
                yield version, profile, entry.time
