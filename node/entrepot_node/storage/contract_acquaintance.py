"""The part of the storage contract about nodes that are not followed, as tests for any store; see `contract`."""

from __future__ import annotations

from dataclasses import replace

from entrepot_node.storage.acquaintance import (
    FollowerRow,
    GreetingRow,
    HelloRow,
    KnownNode,
    ListReading,
    RivalRow,
)
from entrepot_node.storage.contract_feed import PEER, FeedWriter, MakeStore, start
from entrepot_node.storage.vouching import PeerDocument
from entrepot_sync.peer_list import ListedNode

HELLO = HelloRow("a.example", "a scid", "https://a.example", b"a key log\n", 90, 100.0, refused=False)
FOLLOWER = FollowerRow("a.example", "a scid", "https://a.example", False, b"a key log\n", 110.0, 110.0, 0, "")
GREETING = GreetingRow(PEER, "a hash", "waiting", 100.0, 700.0, 0, "")
NODE = ListedNode("n.example", "a scid", "https://n.example")


class AcquaintanceContract:
    """What `acquaintance` promises."""

    # hellos

    def test_of_each_origin_one_hello_is_held(self, make_store: MakeStore) -> None:
        """FED-63."""
        store = make_store()
        newer = replace(HELLO, base_url="https://other.example", said_at=95)

        assert store.put_hello(HELLO, most=5, since=0.0)
        assert store.put_hello(newer, most=5, since=0.0)
        assert store.put_hello(replace(HELLO, origin="b.example"), most=5, since=0.0)

        again = make_store()
        assert again.hellos() == [newer, replace(HELLO, origin="b.example")]
        assert (again.hello("a.example"), again.hello("c.example")) == (newer, None)

    def test_a_list_that_is_full_takes_no_other_origin(self, make_store: MakeStore) -> None:
        """FED-65: but the newer hello of one that waits."""
        store = make_store()
        store.put_hello(HELLO, most=1, since=0.0)

        assert not store.put_hello(replace(HELLO, origin="b.example"), most=1, since=0.0)
        assert store.put_hello(replace(HELLO, said_at=99), most=1, since=0.0)
        assert [row.origin for row in store.hellos()] == ["a.example"]
        assert (store.count_hellos(since=100.0), store.count_hellos(since=100.5)) == (1, 0)

    def test_what_waits_for_too_long_makes_room(self, make_store: MakeStore) -> None:
        """FED-65."""
        store = make_store()
        store.put_hello(HELLO, most=1, since=0.0)

        assert store.put_hello(replace(HELLO, origin="b.example", received_at=300.0), most=1, since=200.0)
        assert [row.origin for row in store.hellos()] == ["b.example"]

    def test_refused_hellos_take_no_room_and_are_bounded_too(self, make_store: MakeStore) -> None:
        """FED-65: the oldest are forgotten."""
        store = make_store()
        for number in range(4):
            row = replace(HELLO, origin=f"r{number}.example", received_at=float(number), refused=True)
            assert store.put_hello(row, most=2, since=50.0)
        store.put_hello(HELLO, most=2, since=50.0)

        assert [row.origin for row in store.hellos()] == ["a.example", "r2.example", "r3.example"]
        assert store.count_hellos(since=0.0) == 1

    def test_another_claim_to_a_name_is_held_as_long_as_the_name_is(self, make_store: MakeStore) -> None:
        """FED-64."""
        store = make_store()
        rival = RivalRow("a.example", "another", 5.0)
        store.put_hello(HELLO, most=5, since=0.0)
        store.put_rival(RivalRow("a.example", "first", 1.0))
        store.put_rival(rival)
        store.put_hello(replace(HELLO, origin="b.example"), most=5, since=0.0)
        assert make_store().rivals() == [rival]

        store.remove_hello("a.example")
        assert (store.rivals(), [row.origin for row in store.hellos()]) == ([], ["b.example"])

    # followers

    def test_an_approved_follower_waits_no_more(self, make_store: MakeStore) -> None:
        """FED-66."""
        store = make_store()
        store.put_hello(HELLO, most=5, since=0.0)
        store.put_follower(FOLLOWER)

        again = make_store()
        assert (again.followers(), again.hellos()) == ([FOLLOWER], [])
        assert again.remove_follower("a.example")
        assert not again.remove_follower("a.example")
        assert again.followers() == []

    def test_what_comes_late_of_a_follower_changes_nothing(self, make_store: MakeStore) -> None:
        """FED-67: it was removed meanwhile, or approved elsewhere."""
        store = make_store()
        noted = replace(FOLLOWER, key_log=b"longer\n", failures=2, code="peer.status")
        store.note_follower(noted)
        assert store.followers() == []

        store.put_follower(FOLLOWER)
        store.note_follower(noted)
        assert store.followers() == [noted]

        moved = replace(FOLLOWER, base_url="https://new.example")
        store.put_follower(moved)
        store.note_follower(noted)
        assert store.followers() == [moved]

    def test_who_is_followed_no_more_but_approved_is_still_pushed_to(self, make_store: MakeStore) -> None:
        """FED-66: document and push stay; what was said to it and by it goes."""
        store = make_store()
        feed = start(store, FeedWriter(PEER), own=False)
        store.put_peer_document(PeerDocument(PEER, b"{}", "a vkey", 5.0))
        store.lease_push(PEER, "own/feed/1", "a vkey", "one", now=0.0, until=10.0)
        store.put_greeting(GREETING)
        store.put_known_nodes(PEER, [NODE])
        store.put_list_reading(ListReading(PEER, 5.0, 0, ""))
        store.put_follower(replace(FOLLOWER, origin=PEER))

        store.remove_follow(feed.id)

        assert (store.peer_witnesses(), len(store.pushes())) == ({PEER: "a vkey"}, 1)
        assert (store.greetings(), store.known_nodes(limit=9), store.list_readings()) == ([], [], [])

    # what was said, and what peers say

    def test_what_became_of_a_hello_is_held(self, make_store: MakeStore) -> None:
        """FED-68."""
        store = make_store()
        store.put_greeting(replace(GREETING, state="failed", failures=3, code="hello.answer"))
        store.put_greeting(GREETING)

        assert make_store().greetings() == [GREETING]

    def test_the_list_of_a_peer_replaces_the_one_before(self, make_store: MakeStore) -> None:
        """FED-69: what stays keeps its place, so that whoever reads on misses nothing and sees nothing twice."""
        store = make_store()
        gone, moved = replace(NODE, origin="g.example"), replace(NODE, base_url="https://moved.example")
        store.put_known_nodes("a.example", [gone, NODE])
        store.put_known_nodes("b.example", [NODE])
        before = make_store().known_nodes(limit=9)

        store.put_known_nodes("a.example", [moved, replace(NODE, origin="f.example")])

        named = [(one.origin, one.base_url, one.through) for one in make_store().known_nodes(limit=9)]
        assert [(one.origin, one.through) for one in before] == [
            ("g.example", "a.example"), ("n.example", "a.example"), ("n.example", "b.example"),
        ]  # fmt: skip
        assert named == [
            ("n.example", "https://moved.example", "a.example"),
            ("n.example", "https://n.example", "b.example"),
            ("f.example", "https://n.example", "a.example"),
        ]
        place = before[1].place
        assert store.known_nodes(limit=1) == [
            KnownNode(place, "n.example", "a scid", "https://moved.example", "a.example")
        ]
        assert [one.through for one in store.known_nodes(after=place, limit=9)] == ["b.example", "a.example"]

    def test_who_is_held_here_is_not_merely_known(self, make_store: MakeStore) -> None:
        """FED-69."""
        store = make_store()
        start(store, FeedWriter(PEER), own=False)
        store.put_known_nodes("b.example", [replace(NODE, origin=PEER), NODE])

        assert [one.origin for one in store.known_nodes(limit=9)] == ["n.example"]

    def test_how_reading_a_list_went_is_noted(self, make_store: MakeStore) -> None:
        """FED-69."""
        store = make_store()
        store.put_list_reading(ListReading(PEER, 5.0, 1, "peer.status"))
        store.put_list_reading(ListReading(PEER, 9.0, 0, ""))

        assert make_store().list_readings() == [ListReading(PEER, 9.0, 0, "")]
