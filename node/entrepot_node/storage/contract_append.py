"""The part of the storage contract about appending, as tests for any store; see `contract`."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import pytest

from entrepot_node.storage.contract_feed import (
    ORIGIN,
    PEER,
    PEER_FEED,
    TIME,
    FeedWriter,
    MakeStore,
    everything,
    key_log_of,
    reload,
    run_together,
    start,
    stored,
    subject_id,
)
from entrepot_node.storage.interface import Store
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Conflict
from entrepot_sync.entry import Entry, FeedState
from entrepot_sync.feed_store import Chunk, Content, Head, Status
from entrepot_sync.merkle import Frontier, inclusion_proof, leaf_hash, verify_inclusion
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


class AppendContract:
    """The promises about appending chunks to a feed. Each test says which rules it stands for."""

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
