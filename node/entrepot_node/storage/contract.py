"""The storage contract as tests: every promise of `interface`, for any store.

A store passes when a subclass with one fixture does. `make_store()` opens the same data anew each time, as another
process would; the fixture closes what it opened:

    class TestMyStore(StoreContract):
        @pytest.fixture
        def make_store(self, tmp_path): ...

Feeds are written by `FeedWriter`, which decides entries as any reader of the log does. Stores check no signatures,
so contents here are any bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from entrepot_node.storage.interface import LAST, ImportKey, PullOutcome, Store
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Conflict, Misuse
from entrepot_schema.key_log import KeyLog, create_key_log, extend_key_log
from entrepot_schema.key_state import build_state
from entrepot_schema.keys import SigningKey
from entrepot_schema.origin import did_web
from entrepot_sync.entry import Decision, Entry, FeedState, Outcome
from entrepot_sync.feed_store import Chunk, Content, FeedRow, Head, Status
from entrepot_sync.merkle import EMPTY_ROOT, Frontier, inclusion_proof, leaf_hash, verify_inclusion
from entrepot_sync.note import VerifierKey
from entrepot_sync.tiles import TILE_WIDTH, hash_from_tiles, tiles_for

ORIGIN = "biomed.example"
FEED = f"{ORIGIN}/feed/1"
PEER = "agri.example"
PEER_FEED = f"{PEER}/feed/1"
TIME = "2026-11-23T09:30:00Z"

MakeStore = Callable[[], Store]


def key_of(name: str) -> SigningKey:
    """Make a key for tests; whoever reads this knows it too."""
    return SigningKey.from_seed(sha256(name.encode()))


def key_log_of(origin: str) -> KeyLog:
    """Make a key log of one line."""
    log = VerifierKey(f"{origin}/feed/1", key_of(f"log of {origin}").public)
    state = build_state(origin, key_of(f"record of {origin}").public, {1: str(log)})
    cards = (key_of("card a").public, key_of("card b").public)
    return create_key_log(state, cards=cards, update_key=key_of("update"), time=TIME)


def extended(log: KeyLog) -> KeyLog:
    """Extend a key log by a line that puts a new record key in force."""
    state = build_state(log.origin, key_of("new record key").public, log.latest.feeds, log.scid)
    next_cards = (key_of("card b").public, key_of("card c").public)
    return extend_key_log(log, state, card=key_of("card a"), next_cards=next_cards, time=TIME)


def subject_id(number: int, origin: str = ORIGIN) -> str:
    """Return the same subject id for the same number."""
    letters = "".join("abcdefghij"[int(digit)] for digit in f"{number:026}")
    return f"https://{origin}/id/{letters}"


def stored(raw: bytes) -> Content:
    """Return the bytes as content that passed its checks."""
    return Content(Status.STORED, raw)


@dataclass
class FeedWriter:
    """A feed as it is written and read anywhere. `chunk()` takes what was added since the last one."""

    origin: str = ORIGIN
    state: FeedState = field(init=False)
    entries: list[bytes] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    contents: dict[int, Content] = field(default_factory=dict)
    taken: int = 0
    frontier: Frontier = field(default_factory=Frontier)

    def __post_init__(self) -> None:
        self.state = FeedState(self.origin)

    def publish(
        self, number: int, raw: bytes, content: Content | None = None, *, kind: str = "company"
    ) -> int:
        """Add a record; return its index. Without `content` its bytes are stored."""
        subject = subject_id(number, self.origin)
        index = self._add("publish", subject, kind, sha256(raw))
        if content is None or content.status is not Status.MISSING:
            self.contents[index] = content or stored(raw)
        return index

    def withdraw(self, number: int, *, kind: str = "company") -> int:
        """Take a subject back; return the index."""
        return self._add("withdraw", subject_id(number, self.origin), kind, None)

    def keys(self, line: bytes) -> int:
        """Commit to a line of the key log; return the index."""
        index = self._add("keys", did_web(self.origin), "keys", sha256(line))
        self.contents[index] = stored(line)
        return index

    def inert(self) -> int:
        """Add an entry without effect; return its index."""
        return self._take(b"nothing that can be read\x00")

    def chunk(self) -> Chunk:
        """Return everything since the last chunk, with the head at its end."""
        begin, self.taken = self.taken, len(self.entries)
        leaves = [leaf_hash(raw) for raw in self.entries[begin:]]
        self.frontier = self.frontier.extend(leaves)
        contents = {index: self.contents[index] for index in self.contents if index >= begin}
        root = self.frontier.root()
        head = Head(self.taken, root, b"note %d" % self.taken)
        return Chunk(
            begin, self.entries[begin:], self.decisions[begin:], leaves, self.frontier, contents, head
        )

    def _add(self, op: str, subject: str, kind: str, digest: bytes | None) -> int:
        before = self.state.subjects.get(subject)
        entry = Entry(op, subject, kind, TIME, before.last_index if before else None, digest)
        index = self._take(entry.to_bytes())
        assert self.decisions[index].outcome is Outcome.EFFECTIVE, self.decisions[index].code
        return index

    def _take(self, raw: bytes) -> int:
        index = len(self.entries)
        self.decisions.append(self.state.decide(index, raw))
        self.entries.append(raw)
        return index


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


def start(store: Store, writer: FeedWriter, *, own: bool = True) -> FeedRow:
    """Add the feed of a writer, with its keys entry stored."""
    log = key_log_of(writer.origin)
    feed = store.add_feed(f"{writer.origin}/feed/1", log, own=own)
    writer.keys(log.lines[0])
    store.append(feed.id, writer.chunk())
    return feed


def reload(store: Store, name: str = FEED) -> FeedRow:
    """Read a feed that is there."""
    feed = store.feed(name)
    assert feed is not None
    return feed


def everything(store: Store, name: str = FEED) -> tuple[object, ...]:
    """Read all that a store shows of one feed, to compare before and after."""
    feed = reload(store, name)
    subjects = sorted(store.subject_states(feed.id, [subject_id(n, feed.origin) for n in range(20)]), key=str)
    return (
        feed,
        store.entries(feed.id, 0, 10_000),
        [store.tile(feed.id, level, 0) for level in range(3)],
        subjects,
        store.contents(feed.id, 0, 10_000),
        store.counts(feed.id),
        [change for change in store.changes(after=-1, limit=10_000) if change.feed_name == name],
        [store.versions(subject.subject) for subject in subjects],
        store.missing_contents(feed.id, limit=1_000),
    )


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

        _run_together([partial(append, make_store(), name) for name in range(3)])

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
        """LOG-52: the same bytes in two feeds are two contents."""
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

    # reading

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

        _run_together([partial(write, make_store(), name) for name in names] + [partial(read, make_store())])

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

        _run_together(
            [partial(write, make_store()), partial(read, make_store()), partial(read, make_store())]
        )

    # follows

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

        _run_together([partial(ask, make_store(), f"process {number}") for number in range(4)])

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


def _run_together(jobs: Sequence[Callable[[], None]]) -> None:
    """Run jobs in threads; raise what any of them raised."""
    raised: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # handed on below, where the test can see it
            raised.append(error)

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
