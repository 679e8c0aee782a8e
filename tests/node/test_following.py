"""Meeting, pinning and pulling peers, and the books kept of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_node.app import create_app
from entrepot_node.following import TURN_SECONDS, Introduction, Puller, meet, pin
from entrepot_node.jobs import pull_and_log
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.node_facts import PeerFacts
from entrepot_node.pages.peer_view import peer_view
from entrepot_node.pull_lease import LEASE_SECONDS
from entrepot_node.self_check import check_store
from entrepot_node.settings import Settings
from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.interface import FeedCounts
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Conflict, EntrepotError, Misuse, PeerFault, Refused, Unavailable
from entrepot_schema.key_log import KeyLog, create_key_log, parse_key_log
from entrepot_schema.key_state import build_state
from entrepot_schema.keys import SigningKey
from entrepot_sync.backoff import MAX_DELAY_SECONDS, next_delay
from entrepot_sync.feed_store import Held
from entrepot_sync.note import VerifierKey
from entrepot_sync.peer_url import parse_base_url
from entrepot_sync.pull import Pull
from entrepot_sync.testing.simulated_peer import Answer, SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed, key_of
from entrepot_sync.transport import Fetched, HttpTransport, PeerTransport

URL = "https://peer.example"
NO_COUNTS = FeedCounts(0, 0, 0, 0, 0, 0, 0)
PLACES = [
    "000",
    "001",
    "002",
    "000.p/1",
    "000.p/44",
    "001.p/44",
    "001.p/45",
    "001.p/9",
    "000.p/0",
    "000.p/256",
    "0",
]
DELTAS = [
    (0, 300),
    (0, 256),
    (1, 300),
    (299, 300),
    (0, 255),
    (0, 301),
    (5, 5),
    (7, 6),
    (256, 300),
    (300, 512),
]


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Follower:
    """A store, a clock, and the peers that its transports reach."""

    store: SqlStore
    clock: Clock = field(default_factory=Clock)
    peers: dict[str, SimulatedPeer] = field(default_factory=dict)

    def puller(
        self, owner: str = "one", *, turn_seconds: float = TURN_SECONDS, lease_seconds: float = LEASE_SECONDS
    ) -> Puller:
        def open_transport(base_url: str, _allow_private: bool) -> PeerTransport:
            return self.peers[base_url]

        return Puller(
            self.store, open_transport, owner=owner, now=self.clock, random=lambda: 0.5, poll_seconds=300,
            turn_seconds=turn_seconds, lease_seconds=lease_seconds,
        )  # fmt: skip

    def follow(self, peer: SimulatedPeer, url: str = URL) -> FollowRow:
        self.peers[url] = peer
        met = asyncio.run(meet(url, peer))
        pin(
            self.store,
            met,
            allow_private=False,
            growth_limit=10_000,
            now=self.clock(),
            own_origin="own.example",
        )
        return next(row for row in self.store.follows() if row.origin == met.origin)

    def row(self) -> FollowRow:
        (row,) = self.store.follows()
        return row


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Follower]:
    clock = Clock()
    store = SqlStore.open(tmp_path / "follower.db", now=clock)
    yield Follower(store, clock)
    store.close()


def feed_of(*numbers: int) -> SmallFeed:
    feed = SmallFeed()
    for number in numbers:
        feed.publish_raw(number, b'{"bad":%d}' % number)
    return feed


def test_an_honest_node_is_met_and_pinned(follower: Follower) -> None:
    """SIG-49, EXC-08: what is pinned is the SCID."""
    feed = feed_of(1)
    row = follower.follow(SimulatedPeer(feed))

    assert (row.origin, row.scid, row.failures) == (feed.key_log.origin, feed.key_log.scid, 0)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(404), "peer.status"),
        (Answer(200, b"<html>", "text/html"), "peer.media-type"),
        (Answer(200, b"{}", "application/json"), "key.issuer"),
        (Answer(302), "peer.redirect"),
        (Answer(500), "peer.status"),
    ],
)
def test_what_is_no_node_is_not_met(follower: Follower, answer: Answer, code: str) -> None:
    """EXC-32, EXC-21."""
    peer = SimulatedPeer(feed_of(1))
    peer.answers["/.well-known/entrepot"] = answer

    with pytest.raises(EntrepotError) as refused:
        asyncio.run(meet(URL, peer))

    assert refused.value.code in (code, "schema.members")
    assert follower.store.feeds() == []


def test_f10_a_second_key_log_for_a_pinned_origin_is_refused(follower: Follower) -> None:
    """SIG-49, EXC-30."""
    first = SmallFeed()
    follower.follow(SimulatedPeer(first))
    other = SmallFeed(secret="another")
    assert (other.key_log.origin, other.key_log.scid != first.key_log.scid) == (first.key_log.origin, True)

    with pytest.raises(Misuse) as refused:
        follower.follow(SimulatedPeer(other))

    assert refused.value.code == "key.log-history"
    assert follower.row().scid == first.key_log.scid


@pytest.mark.parametrize("lines", [1, 2])
def test_s13_a_node_with_the_keys_of_public_vectors_is_not_followed(follower: Follower, lines: int) -> None:
    """SIG-14, S13: anybody could sign in its name."""
    key_log, document = public_vectors(lines)

    with pytest.raises(Refused) as refusal:
        pin(
            follower.store, Introduction(URL, "biomed.example/feed/1", key_log, document, {}), allow_private=False,
            growth_limit=10, now=0.0, own_origin="own.example",
        )  # fmt: skip

    assert refusal.value.code == "key.published"
    assert follower.store.feeds() == []


@pytest.mark.parametrize("of", ["record", "log", "card"])
def test_s13_one_published_key_is_enough_to_refuse_a_node(follower: Follower, of: str) -> None:
    """SIG-14, S13: the record key, the log key, or a card, with which anybody could take the node over."""
    published = SigningKey.from_seed(bytes(32)).public
    keys = {name: key_of(name).public for name in ("record", "log", "card")} | {of: published}
    vkey = str(VerifierKey("peer.example/feed/1", keys["log"]))
    key_log = create_key_log(
        build_state("peer.example", keys["record"], {1: vkey}), cards=(keys["card"], key_of("other").public),
        update_key=key_of("update"), time="2026-11-23T09:30:00Z",
    )  # fmt: skip

    with pytest.raises(Refused) as refusal:
        pin(
            follower.store, Introduction(URL, "peer.example/feed/1", key_log, b"", {}), allow_private=False,
            growth_limit=10, now=0.0, own_origin="own.example",
        )  # fmt: skip

    assert refusal.value.code == "key.published"


def public_vectors(lines: int) -> tuple[KeyLog, bytes]:
    folder = Path(__file__).parents[2] / "conformance_tests" / "vectors" / "feed"
    raw = (folder / "keys.jsonl").read_bytes().splitlines(keepends=True)
    return parse_key_log(b"".join(raw[:lines])), (folder / "node.json").read_bytes()


def test_f06_our_own_origin_is_not_followed(follower: Follower) -> None:
    """EXC-30."""
    feed = SmallFeed()
    met = asyncio.run(meet(URL, SimulatedPeer(feed)))

    with pytest.raises(Misuse) as refused:
        pin(follower.store, met, allow_private=False, growth_limit=1, now=0.0, own_origin=met.origin)

    assert refused.value.code == "peer.self"


def test_success_failure_and_success_are_noted(follower: Follower) -> None:
    """EXC-29, L23: how long a peer has been silent is known; failures back off, success resets."""
    peer = SimulatedPeer(feed_of(1))
    row = follower.follow(peer)
    asyncio.run(follower.puller().pull(row))
    first = follower.row()
    assert (first.success_at, first.failures, first.next_at) == (
        follower.clock.now,
        0,
        follower.clock.now + 300,
    )

    peer.answers["/feed/checkpoint"] = Answer(500)
    for failures in (1, 2, 3):
        follower.clock.now += 10_000
        with pytest.raises(Unavailable):
            asyncio.run(follower.puller().pull(follower.row()))
        row = follower.row()
        assert (row.failures, row.last_code) == (failures, "peer.status")
        assert row.next_at - follower.clock.now == 300 * 2**failures
    assert row.success_at == first.success_at

    del peer.answers["/feed/checkpoint"]
    asyncio.run(follower.puller().pull(follower.row()))
    assert (follower.row().failures, follower.row().last_code) == (0, "")


def test_a_tag_of_an_older_head_is_not_used(follower: Follower) -> None:
    """LOG-60: a head that moved without its tag would hide behind a 304."""
    peer = SimulatedPeer(feed_of(1))
    row = follower.follow(peer)
    asyncio.run(follower.puller().pull(row))
    size, _, etag = follower.row().etag.partition(" ")

    assert (size, bool(etag)) == (str(follower.store.feeds()[0].head.size), True)
    report = asyncio.run(follower.puller().pull(follower.row()))
    assert (report.requests, follower.row().etag) == (1, f"{size} {etag}")


def test_d02_one_process_pulls_at_a_time_and_a_dead_one_blocks_for_a_minute(follower: Follower) -> None:
    """EXC-29: leases are short; a living process renews its own."""
    row = follower.follow(SimulatedPeer(feed_of(1)))
    now = follower.clock.now
    assert follower.store.lease_follow(row.feed_id, "killed", now=now, until=now + LEASE_SECONDS)

    with pytest.raises(Conflict) as refused:
        asyncio.run(follower.puller("two").pull(row))
    assert refused.value.code == "pull.leased"

    follower.clock.now += 60
    assert asyncio.run(follower.puller("two").pull(row)).size_after == 2


class Stuck(SimulatedPeer):
    """Never answers what is asked below some path."""

    stuck = "/feed"

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        if path.startswith(self.stuck):
            await asyncio.Event().wait()
        return await super().fetch(path, max_bytes=max_bytes, etag=etag)


def test_a_turn_has_an_end(follower: Follower) -> None:
    """EXC-29: one slow peer must not hold the turn of others."""
    feed = feed_of(*range(1, 5))
    row = follower.follow(SimulatedPeer(feed))
    follower.peers[URL] = Stuck(feed)
    with pytest.raises(Unavailable) as refused:
        asyncio.run(follower.puller(turn_seconds=0.05).pull(row))
    assert (refused.value.code, follower.row().last_code) == ("pull.deadline", "pull.deadline")
    assert (follower.row().failures, follower.puller().due()) == (1, [])

    follower.peers[URL] = SimulatedPeer(feed)
    assert asyncio.run(follower.puller().pull(follower.row())).size_after == 5


def test_a_turn_that_brought_something_is_no_fault_and_the_next_one_is_due(follower: Follower) -> None:
    """What is stored stays."""
    feed = feed_of(*range(1, 1_200))
    row = follower.follow(SimulatedPeer(feed))
    stuck = Stuck(feed)
    stuck.has_delta, stuck.stuck = False, "/feed/contents/4"
    follower.peers[URL] = stuck
    seconds = 0.25
    while follower.store.feeds()[0].size == 0:  # until a turn is long enough on this machine
        seconds *= 2
        with pytest.raises(Unavailable):
            asyncio.run(follower.puller(turn_seconds=seconds).pull(row))

    assert (follower.row().last_code, follower.row().failures) == ("pull.deadline", 0)
    assert [one.feed_id for one in follower.puller().due()] == [row.feed_id]
    follower.peers[URL] = SimulatedPeer(feed)
    report = asyncio.run(follower.puller().pull(follower.row()))
    assert (report.size_before, report.size_after) == (1_024, 1_200)


def test_our_own_crash_gives_the_lease_back_and_is_no_fault_of_the_peer(follower: Follower) -> None:
    """EXC-29."""
    peer = SimulatedPeer(feed_of(1))
    row = follower.follow(peer)

    def crash(_path: str) -> None:
        raise ZeroDivisionError

    peer.before = crash
    with pytest.raises(ZeroDivisionError):
        asyncio.run(follower.puller().pull(row))
    assert (follower.row().failures, follower.row().last_code) == (0, "pull.ended")

    pull_and_log(follower.puller("two"), follower.row())  # logged whole; never raised
    peer.before = lambda _path: None
    assert asyncio.run(follower.puller("three").pull(row)).size_after == 2


def test_another_process_that_changes_the_feed_ends_the_pull(follower: Follower) -> None:
    """LOG-61, LOG-67: nothing is written into a feed other than the one that was judged."""
    feed = feed_of(1, 2, 3)
    peer = SimulatedPeer(feed)
    row = follower.follow(peer)

    def prove_a_fork(path: str) -> None:
        if "delta" in path:
            follower.store.set_state(row.feed_id, "forked", "log.fork", "two histories")

    peer.before = prove_a_fork
    with pytest.raises(Conflict) as refused:
        asyncio.run(follower.puller().pull(row))

    assert refused.value.code == "store.moved"
    (held,) = follower.store.feeds()
    assert (held.state, held.size) == ("forked", 0)


def test_two_pulls_at_once_store_every_entry_once(follower: Follower) -> None:
    """LOG-67: the second one finds the feed moved, and neither writes at a wrong index."""
    feed = feed_of(*range(1, 8))
    peer, other = SimulatedPeer(feed), SimulatedPeer(feed)
    row = follower.follow(peer)
    follower.peers["https://other.example"] = other

    def overtake(path: str) -> None:
        if "delta" in path:
            peer.before = lambda _path: None
            with ThreadPoolExecutor(1) as pool:  # the other pull runs to its end in a thread of its own
                pool.submit(
                    lambda: asyncio.run(Pull(other, follower.store, feed.name, now=0.0).run())
                ).result()

    peer.before = overtake
    with pytest.raises(Conflict) as refused:
        asyncio.run(follower.puller().pull(row))

    assert refused.value.code == "store.moved"
    (held,) = follower.store.feeds()
    assert (held.size, held.head.size) == (8, 8)
    assert check_store(follower.store, held)


def test_the_own_check_finds_a_changed_byte(follower: Follower, tmp_path: Path) -> None:
    """D09-like: bit rot in an entry is found by recomputing the tree."""
    follower.follow(SimulatedPeer(feed_of(1, 2)))
    asyncio.run(follower.puller().pull(follower.row()))
    (held,) = follower.store.feeds()
    assert "3 entries" in check_store(follower.store, held)
    connection = sqlite3.connect(tmp_path / "follower.db")
    connection.execute("UPDATE entries SET raw = CAST(raw || x'00' AS BLOB) WHERE idx = 1")
    connection.commit()
    connection.close()

    with pytest.raises(Refused) as refused:
        check_store(follower.store, held)

    assert refused.value.code == "log.damaged"


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True), st.none() | st.floats(1, 3600))
def test_waits_are_bounded_spread_and_never_earlier_than_asked(
    failures: int, fraction: float, retry_after: float | None
) -> None:
    """EXC-26, EXC-29."""
    delay = next_delay(300, failures, fraction, retry_after=retry_after)

    assert 240 <= delay <= MAX_DELAY_SECONDS * 1.2
    assert delay >= (retry_after or 0)


def test_a_fault_is_a_peer_fault_or_ours_but_never_silent(follower: Follower) -> None:
    """L01: a rollback is noted with its code, and the trusted head stays."""
    feed = feed_of(1, 2, 3)
    peer = SimulatedPeer(feed)
    row = follower.follow(peer)
    asyncio.run(follower.puller().pull(row))
    older = SimulatedPeer(feed_of(1))
    follower.peers[URL] = older

    with pytest.raises(PeerFault) as refused:
        asyncio.run(follower.puller().pull(follower.row()))

    assert (refused.value.code, follower.row().last_code) == ("log.rollback", "log.rollback")
    assert follower.store.feeds()[0].head.size == 4


# --- meeting and pinning, where the key logs differ


def test_a_node_document_of_another_key_is_refused(follower: Follower) -> None:
    """EXC-08: it is signed by the key that the key log puts in force."""
    feed = SmallFeed()
    peer = SimulatedPeer(feed)
    rotated = feed.copy()
    rotated.rotate()
    for document in (SmallFeed(secret="another").node_document(), rotated.node_document()):
        peer.answers["/.well-known/entrepot"] = Answer(200, document, "application/json")
        with pytest.raises(Refused) as refused:
            asyncio.run(meet(URL, peer))
        assert refused.value.code == "key.unknown"


def test_a_node_document_of_another_origin_or_feed_is_refused(follower: Follower) -> None:
    """F01, EXC-08: also when its own keys signed it."""
    peer = SimulatedPeer(SmallFeed())
    answer = Answer(200, SmallFeed("other.example").node_document(), "application/json")
    peer.answers["/.well-known/entrepot"] = answer
    with pytest.raises(Refused) as refused:
        asyncio.run(meet(URL, peer))
    assert refused.value.code == "key.subject"

    misnamed = SmallFeed()
    misnamed.name = "peer.example/feed/2"
    with pytest.raises(Refused) as refused:
        asyncio.run(meet(URL, SimulatedPeer(misnamed)))
    assert refused.value.code == "key.log-state"


@pytest.mark.parametrize("versions", [["0.9"], ["2.0"], ["1.1"], []])
def test_f20_a_node_that_does_not_speak_this_version_is_not_met_nor_kept(
    follower: Follower, versions: list[str]
) -> None:
    """EXC-08, FED-11: also not later, when the document of a followed peer says so; its feed is judged as ever."""
    feed = feed_of(1)
    peer = SimulatedPeer(feed)
    old = feed.node_document(revision=2, specVersions=versions)
    peer.answers["/.well-known/entrepot"] = Answer(200, old, "application/json")
    with pytest.raises(Refused) as refused:
        asyncio.run(meet(URL, peer))
    assert refused.value.code.startswith("schema.")

    peer.answers.clear()
    row = follower.follow(peer)
    held = follower.store.peer_document(row.origin)
    peer.answers["/.well-known/entrepot"] = Answer(200, old, "application/json")
    follower.clock.now += 3600
    assert asyncio.run(follower.puller().pull(row)).size_after == 2
    assert follower.store.peer_document(row.origin) == held


def test_l22_withheld_entries_are_asked_for_less_and_less_often(follower: Follower) -> None:
    """EXC-29: a head without its entries is neither believed nor forgotten; the books say why, and since when."""
    feed = feed_of(1)
    peer = SimulatedPeer(feed)
    row = follower.follow(peer)
    asyncio.run(follower.puller().pull(row))
    (before,) = follower.store.feeds()
    for number in range(600):
        feed.append(b'{"n":%d}\0' % number)

    def withhold(path: str) -> None:
        if "tile" in path or "delta" in path:
            peer.answers[path] = Answer(404)

    peer.before = withhold
    waits = []
    for failures in range(1, 8):
        peer.paths.clear()
        follower.clock.now = follower.row().next_at
        with pytest.raises(PeerFault):
            asyncio.run(follower.puller().pull(follower.row()))
        assert (follower.row().failures, follower.row().last_code) == (failures, "peer.incomplete")
        assert len(peer.paths) <= 6
        waits.append(follower.row().next_at - follower.clock.now)

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (600, MAX_DELAY_SECONDS)
    assert follower.store.feeds() == [before]
    facts = PeerFacts(before, follower.row(), NO_COUNTS, 0, Held(0, None))
    view = peer_view(facts, (), follower.clock.now, Messages("en"))
    assert (view.state, view.code) == ("silent", "peer.incomplete")


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"{}\n", b"\n" * 100])
def test_what_is_no_key_log_is_refused(follower: Follower, body: bytes) -> None:
    peer = SimulatedPeer(SmallFeed())
    peer.answers["/feed/keys.jsonl"] = Answer(200, body)

    with pytest.raises(Refused) as refused:
        asyncio.run(meet(URL, peer))

    assert refused.value.code.startswith(("json.", "key.log-"))


def test_sig49_f10_a_pinned_key_log_is_not_replaced_by_another_continuation(follower: Follower) -> None:
    """SIG-49, EXC-30: one fingerprint, two histories: whoever holds either card can write one."""
    feed = SmallFeed()
    feed.rotate()
    row = follower.follow(SimulatedPeer(feed))
    branch = SmallFeed()
    branch.rotate(record=False, log=True)
    branch.rotate()
    for claimant in (branch, SmallFeed()):
        assert claimant.key_log.scid == feed.key_log.scid
        with pytest.raises(Refused) as refused:
            follower.follow(SimulatedPeer(claimant), "https://claimant.example")
        assert refused.value.code == "key.log-history"

    assert follower.row() == row
    (held,) = follower.store.feeds()
    assert held.key_log == feed.key_log


def test_a_peer_that_moved_is_followed_at_its_new_place_from_where_it_was(follower: Follower) -> None:
    """SIG-49: the key log may have grown meanwhile; nothing is pulled twice."""
    feed = feed_of(1, 2)
    follower.follow(SimulatedPeer(feed))
    asyncio.run(follower.puller().pull(follower.row()))
    feed.rotate()

    row = follower.follow(SimulatedPeer(feed), "https://moved.example")
    report = asyncio.run(follower.puller().pull(row))

    assert (row.base_url, row.failures, row.last_code) == ("https://moved.example", 0, "")
    assert (report.size_before, report.size_after) == (3, 4)


def test_exc26_a_peer_that_names_a_time_is_not_asked_before_it(follower: Follower) -> None:
    """EXC-26."""
    peer = SimulatedPeer(feed_of(1))
    row = follower.follow(peer)

    def throttle(_path: str) -> None:
        raise Unavailable("peer.throttled", "wait", retry_after=3_600.0)

    peer.before = throttle
    with pytest.raises(Unavailable):
        asyncio.run(follower.puller().pull(row))

    assert follower.row().next_at == follower.clock.now + 3_600.0
    assert follower.puller().due() == []
    assert peer.closed


def test_l24_the_operator_lets_a_feed_grow_by_following_it_again(follower: Follower) -> None:
    """LOG-64."""
    feed = feed_of(*range(1, 9))
    peer = SimulatedPeer(feed)
    row = follower.follow(peer)
    met = asyncio.run(meet(URL, peer))
    for limit, code in ((8, "log.growth"), (9, "")):
        pin(
            follower.store,
            met,
            allow_private=False,
            growth_limit=limit,
            now=follower.clock.now,
            own_origin="own.example",
        )
        if code:
            with pytest.raises(PeerFault):
                asyncio.run(follower.puller().pull(follower.row()))
        else:
            asyncio.run(follower.puller().pull(follower.row()))
        assert follower.row().last_code == code

    assert follower.store.feeds()[0].size == 9
    assert row.growth_limit == 10_000


def test_f04_a_feed_that_grows_in_many_small_steps_has_one_limit_a_day(follower: Follower) -> None:
    """LOG-90: one entry at a time for ever fills no disk; the next day, or its operator, lets it go on."""
    feed = feed_of(1)
    peer = SimulatedPeer(feed)
    follower.follow(peer)
    met = asyncio.run(meet(URL, peer))

    def limit_to(entries: int) -> None:
        pin(
            follower.store, met, allow_private=False, growth_limit=entries, now=follower.clock.now,
            own_origin="own.example",
        )  # fmt: skip

    def grow(steps: int) -> str:
        for number in range(steps):
            feed.append(b'{"n":%d}\0' % number)
            try:
                asyncio.run(follower.puller().pull(follower.row()))
            except PeerFault as fault:
                return fault.code
            follower.clock.now += 60
        return ""

    def held() -> int:
        return follower.store.feeds()[0].size

    limit_to(5)
    assert (grow(9), held()) == ("log.growth", 5)
    assert (grow(1), held()) == ("log.growth", 5)

    follower.clock.now += 86_400
    assert (grow(9), held()) == ("log.growth", 10)

    limit_to(5)
    assert (grow(3), held()) == ("", 14)
    assert (grow(9), held()) == ("log.growth", 15)


def test_a_simulated_peer_answers_as_a_real_node_does(follower: Follower) -> None:
    """What is tested with the one holds for the other: same bytes and same status on every path."""
    feed = SmallFeed()
    for number in range(4):
        feed.publish(number)
    feed.publish(1, founded="1998")
    feed.withdraw(2)
    while len(feed.entries) < 300:
        feed.append(b'{"n":%d}\0' % len(feed.entries))
    peer = SimulatedPeer(feed)
    follower.store.add_feed(feed.name, feed.key_log, own=True)
    asyncio.run(Pull(peer, follower.store, feed.name, now=0.0).run())
    settings = Settings(origin=feed.origin, takedown_email="info@peer.example")
    node = HttpTransport(
        parse_base_url("https://peer.example", allow_private=False),
        inner=httpx.ASGITransport(create_app(follower.store, settings)),
    )
    digests = [*(digest.hex() for digest in feed.contents), "00" * 32]
    replaced = sha256(feed.record(1, revision=1)).hex()  # the one keeps history, the other need not
    paths = [
        "/feed/checkpoint",
        "/feed/keys.jsonl",
        "/.well-known/did.json",
        "/.well-known/did.jsonl",
        "/feed/addenda.v1",
        *(f"/feed/addenda/{name[:2]}/{name[2:4]}/{name}" for name in digests if name != replaced),
        *(f"/feed/contents/{index}" for index in ("0", "1", "2", "00", "x")),
        *(f"/feed/tile/{level}/{place}" for level in ("0", "1", "entries", "00", "64") for place in PLACES),
        *(f"/feed/delta?from={begin}&to={end}" for begin, end in DELTAS),
    ]

    async def outcome(transport: PeerTransport, path: str) -> tuple[object, bytes]:
        try:
            fetched = await transport.fetch(path, max_bytes=10**7)
        except EntrepotError as error:
            return error.code, b""
        return fetched.status, fetched.body

    async def compare() -> list[str]:
        return [path for path in paths if await outcome(peer, path) != await outcome(node, path)]

    assert asyncio.run(compare()) == []
