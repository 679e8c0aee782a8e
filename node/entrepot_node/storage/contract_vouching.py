"""The part of the storage contract about vouching, as tests for any store."""

from __future__ import annotations

from entrepot_node.storage.contract_feed import FEED, ORIGIN, PEER, FeedWriter, MakeStore, start
from entrepot_node.storage.interface import Store
from entrepot_node.storage.vouching import (
    REWRITE_SECONDS,
    CosignatureRow,
    HeadCosignature,
    PeerDocument,
    PushOutcome,
)
from entrepot_sync.feed_store import Head

NAME = f"{PEER}/witness/1"
HEAD = Head(3, b"a" * 32, b"a note")


def own_feed(store: Store) -> int:
    """Begin our own feed; return its id."""
    return start(store, FeedWriter(ORIGIN), own=True).id


def lease(store: Store, owner: str, *, now: float = 0.0, feed: str = FEED, witness: str = "a vkey") -> bool:
    """Lease the push to the peer for ten seconds."""
    return store.lease_push(PEER, feed, witness, owner, now=now, until=now + 10)


class VouchingContract:
    """What `vouching` promises."""

    # cosignatures

    def test_own_heads_are_those_of_our_own_feeds(self, make_store: MakeStore) -> None:
        store = make_store()
        writer = FeedWriter(ORIGIN)
        feed = start(store, writer, own=True)
        start(store, FeedWriter(PEER), own=False)
        writer.publish(1, b"a record")
        store.append(feed.id, writer.chunk())

        assert dict(make_store().own_heads()) == {FEED: writer.frontier.size}

    def test_a_cosignature_is_held_until_one_for_a_larger_head_comes(self, make_store: MakeStore) -> None:
        store = make_store()
        feed_id = own_feed(store)

        store.put_cosignature(feed_id, HeadCosignature(NAME, 5, "line", 100))
        store.put_cosignature(feed_id, HeadCosignature(NAME, 4, "late", 200))
        assert make_store().cosignatures(feed_id) == [CosignatureRow(NAME, 5, "line", 100, 100)]

        store.put_cosignature(feed_id, HeadCosignature(NAME, 6, "next", 300))
        assert store.cosignatures(feed_id) == [CosignatureRow(NAME, 6, "next", 300, 300)]

    def test_the_line_of_one_head_is_rewritten_hourly(self, make_store: MakeStore) -> None:
        """FED-06: idle polls stay 304."""
        store = make_store()
        feed_id = own_feed(store)
        store.put_cosignature(feed_id, HeadCosignature(NAME, 5, "line", 1_000))

        store.put_cosignature(feed_id, HeadCosignature(NAME, 5, "fresher", 999 + REWRITE_SECONDS))
        store.put_cosignature(feed_id, HeadCosignature(NAME, 5, "older", 500))
        assert store.cosignatures(feed_id) == [CosignatureRow(NAME, 5, "line", 1_000, 999 + REWRITE_SECONDS)]

        time = 1_000 + REWRITE_SECONDS
        store.put_cosignature(feed_id, HeadCosignature(NAME, 5, "an hour later", time))
        assert store.cosignatures(feed_id) == [CosignatureRow(NAME, 5, "an hour later", time, time)]

    def test_cosignatures_stand_in_the_order_of_their_names(self, make_store: MakeStore) -> None:
        store = make_store()
        feed_id = own_feed(store)
        for name in ("c.example/witness/1", "a.example/witness/1", "b.example/witness/1"):
            store.put_cosignature(feed_id, HeadCosignature(name, 5, "line", 100))

        assert [row.name[0] for row in store.cosignatures(feed_id)] == ["a", "b", "c"]

    # pushes

    def test_one_owner_at_a_time_may_push_to_a_peer(self, make_store: MakeStore) -> None:
        """FED-03: one in flight."""
        one, two = make_store(), make_store()

        assert lease(one, "one")
        assert not lease(two, "two")
        assert lease(one, "one")
        assert lease(two, "two", now=10.0)

    def test_the_outcome_of_a_push_is_noted_and_its_lease_given_back(self, make_store: MakeStore) -> None:
        store = make_store()
        lease(store, "one")

        store.end_push(PEER, "one", PushOutcome(1.0, 9.0, 0, 7, 7))

        (row,) = make_store().pushes()
        assert (row.origin, row.size, row.next_at, row.success_at, row.last_code) == (PEER, 7, 9.0, 1.0, "")
        assert lease(store, "two")

    def test_a_push_that_ends_well_brings_its_cosignature(self, make_store: MakeStore) -> None:
        store = make_store()
        feed_id = own_feed(store)
        lease(store, "one")

        brought = (feed_id, HeadCosignature(NAME, 7, "line", 100))
        store.end_push(PEER, "one", PushOutcome(1.0, 9.0, 0, 7, 7), brought)

        assert store.cosignatures(feed_id) == [CosignatureRow(NAME, 7, "line", 100, 100)]

    def test_an_owner_that_lost_its_lease_notes_nothing(self, make_store: MakeStore) -> None:
        store = make_store()
        lease(store, "one")
        lease(store, "two", now=10.0)

        store.end_push(PEER, "one", PushOutcome(1.0, 9.0, 0, 7, 7))

        assert store.pushes()[0].size == 0

    def test_one_push_is_found_by_its_peer(self, make_store: MakeStore) -> None:
        store = make_store()
        assert store.noted_push(PEER) is None
        lease(store, "one")

        assert [store.noted_push(PEER)] == store.pushes()
        assert store.noted_push("b.example") is None

    def test_another_feed_or_another_witness_key_begins_anew(self, make_store: MakeStore) -> None:
        store = make_store()
        for feed, witness in ((FEED, "another vkey"), (f"{ORIGIN}/feed/2", "another vkey")):
            lease(store, "one")
            store.end_push(PEER, "one", PushOutcome(1.0, 9.0, 3, 7, 7, code="push.refused", text="no"))
            assert lease(store, "one", feed=feed, witness=witness)
            (row,) = store.pushes()
            assert (row.size, row.failures, row.last_code, row.next_at) == (0, 0, "", 0.0)

    def test_a_push_is_woken_only_from_a_failure_that_is_named(self, make_store: MakeStore) -> None:
        store = make_store()
        lease(store, "one")
        store.end_push(PEER, "one", PushOutcome(1.0, 900.0, 1, 0, 7, code="push.not-followed", text="no"))

        store.wake_push(PEER, codes=["push.refused"], now=2.0)
        assert store.pushes()[0].next_at == 900.0
        store.wake_push(PEER, codes=["push.refused", "push.not-followed"], now=2.0)
        assert store.pushes()[0].next_at == 2.0

    # peers

    def test_documents_of_peers_are_held(self, make_store: MakeStore) -> None:
        store = make_store()
        document, other = (
            PeerDocument(PEER, b"{}", "a vkey", 5.0, '"tag"'),
            PeerDocument("b.example", b"[]", "", 6.0),
        )
        store.put_peer_document(PeerDocument(PEER, b"old", "", 1.0))
        store.put_peer_document(document)
        store.put_peer_document(other)

        again = make_store()
        assert (again.peer_document(PEER), again.peer_document("b.example")) == (document, other)
        assert again.peer_document("c.example") is None
        assert again.peer_witnesses() == {PEER: "a vkey"}

    def test_of_each_reporter_the_last_head_is_held(self, make_store: MakeStore) -> None:
        store = make_store()
        feed = start(store, FeedWriter(PEER), own=False)
        store.put_reported_head(feed.id, "a.example", Head(9, b"b" * 32, b"another"))
        store.put_reported_head(feed.id, "b.example", HEAD)
        store.put_reported_head(feed.id, "a.example", Head(5, b"c" * 32, b"a third"))

        assert make_store().reported_heads(feed.id) == [HEAD, Head(5, b"c" * 32, b"a third")]

    def test_nothing_of_a_peer_stays_when_it_is_not_followed_any_more(self, make_store: MakeStore) -> None:
        store = make_store()
        feed = start(store, FeedWriter(PEER), own=False)
        store.put_reported_head(feed.id, "a.example", HEAD)
        store.put_peer_document(PeerDocument(PEER, b"{}", "a vkey", 5.0))
        lease(store, "one")

        store.remove_follow(feed.id)

        assert (store.reported_heads(feed.id), store.pushes(), store.peer_document(PEER)) == ([], [], None)
