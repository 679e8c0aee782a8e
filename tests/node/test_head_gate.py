"""Every head that is believed passes the state of our witness, whichever way it came (LOG-79)."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from entrepot_node.cosigner import Cosigner, make_cosigner, open_cosigner
from entrepot_node.cosigner_states import StateFolder
from entrepot_node.head_gate import WitnessGate
from entrepot_node.keyring import WITNESS
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.errors import EntrepotError
from entrepot_sync.evidence import verify_fork_evidence
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.merkle import EMPTY_ROOT
from entrepot_sync.pull import Pull, PullReport
from entrepot_sync.testing.simulated_peer import Answer, SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed
from entrepot_sync.witness import LogHead

ORIGIN = "biomed.example"


@dataclass
class Believer:
    """A store, a witness and the gate between them."""

    store: SqlStore
    witness: Cosigner
    time: float = 1_000.0

    def pull(self, peer: SimulatedPeer, *, pushed: bool = False) -> PullReport:
        peer.paths.clear()
        gate = WitnessGate(self.store, self.witness, now=lambda: self.time)
        return asyncio.run(Pull(peer, self.store, peer.feed.name, now=1.0, gate=gate).run(pushed=pushed))

    def fault(self, peer: SimulatedPeer, *, pushed: bool = False) -> str:
        with pytest.raises(EntrepotError) as error:
            self.pull(peer, pushed=pushed)
        return error.value.code

    def show(self, feed: SmallFeed, size: int | None = None) -> None:
        """Let the witness cosign a head of a feed, as a push does."""
        raw = feed.head(size)
        name, line, root = raw.decode().split("\n")[:3]
        after = LogHead(name, int(line), base64.b64decode(root))
        assert self.witness.cosign(self.witness.seen(name), after, raw, now=self.time) is not None

    def feed(self, feed: SmallFeed) -> FeedRow:
        row = self.store.feed(feed.name)
        assert row is not None
        return row


@pytest.fixture
def believer(tmp_path: Path) -> Iterator[Believer]:
    (tmp_path / "keys").mkdir()
    key = make_cosigner(
        tmp_path / "keys", StateFolder(tmp_path / "state"), WITNESS, random_bytes=random.Random(1).randbytes
    )
    store = SqlStore.open(tmp_path / "entrepot.db", now=lambda: 1.0)
    yield Believer(store, open_cosigner(ORIGIN, key, StateFolder(tmp_path / "state")))
    store.close()


@pytest.fixture
def feed(believer: Believer) -> SmallFeed:
    feed = SmallFeed()
    for number in range(1, 6):
        feed.publish(number)
    believer.store.add_feed(feed.name, feed.key_log, own=False)
    return feed


def grown(feed: SmallFeed, word: str, by: int) -> SmallFeed:
    """The same feed, gone on by entries of its own."""
    copy = feed.copy()
    for number in range(by):
        copy.append(b'{"%s":%d}\0' % (word.encode(), number))
    return copy


def test_what_is_pulled_moves_the_witness(believer: Believer, feed: SmallFeed) -> None:
    believer.pull(SimulatedPeer(feed))

    seen = believer.witness.seen(feed.name)
    assert (seen.size, seen.root) == (len(feed.entries), feed.frontier.root())
    cosigned = believer.witness.cosigned(feed.name)
    assert cosigned is not None
    assert cosigned.startswith(feed.head())


def test_a_head_that_was_pushed_is_reached_without_asking_for_another(
    believer: Believer, feed: SmallFeed
) -> None:
    believer.pull(SimulatedPeer(feed))
    feed.publish(9)
    believer.show(feed)
    peer = SimulatedPeer(feed)

    report = believer.pull(peer, pushed=True)

    assert (report.size_after, report.requests) == (len(feed.entries), 1)
    assert [path.partition("?")[0] for path in peer.paths] == ["/feed/delta"]


def test_a_peer_that_shows_an_older_head_than_it_pushed_is_asked_for_the_newer_one(
    believer: Believer, feed: SmallFeed
) -> None:
    believer.pull(SimulatedPeer(feed))
    peer = SimulatedPeer(feed)
    old = feed.head()
    feed.publish(9)
    believer.show(feed)
    peer.answers["/feed/checkpoint"] = Answer(body=old)

    assert believer.pull(peer).size_after == len(feed.entries)


def test_a_source_that_is_behind_the_witness_is_only_behind(believer: Believer, feed: SmallFeed) -> None:
    """LOG-79: what it has is taken; the state of the witness stays where it is."""
    late = grown(feed, "n", 3)
    believer.show(late)

    report = believer.pull(SimulatedPeer(feed))

    assert (report.size_after, believer.feed(feed).state) == (len(feed.entries), "live")
    assert believer.witness.seen(feed.name).size == len(late.entries)


def test_l02_one_size_with_two_roots_is_a_fork_also_when_one_was_only_pushed(
    believer: Believer, feed: SmallFeed
) -> None:
    """FED-12."""
    one, other = grown(feed, "one", 2), grown(feed, "other", 2)
    believer.show(one)

    assert believer.fault(SimulatedPeer(other)) == "log.fork"

    (evidence,) = believer.store.evidence(believer.feed(feed).id)
    assert len(evidence) <= 4096
    assert verify_fork_evidence(evidence).smaller.size == len(one.entries)
    assert believer.feed(feed).state == "forked"


def test_l03_another_past_below_a_pulled_head_is_a_fork(believer: Believer, feed: SmallFeed) -> None:
    """LOG-63: the witness saw one history, the pull brings a longer other one."""
    believer.show(grown(feed, "one", 2))

    assert believer.fault(SimulatedPeer(grown(feed, "other", 5))) == "log.fork"

    (evidence,) = believer.store.evidence(believer.feed(feed).id)
    assert verify_fork_evidence(evidence).smaller.size == len(feed.entries) + 2


def test_l03_a_stored_history_that_the_witness_did_not_see_is_a_fork(
    believer: Believer, feed: SmallFeed, tmp_path: Path
) -> None:
    """A witness key of the next number has seen nothing; what it is shown first is compared with what is stored."""
    other = grown(feed, "other", 5)
    believer.pull(SimulatedPeer(other))
    key = make_cosigner(
        tmp_path / "keys", StateFolder(tmp_path / "state"), WITNESS, random_bytes=random.Random(2).randbytes
    )
    believer.witness = open_cosigner(ORIGIN, key, StateFolder(tmp_path / "state"))
    believer.show(grown(feed, "one", 2))

    assert believer.fault(SimulatedPeer(other)) == "log.fork"
    assert verify_fork_evidence(believer.store.evidence(believer.feed(feed).id)[0]).larger.size == len(
        other.entries
    )


def test_entries_that_do_not_yield_a_head_the_witness_saw_are_damaged_where_nothing_is_proven(
    believer: Believer, feed: SmallFeed
) -> None:
    """LOG-62: the log key is not to blame before hashes prove it."""
    honest = grown(feed, "one", 2)
    believer.show(honest)
    peer = SimulatedPeer(grown(feed, "other", 2))
    peer.answers["/feed/checkpoint"] = Answer(body=honest.head())

    assert believer.fault(peer) == "log.damaged"
    assert believer.feed(feed).state == "live"
    assert believer.feed(feed).size == 0


def test_l03_a_head_that_another_peer_cosigned_is_compared_on_the_way(
    believer: Believer, feed: SmallFeed
) -> None:
    """FED-13."""
    one = grown(feed, "one", 2)
    row = believer.feed(feed)
    believer.store.put_reported_head(
        row.id, "agri.example", Head(len(one.entries), one.frontier.root(), one.head())
    )

    assert believer.fault(SimulatedPeer(grown(feed, "other", 5))) == "log.fork"
    assert len(believer.store.evidence(row.id)) == 1


def test_l25_a_head_that_moved_while_entries_were_fetched_is_checked_too(
    believer: Believer, feed: SmallFeed
) -> None:
    """Two ways at once: the push of another history comes between the check and the belief."""
    other = grown(feed, "other", 2)

    class Racing(WitnessGate):
        def advance(self, feed: FeedRow, before: Head, after: Head) -> bool:
            if before.root == EMPTY_ROOT and believer.witness.seen(feed.name).size == 0:
                believer.show(other)
            return super().advance(feed, before, after)

    gate = Racing(believer.store, believer.witness, now=lambda: 1.0)
    peer = SimulatedPeer(grown(feed, "one", 2))
    with pytest.raises(EntrepotError) as error:
        asyncio.run(Pull(peer, believer.store, feed.name, now=1.0, gate=gate).run())

    assert error.value.code == "log.fork"
    assert believer.feed(feed).size == 0


def test_a_head_is_compared_again_when_an_honest_one_moved_meanwhile(
    believer: Believer, feed: SmallFeed
) -> None:
    size = len(feed.entries)

    class Racing(WitnessGate):
        def advance(self, feed_row: FeedRow, before: Head, after: Head) -> bool:
            if believer.witness.seen(feed_row.name).size == 0:
                believer.show(feed, size - 2)
            return super().advance(feed_row, before, after)

    gate = Racing(believer.store, believer.witness, now=lambda: 1.0)
    report = asyncio.run(Pull(SimulatedPeer(feed), believer.store, feed.name, now=1.0, gate=gate).run())

    assert report.size_after == believer.witness.seen(feed.name).size == size


def test_l24_a_jump_that_was_cosigned_still_waits_for_the_operator(
    believer: Believer, feed: SmallFeed
) -> None:
    """LOG-64: a witness says that a head is consistent, not that its entries will be taken."""
    raw = feed.head(10**12, b"r" * 32)
    after = LogHead(feed.name, 10**12, b"r" * 32)
    assert believer.witness.cosign(believer.witness.seen(feed.name), after, raw, now=1.0) is not None

    peer = SimulatedPeer(feed)
    assert believer.fault(peer, pushed=True) == "log.growth"

    assert peer.paths == []
    assert (believer.feed(feed).size, believer.feed(feed).state) == (0, "live")
