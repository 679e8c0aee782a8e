"""The part of the storage contract about contents and their erasure, as tests for any store; see `contract`."""

from __future__ import annotations

from entrepot_node.storage.contract_feed import (
    ORIGIN,
    PEER,
    PEER_FEED,
    FeedWriter,
    MakeStore,
    everything,
    extended,
    key_log_of,
    start,
    stored,
    subject_id,
)
from entrepot_schema.canonical import sha256
from entrepot_sync.feed_store import Content, Status


class ContentsContract:
    """The promises about contents: who reads them, when they go, what never comes back. Each test says which rules it stands for."""

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
        for begin, end in ((0, 99), (2, 3), (3, 7), (7, 8)):
            held = [sha256(raw) for raw in store.contents(feed.id, begin, end)]
            assert store.live_digests(feed.id, begin, end) == held
        counts = store.counts(feed.id)
        assert (counts.live, counts.stored, counts.refused, counts.missing) == (5, 2, 1, 1)
        assert (counts.kept, counts.withdrawn, counts.inert) == (1, 1, 0)
        places = make_store().live_places(feed.id)
        assert [subject for _, subject, _ in places] == [subject_id(2), subject_id(6), subject_id(1)]
        raws = {sha256(raw).hex(): raw for raw in make_store().contents(feed.id, 0, 99)}
        assert [raws[digest] for _, _, digest in places] == [b"two", b"of a later version", b"one"]
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
