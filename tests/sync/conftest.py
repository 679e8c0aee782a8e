"""A follower with a real store, for tests that pull from simulated peers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.key_log import KeyLog
from entrepot_sync.entry import FramedEntry, read_entry
from entrepot_sync.feed_store import FeedRow, Status
from entrepot_sync.peer_trust import DEFAULT_GROWTH_LIMIT
from entrepot_sync.pull import NO_BYTES_LIMIT, Progress, Pull, PullReport
from entrepot_sync.testing.simulated_peer import SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed

NOW = 1_795_426_200.0


@dataclass(frozen=True)
class Version:
    """What is held of one content."""

    status: Status
    raw: bytes | None
    code: str
    pointer: str


@dataclass(frozen=True)
class Copy:
    """All that a follower believes of a feed. Two followers that agree have equal ones.

    `versions` are those that are live or withdrawn. `history`, what was replaced, may be kept or not (LOG-51).
    """

    entries: list[bytes]
    versions: dict[int, Version]
    tiles: dict[tuple[int, int], bytes]
    key_log: KeyLog
    size: int
    root: bytes
    head: tuple[int, bytes]
    state: str
    history: dict[int, Version] = field(compare=False)


@dataclass
class Follower:
    """A node that follows feeds, reduced to its store and pulls."""

    store: SqlStore

    def follow(self, feed: SmallFeed, key_log: KeyLog | None = None) -> None:
        self.store.add_feed(feed.name, key_log or feed.key_log, own=False)

    def unfollow(self, feed: SmallFeed) -> None:
        self.store.remove_follow(self.feed(feed).id)

    def pull(
        self,
        peer: SimulatedPeer,
        etag: str = "",
        *,
        growth_limit: int = DEFAULT_GROWTH_LIMIT,
        bytes_limit: int = NO_BYTES_LIMIT,
        progress: Progress = lambda stored, size: None,
    ) -> PullReport:
        """Pull the feed of a peer once; `peer.paths` holds what this pull asked for."""
        peer.paths.clear()
        pull = Pull(
            peer, self.store, peer.feed.name, now=NOW, growth_limit=growth_limit, bytes_limit=bytes_limit, progress=progress
        )  # fmt: skip
        return asyncio.run(pull.run(etag))

    def feed(self, feed: SmallFeed) -> FeedRow:
        row = self.store.feed(feed.name)
        assert row is not None
        return row

    def state(self, feed: SmallFeed) -> tuple[str, str]:
        row = self.feed(feed)
        return row.state, row.state_code

    def evidence(self, feed: SmallFeed) -> list[bytes]:
        return self.store.evidence(self.feed(feed).id)

    def copy(self, feed: SmallFeed) -> Copy:
        row = self.feed(feed)
        entries = self.store.entries(row.id, 0, row.size)
        versions: dict[int, Version] = {}
        history: dict[int, Version] = {}
        for raw in entries:
            entry = read_entry(raw)
            found = None
            if isinstance(entry, FramedEntry) and entry.digest is not None:
                found = self.store.version_of(row.id, entry.digest)
            if found is not None:
                part = versions if found.live or found.withdrawn else history
                part[found.index] = Version(found.status, found.raw, found.code, found.pointer)
        return Copy(
            entries=entries,
            versions=versions,
            tiles={place: self.store.tile(row.id, *place) for place in feed.tiles},
            key_log=row.key_log,
            size=row.size,
            root=row.frontier.root(),
            head=(row.head.size, row.head.root),
            state=row.state,
            history=history,
        )

    def version(self, feed: SmallFeed, index: int) -> Version:
        copy = self.copy(feed)
        return (copy.versions | copy.history)[index]


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Follower]:
    store = SqlStore.open(tmp_path / "follower.db", now=lambda: NOW)
    yield Follower(store)
    store.close()


@pytest.fixture
def other_follower(tmp_path: Path) -> Iterator[Follower]:
    store = SqlStore.open(tmp_path / "other.db", now=lambda: NOW)
    yield Follower(store)
    store.close()
