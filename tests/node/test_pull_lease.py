"""The lease of a pull while it lasts: renewed beside it, whatever keeps the store or the loop busy; and what its loss ends."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.pull_lease import LEASE_SECONDS
from entrepot_node.storage.follows import FollowRow, PullOutcome
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.errors import Conflict, Unavailable
from entrepot_sync.testing.simulated_peer import SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed
from entrepot_sync.transport import Fetched

from .mirror_nodes import Member
from .test_following import Clock, Follower, feed_of, follower
from .test_mirror_pull import follower as member
from .test_mirror_pull import found_member, mirror, origin

__all__ = ["follower", "found_member", "member", "mirror", "origin"]


def take_over(store: SqlStore, row: FollowRow, clock: Clock) -> None:
    """Another process takes the lease when its time is over, as after a transaction that took long."""
    later = clock.now + LEASE_SECONDS
    assert store.lease_follow(row.feed_id, "two", now=later, until=later + LEASE_SECONDS)
    clock.now = later


def when_asked(peer: SimulatedPeer, begin: str, happens: Callable[[], None]) -> None:
    """Let something happen when the first path is asked for that begins so."""
    waiting = [happens]

    def look(path: str) -> None:
        if path.startswith(begin) and waiting:
            waiting.pop()()

    peer.before = look


def unlucky(follower: Follower, feed: SmallFeed, begin: str) -> tuple[SimulatedPeer, FollowRow]:
    """A peer, and a pull of it that will lose its lease when it asks for a path."""
    peer = SimulatedPeer(feed)
    row = follower.follow(peer)
    when_asked(peer, begin, lambda: take_over(follower.store, row, follower.clock))
    return peer, row


def requires_lease(pulling: Any, follower: Follower) -> None:
    """The pull ends, without blame for the peer, and without a change of what the other does."""
    before = follower.row()
    with pytest.raises(Conflict) as refused:
        asyncio.run(pulling)
    assert refused.value.code == "pull.leased"
    row = follower.row()
    assert (row.failures, row.last_code, row.next_at) == (before.failures, before.last_code, before.next_at)
    assert (row.lease_owner, row.lease_until) == ("two", follower.clock.now + LEASE_SECONDS)


def test_a_pull_that_lost_its_lease_stores_nothing_more(follower: Follower) -> None:
    """EXC-29: two would check and store the same."""
    _, row = unlucky(follower, feed_of(1, 2), "/feed/delta")

    requires_lease(follower.puller().pull(row), follower)

    assert follower.store.feeds()[0].size == 0
    assert asyncio.run(follower.puller("two").pull(row)).size_after == 3


def test_a_large_pull_that_lost_its_lease_keeps_what_it_has_stored(follower: Follower) -> None:
    """EXC-29: the other goes on from there, and there is one history."""
    feed = feed_of(*range(1, 1_200))
    peer = SimulatedPeer(feed)
    peer.has_delta = False
    row = follower.follow(peer)

    def progress(stored: int, _size: int) -> None:
        if stored == 1_024:
            take_over(follower.store, row, follower.clock)

    requires_lease(follower.puller().pull(row, progress), follower)

    assert follower.store.feeds()[0].size == 1_024
    report = asyncio.run(follower.puller("two").pull(row))
    assert (report.size_before, report.size_after) == (1_024, 1_200)
    assert follower.store.entries(row.feed_id, 0, 1_200) == feed.entries


def test_a_pull_that_lost_its_lease_stores_no_late_content(follower: Follower) -> None:
    """EXC-29."""
    feed = SmallFeed()
    feed.publish(1)
    peer, row = unlucky(follower, feed, "/feed/addenda/")
    peer.tamper = lambda path, body: b"" if path.startswith("/feed/contents/") else body
    peer.has_delta = False

    requires_lease(follower.puller().pull(row), follower)

    assert len(follower.store.missing_contents(row.feed_id, limit=9)) == 1


def test_a_carried_feed_that_lost_its_lease_stores_nothing_more(follower: Follower) -> None:
    """EXC-29, FED-38."""
    peer, row = unlucky(follower, feed_of(1, 2), "/feed/delta")

    requires_lease(follower.puller().pull_carried(row, peer), follower)

    assert follower.store.feeds()[0].size == 0


def test_a_pull_from_a_mirror_that_lost_its_lease_stores_nothing_more(
    origin: Member, mirror: Member, member: Member
) -> None:
    """EXC-29, FED-28."""
    origin.publish(7)
    mirror.pull(origin)
    member.line.silent.add("a.example")
    row, size, app = member.row(origin), member.copy_of(origin).size, mirror.app

    async def unlucky(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/delta"):
            later = member.clock().timestamp() + LEASE_SECONDS
            member.clock.move(seconds=LEASE_SECONDS)
            assert member.store.lease_follow(row.feed_id, "two", now=later, until=later + LEASE_SECONDS)
        await app(scope, receive, send)

    mirror.app = unlucky  # type: ignore[assignment]  # an application as well
    with pytest.raises(Conflict) as refused:
        member.pull(origin)

    assert (refused.value.code, member.copy_of(origin).size) == ("pull.leased", size)
    assert (member.row(origin).lease_owner, member.row(origin).failures) == ("two", 0)


def test_a_pull_whose_lease_nobody_took_goes_on_under_a_new_one(follower: Follower) -> None:
    """EXC-29: to fetch may take long, and nothing is stored without a lease."""
    peer = SimulatedPeer(feed_of(*range(1, 1_200)))
    peer.has_delta = False
    row = follower.follow(peer)
    left: list[float] = []

    def slowly(path: str) -> None:
        follower.clock.now += LEASE_SECONDS if path.startswith("/feed/contents/") else 0.0

    peer.before = slowly
    asyncio.run(
        follower.puller().pull(
            row, lambda stored, size: left.append(follower.row().lease_until - follower.clock.now)
        )
    )

    assert left == [LEASE_SECONDS] * 2
    assert follower.row().lease_owner == ""


class Watched(SqlStore):
    """A store that shows how leases are asked for, and given back."""

    asked: threading.Event
    told: threading.Event
    refused: threading.Event
    ending: threading.Event

    def watch(self) -> None:
        self.asked, self.told, self.refused = threading.Event(), threading.Event(), threading.Event()
        self.ending = threading.Event()

    def lease_follow(self, feed_id: int, owner: str, *, now: float, until: float) -> bool:
        self.asked.set()
        try:
            return super().lease_follow(feed_id, owner, now=now, until=until)
        except Unavailable:
            self.refused.set()
            raise
        finally:
            self.told.set()

    def end_pull(self, feed_id: int, owner: str, outcome: PullOutcome) -> None:
        self.ending.set()
        super().end_pull(feed_id, owner, outcome)


@dataclass
class Slow:
    """A peer that answers when something has happened meanwhile."""

    peer: SimulatedPeer
    meanwhile: Callable[[], Any]
    pending: list[str] = field(default_factory=lambda: ["/feed/checkpoint"])

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        if path in self.pending:
            self.pending.remove(path)
            async with asyncio.timeout(30):
                await self.meanwhile()
        return await self.peer.fetch(path, max_bytes=max_bytes, etag=etag)

    async def aclose(self) -> None:
        await self.peer.aclose()


async def until(happened: Callable[[], bool]) -> None:
    while not happened():  # noqa: ASYNC110  threads and other processes make it happen
        await asyncio.sleep(0)


@dataclass
class Busy:
    """A follower whose store another process keeps from being written."""

    follower: Follower
    store: Watched
    other: sqlite3.Connection
    row: FollowRow

    def renewal_is_due(self) -> None:
        self.store.watch()
        self.other.execute("BEGIN IMMEDIATE")
        self.follower.clock.now += 0.5

    def pull(self, meanwhile: Callable[[], Any]) -> None:
        (peer,) = self.follower.peers.values()
        self.follower.peers[self.row.base_url] = Slow(peer, meanwhile)  # type: ignore[assignment]  # a transport too
        asyncio.run(self.follower.puller(lease_seconds=1.0).pull(self.row))


@pytest.fixture
def busy(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Busy]:
    clock = Clock()
    file = tmp_path / "follower.db"
    store = Watched.open(file, now=clock, busy_seconds=request.param)
    assert isinstance(store, Watched)
    store.watch()
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        follower = Follower(store, clock)
        yield Busy(follower, store, other, follower.follow(SimulatedPeer(feed_of(1))))
    store.close()


@pytest.mark.parametrize("busy", [20.0], indirect=True)
def test_a_renewal_that_waits_for_the_store_does_not_hold_up_the_pull(busy: Busy) -> None:
    """EXC-29."""

    async def meanwhile() -> None:
        busy.renewal_is_due()
        await until(busy.store.asked.is_set)
        waited = not busy.store.told.is_set()
        busy.other.execute("ROLLBACK")
        assert waited
        await until(busy.store.told.is_set)
        assert busy.follower.row().lease_until == busy.follower.clock.now + 1.0

    busy.pull(meanwhile)

    assert busy.follower.store.feeds()[0].size == 2


@pytest.mark.parametrize("busy", [0.05], indirect=True)
def test_a_renewal_that_failed_is_tried_again(busy: Busy) -> None:
    """EXC-29: a store that others keep busy for long is no reason to lose the lease."""

    async def meanwhile() -> None:
        busy.renewal_is_due()
        await until(busy.store.refused.is_set)
        busy.other.execute("ROLLBACK")
        await until(lambda: busy.follower.row().lease_until == busy.follower.clock.now + 1.0)

    busy.pull(meanwhile)


@pytest.mark.parametrize("busy", [20.0], indirect=True)
def test_a_renewal_that_is_under_way_does_not_take_back_what_was_given(busy: Busy) -> None:
    """EXC-29: or others would wait for the lease of a pull that has ended."""
    asyncio.run(busy.follower.puller().pull(busy.row))
    ended_too_early: list[bool] = []

    def release() -> None:
        ended_too_early.append(busy.store.ending.wait(0.2))
        busy.other.execute("ROLLBACK")

    releasing = threading.Thread(target=release)

    async def meanwhile() -> None:
        busy.renewal_is_due()
        await until(busy.store.asked.is_set)
        releasing.start()

    busy.pull(meanwhile)
    releasing.join()

    assert ended_too_early == [False]
    assert busy.follower.row().lease_owner == ""
