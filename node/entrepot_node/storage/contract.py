"""The storage contract as tests: every promise of `interface`, for any store.

A store passes when a subclass with one fixture does. `make_store()` opens the same data anew each time, as another
process would; the fixture closes what it opened:

    class TestMyStore(
        StoreContract, ReadingContract, FollowsContract, SearchContract, VouchingContract, HoldingContract, ReceiptsContract
    ):
        @pytest.fixture
        def make_store(self, tmp_path): ...

Here are feeds, appending, contents and what belongs to no part; the parts about reading, follows, searching, vouching
acquaintance, holding and receipts are files of their own. Feeds are written by `contract_feed.FeedWriter`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import pytest

from entrepot_node.storage.contract_feed import (
    FEED,
    ORIGIN,
    PEER,
    PEER_FEED,
    TIME,
    FeedWriter,
    MakeStore,
    everything,
    extended,
    key_log_of,
    reload,
    run_together,
    start,
    stored,
    subject_id,
)
from entrepot_node.storage.interface import ImportKey, Store
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Conflict
from entrepot_sync.entry import Entry, FeedState
from entrepot_sync.feed_store import Chunk, Content, Head, Status
from entrepot_sync.merkle import EMPTY_ROOT, Frontier, inclusion_proof, leaf_hash, verify_inclusion
from entrepot_sync.tiles import TILE_WIDTH, hash_from_tiles, tiles_for


class _CutOffError(Exception):
    """What a store meets in the middle of a transaction."""


class _BrokenContents(Mapping[int, Content]):
    """Contents that cannot be read to their end."""

    def __init__(self, contents: Mapping[int, Content]) -> None:
        self._contents = contents

    def __getitem__(self, index: int) -> Content:
        if index == max(self._contents):
            raise _CutOffError
        return self._contents[index]

    def __iter__(self) -> Iterator[int]:
        return iter(self._contents)

    def __len__(self) -> int:
        return len(self._contents)


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

    # append

    def test_what_was_appended_is_there_for_everybody(self, make_store: MakeStore) -> None:
        """LOG-67: entries, frontier, head, subjects, digests and contents, in one step."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        writer.publish(1, b"first")
        writer.inert()
        writer.publish(2, b"second", Content(Status.REFUSED, None, "key.signature", "/proof"))
        chunk = writer.chunk()

        store.append(feed.id, chunk)

        other = make_store()
        after = reload(other)
        assert (after.size, after.frontier, after.head) == (4, writer.frontier, chunk.head)
        assert other.entries(feed.id, 0, 99) == writer.entries
        assert other.entries(feed.id, 1, 3) == writer.entries[1:3]
        assert other.contents(feed.id, 0, 99) == [b"first"]
        subjects = [subject_id(1), subject_id(2), subject_id(3)]
        states = sorted(other.subject_states(feed.id, subjects), key=lambda state: state.subject)
        assert states == [writer.state.subjects[subject] for subject in subjects[:2]]
        digests = {sha256(b"first"), sha256(b"second"), sha256(b"third")}
        assert other.known_digests(feed.id, digests) == {sha256(b"first"), sha256(b"second")}
        counts = other.counts(feed.id)
        assert (counts.live, counts.stored, counts.refused, counts.inert) == (2, 1, 1, 1)

    def test_d08_append_compares_and_swaps(self, make_store: MakeStore) -> None:
        """LOG-37: a chunk that starts elsewhere than the feed ends is a conflict and changes nothing."""
        one, other = make_store(), make_store()
        first, second = FeedWriter(), FeedWriter()
        feed = start(one, first)
        second.keys(key_log_of(ORIGIN).lines[0])
        second.chunk()
        first.publish(1, b"first")
        second.publish(1, b"second")
        one.append(feed.id, first.chunk())
        before = everything(one)

        late = second.chunk()
        for chunk in (late, replace(late, begin=0), replace(late, begin=7)):
            with pytest.raises(Conflict):
                other.append(feed.id, chunk)

        assert everything(other) == before

    def test_of_many_appenders_at_once_one_wins_each_round(self, make_store: MakeStore) -> None:
        """D08: every winner's chunk is there, no loser's, however they meet."""
        base = FeedWriter()
        feed = start(make_store(), base)
        won: list[bytes] = []
        together = threading.Barrier(3)

        def append(store: Store, name: int) -> None:
            for number in range(5):
                size = reload(store).size
                raw = b"%d from %d" % (number, name)
                digest = sha256(raw)
                entry = Entry(
                    "publish", subject_id(100 * name + number), "company", TIME, None, digest
                ).to_bytes()
                decision = FeedState(ORIGIN).decide(size, entry)
                leaf = leaf_hash(entry)
                frontier = reload(store).frontier
                together.wait()
                chunk = Chunk(size, [entry], [decision], [leaf], frontier.append(leaf), {size: stored(raw)})
                try:
                    store.append(feed.id, chunk)
                    won.append(raw)
                except Conflict:
                    pass
                together.wait()

        run_together([partial(append, make_store(), name) for name in range(3)])

        store = make_store()
        after = reload(store)
        entries = store.entries(feed.id, 0, 100)
        assert after.size == len(entries) == 6  # five rounds with one winner each
        assert sorted(store.contents(feed.id, 0, 100)) == sorted(won)
        assert Frontier().extend(leaf_hash(raw) for raw in entries) == after.frontier

    def test_d01_an_append_that_fails_in_the_middle_leaves_nothing(self, make_store: MakeStore) -> None:
        """LOG-67: neither entries nor tiles, subjects, contents, changes or head; it can be tried again."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        writer.publish(1, b"first")
        store.append(feed.id, writer.chunk())
        before = everything(store)
        writer.publish(2, b"second")
        writer.withdraw(1)
        writer.publish(3, b"third")
        chunk = writer.chunk()

        with pytest.raises(_CutOffError):
            store.append(feed.id, replace(chunk, contents=_BrokenContents(chunk.contents)))

        assert everything(store) == everything(make_store()) == before
        store.append(feed.id, chunk)
        assert store.contents(feed.id, 0, 99) == [b"second", b"third"]

    def test_an_append_to_a_feed_that_was_removed_is_a_conflict(self, make_store: MakeStore) -> None:
        """The operator may unfollow while a pull runs."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = start(store, writer, own=False)
        make_store().remove_follow(feed.id)
        writer.publish(1, b"late")

        with pytest.raises(Conflict):
            store.append(feed.id, writer.chunk())
        assert store.put_content(feed.id, 0, stored(b"late")) is False

    def test_a_chunk_may_end_below_the_believed_head(self, make_store: MakeStore) -> None:
        """LOG-67: a pull that was cut off shows as size below head."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = start(store, writer, own=False)
        writer.publish(1, b"first")
        head = Head(1_000, b"\7" * 32, b"note of size 1,000")

        store.append(feed.id, replace(writer.chunk(), head=head))

        after = reload(make_store(), PEER_FEED)
        assert (after.size, after.head) == (2, head)

    def test_an_empty_chunk_moves_the_head_alone(self, make_store: MakeStore) -> None:
        """A head with new cosignatures comes without entries."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        before = reload(store)
        head = replace(before.head, note=b"the same head, cosigned")

        store.append(feed.id, replace(writer.chunk(), head=head))

        assert replace(reload(store), head=before.head, head_at=before.head_at) == before
        assert reload(store).head == head

    def test_tiles_answer_for_the_whole_tree(self, make_store: MakeStore) -> None:
        """LOG-40, LOG-41: grown in steps, every tile has its width, and proofs made from them verify."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        number = 0
        for step in (1, 254, 1, 300):
            for _ in range(step):
                writer.publish(number, b"%d" % number, Content(Status.MISSING))
                number += 1
            store.append(feed.id, writer.chunk())

        size = reload(store).size
        read_tile = partial(store.tile, feed.id)
        for ref in tiles_for(0, size):
            assert len(read_tile(ref.level, ref.index)) == 32 * ref.width
        assert read_tile(0, size // TILE_WIDTH + 1) == read_tile(5, 0) == b""
        for index in (0, 255, 256, size - 1):
            proof = inclusion_proof(index, size, partial(hash_from_tiles, read_tile=read_tile))
            verify_inclusion(
                index, size, leaf_hash(writer.entries[index]), proof, reload(store).frontier.root()
            )

    # contents and erasure

    def test_contents_are_those_of_live_records_in_order(self, make_store: MakeStore) -> None:
        """LOG-50: neither key-log lines nor what was replaced, withdrawn, refused or is missing."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        writer.publish(1, b"replaced")
        writer.publish(2, b"two")
        writer.publish(3, b"withdrawn")
        writer.publish(4, b"refused", Content(Status.REFUSED, None, "schema.type", "/name"))
        writer.publish(5, b"missing", Content(Status.MISSING))
        writer.publish(6, b"of a later version", Content(Status.KEPT, b"of a later version"))
        writer.publish(1, b"one")
        writer.withdraw(3)

        store.append(feed.id, writer.chunk())

        assert store.contents(feed.id, 0, 99) == [b"two", b"of a later version", b"one"]
        assert store.contents(feed.id, 2, 3) == [b"two"]
        counts = store.counts(feed.id)
        assert (counts.live, counts.stored, counts.refused, counts.missing) == (5, 2, 1, 1)
        assert (counts.kept, counts.withdrawn, counts.inert) == (1, 1, 0)
        places = make_store().live_places(feed.id)
        assert [subject for _, subject, _ in places] == [subject_id(2), subject_id(6), subject_id(1)]
        held = {sha256(raw).hex(): raw for raw in make_store().contents(feed.id, 0, 99)}
        assert [held[digest] for _, _, digest in places] == [b"two", b"of a later version", b"one"]
        assert [writer.entries[index][-37:-5].hex() for index, _, _ in places] == [one[2] for one in places]

    def test_a_withdrawal_erases_all_contents_below_it(self, make_store: MakeStore) -> None:
        """LOG-51 (F23): all versions, stored or not, in the transaction of the entry; other subjects stay."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        writer.publish(1, b"first version")
        writer.publish(1, b"second version")
        writer.publish(1, b"refused", Content(Status.REFUSED, None, "schema.type", "/secret"))
        writer.publish(2, b"stays")
        store.append(feed.id, writer.chunk())
        assert store.contents(feed.id, 0, 99) == [b"stays"]
        writer.withdraw(1)
        store.append(feed.id, writer.chunk())

        other = make_store()
        versions = other.versions(subject_id(1))
        assert [(v.status, v.raw, v.code, v.pointer) for v in versions] == [(Status.ERASED, None, "", "")] * 3
        assert all(version.withdrawn and not version.live for version in versions)
        gone = other.version_of(feed.id, sha256(b"first version"))
        assert gone is not None
        assert (gone.status, gone.raw, gone.index) == (Status.ERASED, None, 1)
        assert other.contents(feed.id, 0, 99) == [b"stays"]
        assert other.sweep_withdrawn() == 0

    def test_a_subject_withdrawn_and_published_again_in_one_chunk(self, make_store: MakeStore) -> None:
        """LOG-20, LOG-51: correcting leaked data; the old content is never stored, the new one is live."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        writer.publish(1, b"leak of today")
        writer.withdraw(1)
        writer.publish(1, b"corrected")

        store.append(feed.id, writer.chunk())

        assert store.contents(feed.id, 0, 99) == [b"corrected"]
        found = [(v.index, v.revision, v.status, v.raw, v.live) for v in store.versions(subject_id(1))]
        assert found == [
            (3, 2, Status.STORED, b"corrected", True),
            (1, 1, Status.ERASED, None, False),
        ]

    def test_sweeping_is_idempotent(self, make_store: MakeStore) -> None:
        """LOG-51: run at every start; what append erased is not found again, and nothing live is touched."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        writer.publish(1, b"old")
        writer.publish(2, b"stays")
        writer.withdraw(1)
        writer.publish(1, b"new")
        store.append(feed.id, writer.chunk())
        before = everything(store)

        assert [store.sweep_withdrawn(), make_store().sweep_withdrawn()] == [0, 0]
        assert everything(store) == before

    def test_a_late_content_is_stored_while_its_entry_is_live(self, make_store: MakeStore) -> None:
        """LOG-52: it is listed as missing with all that is needed to check it, then it is there."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = start(store, writer, own=False)
        writer.publish(1, b"a", Content(Status.MISSING))
        writer.publish(2, b"b", Content(Status.MISSING))
        writer.publish(1, b"c", Content(Status.MISSING))
        store.append(feed.id, writer.chunk())

        missing = store.missing_contents(feed.id, limit=9)
        assert [(m.index, m.digest, m.entry, m.revision, m.key_line) for m in missing] == [
            (2, sha256(b"b"), writer.entries[2], 1, 1),
            (3, sha256(b"c"), writer.entries[3], 2, 1),
        ]
        assert store.missing_contents(feed.id, limit=1) == missing[:1]
        assert store.missing_contents(feed.id, limit=9, after=2) == missing[1:]
        assert store.put_content(feed.id, 2, stored(b"b")) is True
        assert store.put_content(feed.id, 3, Content(Status.REFUSED, None, "key.time", "/validFrom")) is True

        other = make_store()
        assert other.missing_contents(feed.id, limit=9) == []
        assert other.contents(feed.id, 0, 9) == [b"b"]
        assert [(row.index, row.code, row.pointer) for _, row in other.refused(limit=9)] == [
            (3, "key.time", "/validFrom")
        ]

    def test_l52_a_slow_puller_resurrects_nothing(self, make_store: MakeStore) -> None:
        """LOG-52 (F07): a content asked for before a withdrawal or a newer version comes too late."""
        slow, quick = make_store(), make_store()
        writer = FeedWriter(PEER)
        feed = start(quick, writer, own=False)
        writer.publish(1, b"a", Content(Status.MISSING))
        writer.publish(2, b"b", Content(Status.MISSING))
        quick.append(feed.id, writer.chunk())
        asked_for = slow.missing_contents(feed.id, limit=9)
        writer.withdraw(1)
        writer.publish(2, b"newer")
        quick.append(feed.id, writer.chunk())
        before = everything(quick, PEER_FEED)

        accepted = [slow.put_content(feed.id, m.index, stored(b"late")) for m in asked_for]

        assert accepted == [False, False]
        assert everything(quick, PEER_FEED) == before
        assert slow.put_content(feed.id, 77, stored(b"no such entry")) is False

    def test_the_key_line_in_force_counts_keys_entries_below(self, make_store: MakeStore) -> None:
        """LOG-24."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = start(store, writer, own=False)
        writer.publish(1, b"a", Content(Status.MISSING))
        writer.keys(extended(key_log_of(PEER)).lines[1])
        writer.publish(2, b"b", Content(Status.MISSING))
        store.append(feed.id, writer.chunk())

        assert [m.key_line for m in store.missing_contents(feed.id, limit=9)] == [1, 2]

    def test_no_feed_deletes_or_resurrects_contents_of_another(self, make_store: MakeStore) -> None:
        """P02, LOG-52: the same bytes in two feeds are two contents."""
        store, ours, theirs = make_store(), FeedWriter(), FeedWriter(PEER)
        own, peer = start(store, ours), start(store, theirs, own=False)
        ours.publish(1, b"the same bytes")
        theirs.publish(1, b"the same bytes")
        store.append(own.id, ours.chunk())
        store.append(peer.id, theirs.chunk())
        theirs.withdraw(1)
        store.append(peer.id, theirs.chunk())

        assert store.contents(own.id, 0, 9) == [b"the same bytes"]
        assert store.contents(peer.id, 0, 9) == []
        assert store.known_digests(peer.id, [sha256(b"the same bytes")]) == {sha256(b"the same bytes")}
        assert store.known_digests(peer.id, [sha256(key_log_of(ORIGIN).lines[0])]) == set()

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
