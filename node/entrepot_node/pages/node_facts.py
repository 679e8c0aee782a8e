"""What the store knows of the node as a whole: its feeds, how much is held, what is newest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from entrepot_node.live_feed import live_feed, live_feeds
from entrepot_node.pages.subject_facts import profile_of
from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.interface import FeedCounts, Store
from entrepot_node.storage.reading import VersionRow
from entrepot_node.storage.search import SearchQuery, Statistics
from entrepot_schema.canonical import sha256
from entrepot_schema.origin import subject_origin
from entrepot_sync.entry import PUBLISH, parse_entry
from entrepot_sync.feed_store import FeedRow, Held, Status

_COUNTS_SECONDS = 30.0
_LOOK_BACK = 200


@dataclass(frozen=True, slots=True)
class PeerFacts:
    """A peer's feed, the decision to follow it, how much is stored, what of that is not shown, and what a mass withdrawal left."""

    feed: FeedRow
    follow: FollowRow | None
    counts: FeedCounts
    hidden: int
    held: Held


class Hidden:
    """What the operator hides here, to be counted feed by feed."""

    def __init__(self, store: Store) -> None:
        self._names = {row.name: row.held for row in store.hidden()}

    def of(self, feed: FeedRow, counts: FeedCounts) -> int:
        """How many stored records of a feed are not shown."""
        if feed.origin in self._names:
            return counts.stored
        return sum(held and subject_origin(name) == feed.origin for name, held in self._names.items())


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
        hidden, held = Hidden(self._store), self._store.held_by_feed()
        facts = []
        for feed in feeds:
            counts = self.counts(feed, now)
            braked = held.get(feed.id, Held(0, None))
            facts.append(PeerFacts(feed, follows.get(feed.id), counts, hidden.of(feed, counts), braked))
        return facts

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
        """One evidence file of any feed or witnessed log that has forked, our own feeds included."""
        for feed in self._store.feeds():
            found = self.evidence(feed).get(name) if feed.own or feed.state == "forked" else None
            if found is not None:
                return found
        return {sha256(raw).hex(): raw for _, raw in self._store.log_evidence()}.get(name)

    def own_evidence(self) -> list[tuple[str, str]]:
        """What peers showed against feeds of ours: the feed and the name of the evidence."""
        own = [feed for feed in self._store.feeds() if feed.own]
        return [(feed.name, name) for feed in own for name in sorted(self.evidence(feed))]

    def log_evidence(self) -> list[tuple[str, str]]:
        """The logs that have forked and are no feeds, each with the name of the evidence."""
        return [(log, sha256(raw).hex()) for log, raw in self._store.log_evidence()]

    def newest(self, limit: int, now: float) -> list[tuple[VersionRow, dict[str, Any], str]]:
        """The records that arrived last and are live: version, profile, and the entry's time.

        Where only signatures came lately, those that were confirmed last by their publishers, without a time.
        """
        found = list(islice(self._newest(), limit))
        if found:
            return found
        hits = self._store.search(SearchQuery(sort="newest", limit=limit, with_facets=False), now=now).hits
        return [(hit, profile, "") for hit in hits if (profile := profile_of(hit))]

    def _newest(self) -> Iterator[tuple[VersionRow, dict[str, Any], str]]:
        rows = self._store.changes(after=self._store.last_change() - _LOOK_BACK, limit=_LOOK_BACK)
        for row in reversed(rows):
            entry = parse_entry(row.entry)
            # What was signed again is no news: after a change of keys that is every record of an origin.
            if entry.op != PUBLISH or row.status is not Status.STORED or row.resigned:
                continue
            feed = self._store.feed(row.feed_name)
            version = self._store.version_of(feed.id, entry.digest) if feed and entry.digest else None
            profile = profile_of(version) if version and version.live else None
            if version and profile and version.index == row.index:
                yield version, profile, entry.time
