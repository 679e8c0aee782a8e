"""The part of the storage contract about reading records, versions and changes, as tests for any store; see `contract`."""

from __future__ import annotations

import threading
from functools import partial

from entrepot_node.storage.contract_feed import (
    FEED,
    ORIGIN,
    PEER,
    PEER_FEED,
    FeedWriter,
    MakeStore,
    reload,
    run_together,
    start,
    stored,
    subject_id,
)
from entrepot_node.storage.interface import Store
from entrepot_node.storage.reading import LAST
from entrepot_schema.canonical import sha256
from entrepot_sync.feed_store import Content, Status


class ReadingContract:
    """The promises about reading records, versions and changes. Each test says which rules it stands for."""

    def test_versions_are_listed_newest_first(self, make_store: MakeStore) -> None:
        """LOG-21, LOG-51: superseded versions may be served as history; one is live."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        for text in (b"v1", b"v2", b"v3"):
            writer.publish(1, text)
        store.append(feed.id, writer.chunk())

        found = store.versions(subject_id(1))

        assert [(v.revision, v.raw, v.live) for v in found] == [
            (3, b"v3", True),
            (2, b"v2", False),
            (1, b"v1", False),
        ]
        assert {(v.feed_name, v.origin, v.subject, v.type) for v in found} == {
            (FEED, ORIGIN, subject_id(1), "company")
        }
        assert store.versions(subject_id(2)) == []
        assert store.version_of(feed.id, sha256(b"v2")) == found[1]
        assert store.version_of(feed.id, sha256(b"v4")) is None

    def test_live_records_are_paged_through_without_gap(self, make_store: MakeStore) -> None:
        """EXC-41: whatever the size of the page; filtered by type and origin too."""
        store, ours, theirs = make_store(), FeedWriter(), FeedWriter(PEER)
        own, peer = start(store, ours), start(store, theirs, own=False)
        for number in range(7):
            ours.publish(number, b"%d" % number, kind="cluster" if number % 3 == 0 else "company")
            theirs.publish(number, b"p%d" % number)
        ours.publish(7, b"refused", Content(Status.REFUSED, None, "key.time", ""))
        ours.publish(8, b"later", Content(Status.KEPT, b"later"))
        ours.publish(1, b"1 again")
        theirs.withdraw(2)
        store.append(own.id, ours.chunk())
        store.append(peer.id, theirs.chunk())
        expected = {b"0", b"1 again", b"2", b"3", b"4", b"5", b"6", b"p0", b"p1", b"p3", b"p4", b"p5", b"p6"}

        for limit in (1, 2, 5, 100):
            seen: list[bytes | None] = []
            after = (-1, -1)
            while page := store.live_records(after=after, limit=limit):
                assert len(page) <= limit
                seen += [version.raw for _, version in page]
                after = page[-1][0]
            assert (len(seen), set(seen)) == (len(expected), expected)

        clusters = store.live_records(after=(-1, -1), limit=100, type="cluster")
        assert {version.raw for _, version in clusters} == {b"0", b"3", b"6"}
        of_peer = store.live_records(after=(-1, -1), limit=100, type="cluster", origin=PEER)
        assert of_peer == []

    def test_the_history_of_a_subject_is_paged_backwards(self, make_store: MakeStore) -> None:
        """EXC-53: newest first, whatever the size of the page, with contents only where they are asked for."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        for number in range(5):
            writer.publish(1, b"v%d" % number)
            writer.publish(2, b"other %d" % number)
        store.append(feed.id, writer.chunk())

        for limit in (1, 2, 5, 9):
            seen: list[bytes | None] = []
            before = LAST
            while page := store.history(subject_id(1), before=before, limit=limit, with_content=True):
                assert len(page) <= limit
                seen += [version.raw for _, version in page]
                before = page[-1][0]
            assert seen == [b"v4", b"v3", b"v2", b"v1", b"v0"]

        bare = [version for _, version in store.history(subject_id(1), limit=9)]
        assert [(v.revision, v.raw, v.live) for v in bare[:2]] == [(5, None, True), (4, None, False)]
        assert store.history(subject_id(3), limit=9) == []

    def test_a_version_is_found_by_its_revision(self, make_store: MakeStore) -> None:
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        for number in range(3):
            writer.publish(1, b"v%d" % number)
        store.append(feed.id, writer.chunk())

        second = store.version(subject_id(1), 2)

        assert second is not None
        assert (second.raw, second.revision) == (b"v1", 2)
        assert store.version(subject_id(1), 2, feed_name=FEED) == second
        assert store.version(subject_id(1), 2, feed_name=PEER_FEED) is None
        assert store.version(subject_id(1), 4) is None
        assert store.version(subject_id(2), 1) is None

    def test_the_state_never_comes_back(self, make_store: MakeStore) -> None:
        """EXC-57: what is appended, comes late, is withdrawn or goes with a feed gives another state."""
        store, ours, theirs = make_store(), FeedWriter(), FeedWriter(PEER)
        seen = [store.state()]
        assert store.last_change() == -1
        own, peer = start(store, ours), start(store, theirs, own=False)

        def note() -> None:
            seen.append(store.state())
            assert store.state() == seen[-1]

        note()
        theirs.publish(1, b"p", Content(Status.MISSING))
        store.append(peer.id, theirs.chunk())
        note()
        assert store.last_change() == store.changes(after=-1, limit=99)[-1].seq
        store.put_content(peer.id, 1, stored(b"p"))
        note()
        ours.publish(1, b"o")
        store.append(own.id, ours.chunk())
        note()
        ours.withdraw(1)
        store.append(own.id, ours.chunk())
        note()
        store.remove_follow(peer.id)
        note()
        start(store, FeedWriter(PEER), own=False)
        note()
        assert len(set(seen)) == len(seen)

    def test_the_refused_are_listed_while_they_are_live(self, make_store: MakeStore) -> None:
        """LOG-22, EXC-42: place and reason, no bytes; a newer version takes a refused one off the list."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = start(store, writer, own=False)
        refused = Content(Status.REFUSED, None, "schema.required", "/name")
        for number in range(3):
            writer.publish(number, b"bad %d" % number, refused)
        writer.publish(1, b"good")
        store.append(feed.id, writer.chunk())

        placed = store.refused(limit=9)
        found = [version for _, version in placed]

        assert [(v.index, v.code, v.pointer, v.raw) for v in found] == [
            (3, "schema.required", "/name", None),
            (1, "schema.required", "/name", None),
        ]
        assert store.refused(limit=1) == placed[:1]
        assert store.refused(before=placed[0][0], limit=9) == placed[1:]
        assert store.refusals() == {"schema.required": 2}
        assert store.contents(feed.id, 0, 9) == [b"good"]

    def test_changes_come_in_order_of_arrival(self, make_store: MakeStore) -> None:
        """EXC-40: effective entries of all feeds; a late content is a change; inert entries are none."""
        store, ours, theirs = make_store(), FeedWriter(), FeedWriter(PEER)
        own, peer = start(store, ours), start(store, theirs, own=False)
        theirs.publish(1, b"p", Content(Status.MISSING))
        theirs.inert()
        store.append(peer.id, theirs.chunk())
        ours.publish(1, b"o")
        ours.withdraw(1)
        store.append(own.id, ours.chunk())
        store.put_content(peer.id, 1, stored(b"p"))

        found = store.changes(after=-1, limit=99)

        assert [(change.origin, change.index) for change in found] == [
            (ORIGIN, 0), (PEER, 0), (PEER, 1), (ORIGIN, 1), (ORIGIN, 2), (PEER, 1),
        ]  # fmt: skip
        assert [change.status for change in found[2:]] == [
            Status.STORED, Status.ERASED, None, Status.STORED,
        ]  # fmt: skip
        assert [change.entry for change in found[3:5]] == ours.entries[1:]
        numbers = [change.seq for change in found]
        assert numbers == sorted(set(numbers))
        for place, change in enumerate(found):
            assert store.changes(after=change.seq, limit=2) == found[place + 1 : place + 3]

    def test_a_reader_of_changes_beside_two_writers_misses_nothing(self, make_store: MakeStore) -> None:
        """EXC-40: coming back with the last number finds every change once, in its feed's order."""
        names = {ORIGIN: FeedWriter(ORIGIN), PEER: FeedWriter(PEER)}
        feeds = {name: start(make_store(), writer).id for name, writer in names.items()}
        rounds = 25
        seen: list[tuple[str, int]] = []

        def write(store: Store, name: str) -> None:
            for number in range(rounds):
                names[name].publish(number, b"%d" % number)
                names[name].publish(number + rounds, b"%d" % (number + rounds))
                store.append(feeds[name], names[name].chunk())

        def read(store: Store) -> None:
            after = -1
            while len(seen) < 2 + 4 * rounds:
                for change in store.changes(after=after, limit=7):
                    assert change.seq > after
                    after = change.seq
                    seen.append((change.origin, change.index))

        run_together([partial(write, make_store(), name) for name in names] + [partial(read, make_store())])

        for name in names:
            assert [index for origin, index in seen if origin == name] == list(range(1 + 2 * rounds))

    def test_readers_see_whole_transactions(self, make_store: MakeStore) -> None:
        """Each round replaces two records together; no reader finds one of them old and the other new."""
        writer = FeedWriter()
        feed = start(make_store(), writer)
        done = threading.Event()

        def write(store: Store) -> None:
            try:
                for number in range(40):
                    writer.publish(1, b"a%d" % number)
                    writer.publish(2, b"b%d" % number)
                    store.append(feed.id, writer.chunk())
            finally:
                done.set()

        def read(store: Store) -> None:
            while not done.is_set():
                first = sorted(raw[1:] for raw in store.contents(feed.id, 0, 1_000))
                page = [version.raw for _, version in store.live_records(after=(-1, -1), limit=9)]
                second = sorted(raw[1:] for raw in page if raw is not None)
                third = reload(store)
                assert len(set(first)) <= 1
                assert len(first) in (0, 2)
                assert len(set(second)) <= 1
                assert len(second) in (0, 2)
                assert third.size == third.head.size
                assert third.frontier.root() == third.head.root

        run_together([partial(write, make_store()), partial(read, make_store()), partial(read, make_store())])
