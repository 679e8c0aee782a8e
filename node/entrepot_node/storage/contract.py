"""The storage contract as tests: every promise of `interface`, for any store.

A store passes when a subclass with one fixture does. `make_store()` opens the same data anew each time, as another
process would; the fixture closes what it opened:

    class TestMyStore(StoreContract, AppendContract, ContentsContract, ...):  # all classes of `contract*.py`
        @pytest.fixture
        def make_store(self, tmp_path): ...

Here are feeds and what belongs to no part; each part is a file of its own. Feeds are written by `contract_feed.FeedWriter`,
records by `contract_records`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrepot_node.storage.contract_feed import (
    FEED,
    ORIGIN,
    PEER,
    PEER_FEED,
    FeedWriter,
    MakeStore,
    extended,
    key_log_of,
    reload,
    start,
    subject_id,
)
from entrepot_node.storage.interface import ImportKey
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Conflict
from entrepot_sync.feed_store import Content, Status
from entrepot_sync.merkle import EMPTY_ROOT


class StoreContract:
    """The promises. Each test says which rules it stands for."""

    # feeds

    def test_a_new_feed_is_empty_and_live(self, make_store: MakeStore) -> None:
        """LOG-32: size 0 and the root of the empty tree."""
        store, log = make_store(), key_log_of(ORIGIN)

        feed = store.add_feed(FEED, log, own=True)

        assert feed == make_store().feed(FEED)
        assert (feed.name, feed.origin, feed.own, feed.key_log) == (FEED, ORIGIN, True, log)
        assert (feed.size, feed.head.size, feed.head.root) == (0, 0, EMPTY_ROOT)
        assert (feed.state, feed.state_code, feed.state_text) == ("live", "", "")
        assert store.feed("other.example/feed/1") is None

    def test_a_feed_is_added_once(self, make_store: MakeStore) -> None:
        """The second is a conflict and changes nothing."""
        store = make_store()
        feed = store.add_feed(FEED, key_log_of(ORIGIN), own=True)

        with pytest.raises(Conflict):
            make_store().add_feed(FEED, key_log_of(ORIGIN), own=False)

        assert store.feeds() == [feed]

    def test_feeds_are_listed_our_own_first(self, make_store: MakeStore) -> None:
        """Then by name."""
        store = make_store()
        for origin, own in (("zoo.example", False), (ORIGIN, True), (PEER, False)):
            store.add_feed(f"{origin}/feed/1", key_log_of(origin), own=own)

        assert [feed.origin for feed in store.feeds()] == [ORIGIN, PEER, "zoo.example"]

    def test_the_state_of_a_feed_is_kept(self, make_store: MakeStore) -> None:
        """LOG-61: a fork stays noted after a restart."""
        store = make_store()
        feed = store.add_feed(PEER_FEED, key_log_of(PEER), own=False)

        store.set_state(feed.id, "forked", "log.fork", "two histories")

        after = reload(make_store(), PEER_FEED)
        assert (after.state, after.state_code, after.state_text) == ("forked", "log.fork", "two histories")
        store.set_state(feed.id, "live")
        assert reload(store, PEER_FEED).state == "forked"  # a pull that began before takes nothing back

    def test_a_feed_that_stopped_goes_on(self, make_store: MakeStore) -> None:
        store = make_store()
        feed = store.add_feed(PEER_FEED, key_log_of(PEER), own=False)

        store.set_state(feed.id, "stopped", "log.needs-newer-software", "later")
        store.set_state(feed.id, "live")

        assert reload(make_store(), PEER_FEED) == feed

    def test_a_key_log_is_swapped_against_the_one_before(self, make_store: MakeStore) -> None:
        """SIG-49: of two processes that extend the same key log one is told that it was too late."""
        one, other = make_store(), make_store()
        old = key_log_of(PEER)
        new = extended(old)
        feed = one.add_feed(PEER_FEED, old, own=False)

        one.set_key_log(feed.id, old, new)
        with pytest.raises(Conflict):
            other.set_key_log(feed.id, old, old)

        assert reload(other, PEER_FEED).key_log == new

    # the rest

    def test_evidence_is_kept_once_and_in_order(self, make_store: MakeStore) -> None:
        """LOG-63."""
        store, other = make_store(), make_store()
        feed = store.add_feed(PEER_FEED, key_log_of(PEER), own=False)
        for raw in (b"second heads", b"other heads", b"second heads"):
            store.add_evidence(feed.id, raw, now=1.0)
            other.add_evidence(feed.id, raw, now=2.0)

        assert make_store().evidence(feed.id) == [b"second heads", b"other heads"]
        assert store.evidence(feed.id + 1) == []

    def test_documents_are_replaced(self, make_store: MakeStore) -> None:
        """EXC-08: the node document, by name."""
        store = make_store()
        assert store.document("node") is None

        store.put_document("node", b"first")
        store.put_document("other", b"other")
        store.put_document("node", b"second")

        assert (make_store().document("node"), store.document("other")) == (b"second", b"other")
        store.remove_document("node", b"first")  # it has moved on
        store.remove_document("other", b"other")
        assert (store.document("node"), store.document("other")) == (b"second", None)
        store.remove_document("node")
        assert store.document("node") is None

    def test_import_keys_are_remembered_by_list(self, make_store: MakeStore) -> None:
        """New values replace old ones; other keys and lists stay."""
        store = make_store()
        row = ImportKey("row-1", subject_id(1), b"\1" * 32)
        store.put_import_keys("members", [row, ImportKey("row-2", subject_id(2), b"\2" * 32)])
        store.put_import_keys("events", [replace(row, subject=subject_id(9))])
        store.put_import_keys("members", [replace(row, content_hash=b"\3" * 32)])
        store.put_import_keys("members", [])

        found = make_store().import_keys("members")

        assert found == {
            "row-1": ImportKey("row-1", subject_id(1), b"\3" * 32),
            "row-2": ImportKey("row-2", subject_id(2), b"\2" * 32),
        }
        assert store.import_keys("events")["row-1"].subject == subject_id(9)
        assert store.import_keys("nothing") == {}

    def test_many_values_are_asked_for_at_once(self, make_store: MakeStore) -> None:
        """A batch names up to thousands of subjects and digests."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        for number in range(1_200):
            writer.publish(number, b"%d" % number, Content(Status.MISSING))
        store.append(feed.id, writer.chunk())

        states = store.subject_states(feed.id, [subject_id(number) for number in range(2_000)])
        digests = store.known_digests(feed.id, [sha256(b"%d" % number) for number in range(2_000)])

        assert (len(states), len(digests)) == (1_200, 1_200)
