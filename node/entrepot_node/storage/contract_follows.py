"""The part of the storage contract about follows and their pulls, as tests for any store; see `contract`."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from entrepot_node.storage.contract_feed import (
    PEER,
    PEER_FEED,
    FeedWriter,
    MakeStore,
    everything,
    key_log_of,
    run_together,
    start,
    subject_id,
)
from entrepot_node.storage.follows import PullOutcome
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Misuse


class FollowsContract:
    """The promises about follows and their pulls. Each test says which rules it stands for."""

    def test_a_follow_is_added_and_changed(self, make_store: MakeStore) -> None:
        """Following again changes where and how it is fetched, and makes it due at once."""
        store = make_store()
        feed = store.add_feed(PEER_FEED, key_log_of(PEER), own=False)
        store.add_follow(feed.id, "https://one.example", allow_private=False, growth_limit=10, now=100.0)
        store.end_pull(feed.id, "", PullOutcome(110.0, 500.0, 3, "peer.too-slow", "text"))
        store.add_follow(feed.id, "http://127.0.0.1:1", allow_private=True, growth_limit=20, now=120.0)

        (follow,) = make_store().follows()

        assert (follow.feed_id, follow.feed_name, follow.origin) == (feed.id, PEER_FEED, PEER)
        assert follow.scid == feed.key_log.scid
        assert (follow.base_url, follow.allow_private) == ("http://127.0.0.1:1", True)
        assert (follow.growth_limit, follow.added_at) == (20, 100.0)
        assert (follow.next_at, follow.failures, follow.etag, follow.paused) == (120.0, 0, "", False)
        assert (follow.last_code, follow.last_text) == ("", "")

    def test_one_follow_is_found_by_its_feed_or_its_origin(self, make_store: MakeStore) -> None:
        """The same as among all follows; a feed that is only held is not followed."""
        store = make_store()
        for origin in (PEER, "other.example"):
            feed = store.add_feed(f"{origin}/feed/1", key_log_of(origin), own=False)
            store.add_follow(feed.id, f"https://{origin}", allow_private=False, growth_limit=10, now=1.0)
        held = store.add_feed("held.example/feed/1", key_log_of("held.example"), own=False)

        follows = store.follows()

        assert [follow.origin for follow in follows] == [PEER, "other.example"]
        assert [store.follow(follow.feed_id) for follow in follows] == follows
        assert [store.follow_of(follow.origin) for follow in follows] == follows
        assert (store.follow(held.id), store.follow_of("held.example")) == (None, None)

    def test_removing_a_follow_removes_what_was_held(self, make_store: MakeStore) -> None:
        """And nothing of any other feed; it can be followed again from the start."""
        store, ours, theirs = make_store(), FeedWriter(), FeedWriter(PEER)
        own, peer = start(store, ours), start(store, theirs, own=False)
        ours.publish(1, b"ours")
        theirs.publish(1, b"theirs")
        store.append(own.id, ours.chunk())
        store.append(peer.id, theirs.chunk())
        store.add_follow(peer.id, "https://peer.example", allow_private=False, growth_limit=10, now=1.0)
        store.add_evidence(peer.id, b"evidence", now=1.0)
        before = everything(store)

        store.remove_follow(peer.id)

        other = make_store()
        assert (other.feed(PEER_FEED), other.follows()) == (None, [])
        assert other.versions(subject_id(1, PEER)) == []
        assert everything(other) == before
        start(other, FeedWriter(PEER), own=False)
        assert other.follows() == []

    def test_our_own_feed_cannot_be_removed(self, make_store: MakeStore) -> None:
        """LOG-37: a log that is gone would be signed anew from its start."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        before = everything(store)

        with pytest.raises(Misuse):
            store.remove_follow(feed.id)

        assert everything(store) == before

    def test_one_process_at_a_time_holds_a_lease(self, make_store: MakeStore) -> None:
        """It goes back with the outcome of the pull, or with time; its holder may renew it."""
        one, other = make_store(), make_store()
        feed = one.add_feed(PEER_FEED, key_log_of(PEER), own=False)
        one.add_follow(feed.id, "https://peer.example", allow_private=False, growth_limit=10, now=0.0)

        assert one.lease_follow(feed.id, "one", now=0.0, until=60.0) is True
        assert other.lease_follow(feed.id, "other", now=59.0, until=100.0) is False
        assert one.lease_follow(feed.id, "one", now=59.0, until=90.0) is True
        assert other.lease_follow(feed.id, "other", now=89.0, until=100.0) is False
        one.end_pull(feed.id, "one", PullOutcome(59.0, 300.0, 0, etag='"tag"'))
        assert other.lease_follow(feed.id, "other", now=89.0, until=100.0) is True
        assert one.lease_follow(feed.id, "one", now=100.0, until=200.0) is True  # D02: it ran out
        before = one.follows()
        other.release_follow(feed.id, "other")
        assert one.follows() == before
        one.release_follow(feed.id, "one")
        assert other.lease_follow(feed.id, "other", now=101.0, until=200.0) is True
        assert one.lease_follow(feed.id + 1, "one", now=0.0, until=1.0) is False  # no such follow

    def test_of_many_that_ask_at_once_one_gets_the_lease(self, make_store: MakeStore) -> None:
        """EXC-29."""
        store = make_store()
        feed = store.add_feed(PEER_FEED, key_log_of(PEER), own=False)
        store.add_follow(feed.id, "https://peer.example", allow_private=False, growth_limit=10, now=0.0)
        together = threading.Barrier(4)
        answers: list[bool] = []

        def ask(store: Store, name: str) -> None:
            together.wait()
            answers.append(store.lease_follow(feed.id, name, now=0.0, until=60.0))

        run_together([partial(ask, make_store(), f"process {number}") for number in range(4)])

        assert sorted(answers) == [False, False, False, True]

    def test_leases_of_those_who_have_ended_are_given_back(self, make_store: MakeStore) -> None:
        """D02: who was killed keeps nobody waiting, be it in a pull or a push; who lives keeps what it holds."""
        store = make_store()
        feed = store.add_feed(PEER_FEED, key_log_of(PEER), own=False)
        store.add_follow(feed.id, "https://peer.example", allow_private=False, growth_limit=10, now=0.0)
        store.lease_follow(feed.id, "killed", now=0.0, until=60.0)
        store.lease_push(PEER, "us.example/feed/1", "vkey", "killed", now=0.0, until=90.0)
        store.lease_push("other.example", "us.example/feed/1", "vkey", "alive", now=0.0, until=90.0)

        make_store().free_leases(lambda owner: owner == "killed")

        assert store.lease_follow(feed.id, "next", now=1.0, until=60.0)
        assert store.lease_push(PEER, "us.example/feed/1", "vkey", "next", now=1.0, until=90.0)
        assert not store.lease_push("other.example", "us.example/feed/1", "vkey", "next", now=1.0, until=90.0)

    def test_who_is_woken_during_a_pull_is_pulled_again_at_once(self, make_store: MakeStore) -> None:
        """FED-09: the news may have come after the head was fetched; what another process learns is not lost."""
        store = make_store()
        feed = store.add_feed(PEER_FEED, key_log_of(PEER), own=False)
        store.add_follow(feed.id, "https://peer.example", allow_private=False, growth_limit=10, now=0.0)
        store.lease_follow(feed.id, "one", now=10.0, until=60.0)

        make_store().wake_follow(feed.id, now=11.0)
        store.end_pull(feed.id, "one", PullOutcome(10.0, 300.0, 0))

        assert [follow.next_at for follow in store.follows()] == [10.0]
        store.lease_follow(feed.id, "one", now=12.0, until=60.0)
        store.end_pull(feed.id, "one", PullOutcome(12.0, 300.0, 0))
        assert [follow.next_at for follow in store.follows()] == [300.0]

    @pytest.mark.parametrize(
        ("code", "due"), [("peer.unreachable", 20.0), ("peer.throttled", 300.0), ("", 20.0)]
    )
    def test_a_follow_that_is_woken_is_due_unless_its_peer_asked_to_wait(
        self, make_store: MakeStore, code: str, due: float
    ) -> None:
        """FED-09: and none becomes due later than it was."""
        store = make_store()
        feed = store.add_feed(PEER_FEED, key_log_of(PEER), own=False)
        store.add_follow(feed.id, "https://peer.example", allow_private=False, growth_limit=10, now=0.0)
        store.lease_follow(feed.id, "one", now=10.0, until=60.0)
        store.end_pull(feed.id, "one", PullOutcome(10.0, 300.0, 0, code))

        store.wake_follow(feed.id, now=20.0)
        store.wake_follow(feed.id, now=25.0)

        assert [follow.next_at for follow in make_store().follows()] == [due]

    def test_a_follow_that_is_being_pulled_names_who_pulls_it(self, make_store: MakeStore) -> None:
        """So that others do not ask for its lease each second."""
        store = make_store()
        feed = store.add_feed(PEER_FEED, key_log_of(PEER), own=False)
        store.add_follow(feed.id, "https://peer.example", allow_private=False, growth_limit=10, now=0.0)
        store.lease_follow(feed.id, "one", now=10.0, until=60.0)

        (row,) = make_store().follows()

        assert [row.is_leased("two", now) for now in (59.0, 60.0)] == [True, False]
        assert not row.is_leased("one", 59.0)

    def test_a_lease_is_kept_by_its_owner_until_its_time(self, make_store: MakeStore) -> None:
        """Another gets it when the time is over, or the owner has ended."""
        store, other = make_store(), make_store()

        assert store.lease("upkeep", "one", now=0.0, until=20.0)
        assert not other.lease("upkeep", "two", now=19.0, until=39.0)
        assert other.lease("something else", "two", now=19.0, until=39.0)
        assert store.lease("upkeep", "one", now=19.0, until=39.0)
        assert other.lease("upkeep", "two", now=39.0, until=59.0)
        other.free_leases(lambda owner: owner == "two")
        assert store.lease("upkeep", "one", now=40.0, until=60.0)

    def test_of_many_that_want_a_lease_one_gets_it(self, make_store: MakeStore) -> None:
        """The first time, when there is no row yet, and when the time of the last owner is over."""
        stores = [make_store() for _ in range(4)]
        for now in (0.0, 100.0):
            together, answers = threading.Barrier(4), list[bool]()

            def ask(number: int, now: float, together: threading.Barrier, answers: list[bool]) -> None:
                together.wait()
                answers.append(stores[number].lease("upkeep", f"{number} at {now}", now=now, until=now + 20))

            run_together([partial(ask, number, now, together, answers) for number in range(4)])

            assert sorted(answers) == [False, False, False, True]

    def test_the_outcome_of_a_pull_is_noted_by_who_holds_the_lease(self, make_store: MakeStore) -> None:
        """A process that lost its lease writes nothing; a success notes the tag, a failure keeps it."""
        store = make_store()
        feed = store.add_feed(PEER_FEED, key_log_of(PEER), own=False)
        store.add_follow(feed.id, "https://peer.example", allow_private=False, growth_limit=10, now=0.0)
        store.lease_follow(feed.id, "one", now=0.0, until=60.0)
        store.end_pull(feed.id, "one", PullOutcome(1.0, 300.0, 0, etag='"tag"'))
        store.lease_follow(feed.id, "two", now=300.0, until=360.0)
        store.end_pull(feed.id, "one", PullOutcome(301.0, 999.0, 9, "peer.status", "not mine to say"))
        assert store.lease_follow(feed.id, "one", now=301.0, until=999.0) is False

        store.end_pull(feed.id, "two", PullOutcome(302.0, 600.0, 1, "peer.status", "500"))

        (follow,) = store.follows()
        assert (follow.success_at, follow.attempt_at, follow.next_at) == (1.0, 302.0, 600.0)
        assert (follow.etag, follow.failures) == ('"tag"', 1)
        assert (follow.last_code, follow.last_text) == ("peer.status", "500")
