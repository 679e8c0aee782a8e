"""The own store, checked from its bytes: whatever byte has rotted, it is found."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot_node.self_check import check_store, copy_digest
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.errors import EntrepotError, Unavailable
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.pull import Pull
from entrepot_sync.testing.simulated_peer import SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed, key_log_of


def example_feed(size: int = 300) -> SmallFeed:
    """Records with history, a withdrawal, a rotation; more entries than a tile has."""
    feed = SmallFeed()
    for number in range(4):
        feed.publish(number)
    feed.withdraw(3)
    feed.rotate()
    feed.publish(5)
    while len(feed.entries) < size:
        feed.append(b'{"n":%d}\0' % len(feed.entries))
    return feed


class Held:
    """A copy of a feed in a store, and a way past the store to its file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = SqlStore.open(path)
        self.name = ""

    def pull(self, feed: SmallFeed, peer: SimulatedPeer | None = None) -> None:
        if self.store.feed(feed.name) is None:
            self.store.add_feed(feed.name, key_log_of(feed, 1), own=False)
        self.name = feed.name
        asyncio.run(Pull(peer or SimulatedPeer(feed), self.store, feed.name, now=0.0).run())

    @property
    def row(self) -> FeedRow:
        row = self.store.feed(self.name)
        assert row is not None
        return row

    def rot(self, statement: str, *values: object) -> None:
        """Change the file as no code of ours would; it must change one row at least."""
        connection = sqlite3.connect(self.path)
        with connection:
            assert connection.execute(statement, values).rowcount >= 1
        connection.close()

    def flip(self, table: str, column: str, where: str) -> None:
        """Flip one bit in the middle of one value."""
        connection = sqlite3.connect(self.path)
        (raw,) = connection.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()
        connection.close()
        middle = len(raw) // 2
        rotten = raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :]
        self.rot(f"UPDATE {table} SET {column} = ? WHERE {where}", rotten)

    def code(self) -> str:
        try:
            check_store(self.store, self.row)
        except EntrepotError as error:
            return error.code
        return ""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path / "entrepot.db")
    held.pull(example_feed())
    yield held
    held.store.close()


def test_a_sound_store_says_what_was_checked(held: Held) -> None:
    assert "300 entries yield the signed root; 4 live records" in check_store(held.store, held.row)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 513])
def test_a_sound_store_of_any_size_passes(tmp_path: Path, size: int) -> None:
    held = Held(tmp_path / "other.db")
    feed = SmallFeed()
    while len(feed.entries) < size:
        feed.append(b'{"n":%d}\0' % len(feed.entries))
    held.pull(feed)
    assert held.code() == ""
    held.store.close()


@pytest.mark.parametrize("index", [0, 1, 4, 100, 255, 256, 299])
def test_a_flipped_bit_in_an_entry_is_found(held: Held, index: int) -> None:
    """LOG-30: every entry is under the root."""
    held.flip("entries", "raw", f"idx = {index}")

    assert held.code() == "log.damaged"


@pytest.mark.parametrize("index", [0, 1, 2, 3, 6, 7])
def test_a_flipped_bit_in_a_content_is_found(held: Held, index: int) -> None:
    """LOG-50: of live records and of lines of the key log; the others here are erased."""
    held.flip("versions", "raw", f"idx = {index}")

    assert held.code() == "log.damaged"


def test_a_flipped_bit_in_history_is_found(held: Held) -> None:
    """LOG-51: what is kept as history is served by its digest."""
    feed = example_feed()
    feed.publish(1, founded="1998")
    held.pull(feed)
    assert held.code() == ""

    held.flip("versions", "raw", "idx = 2")

    assert held.code() == "log.damaged"


@pytest.mark.parametrize("tile", ["level = 0 AND n = 0", "level = 0 AND n = 1", "level = 1 AND n = 0"])
def test_a_flipped_bit_in_a_tile_is_found(held: Held, tile: str) -> None:
    """LOG-41: tiles are served to whoever proves something from them."""
    held.flip("tiles", "hashes", tile)

    assert held.code() == "log.damaged"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entries WHERE idx = 7",
        "DELETE FROM tiles WHERE n = 1",
        "DELETE FROM versions WHERE idx = 2",
        "UPDATE versions SET raw = NULL WHERE idx = 2",
        "UPDATE feeds SET head_root = zeroblob(32)",
        "UPDATE feeds SET head_size = 301",
        "UPDATE feeds SET size = 256, frontier = zeroblob(32)",
    ],
)
def test_what_is_lost_or_exchanged_is_found(held: Held, statement: str) -> None:
    held.rot(statement)

    assert held.code() == "log.damaged"


def test_an_exchanged_head_is_found_by_its_signature(held: Held) -> None:
    held.flip("feeds", "head_note", "id = 1")

    assert held.code() in ("log.checkpoint", "log.signature", "log.unsigned", "log.note")


def test_a_copy_that_was_cut_off_is_sound_as_far_as_it_goes(tmp_path: Path) -> None:
    """LOG-67."""
    held = Held(tmp_path / "cut.db")
    feed = example_feed(2_200)
    peer = SimulatedPeer(feed)
    peer.cut_at = 1 + 9 + 4 + 4 + 1  # head, bundles, contents of two groups of four, key log
    with pytest.raises(Unavailable):
        held.pull(feed, peer)

    assert "2048 of 2200 entries are stored" in check_store(held.store, held.row)
    held.store.close()


def test_identical_copies_have_one_digest_and_others_another(held: Held, tmp_path: Path) -> None:
    other = Held(tmp_path / "other.db")
    feed = example_feed()
    other.pull(feed)
    assert copy_digest(held.store, held.row) == copy_digest(other.store, other.row)

    feed.publish(9)
    other.pull(feed)
    assert copy_digest(held.store, held.row) != copy_digest(other.store, other.row)
    other.store.close()
