"""LOG-51 for the search index in SQLite: of what was withdrawn no word is left, in no table and no free page."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot_node.storage import facet_blocks, search_index
from entrepot_node.storage.contract_feed import FeedWriter, MakeStore, start
from entrepot_node.storage.contract_records import publish, record, search
from entrepot_schema.canonical import sha256
from entrepot_sync.feed_store import Content, Status

from .opened_stores import SECRET, TRACES, opening, traces_in


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the bitmaps of facets stand in the store, too."""
    monkeypatch.setattr(facet_blocks, "BLOCK", 8)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "entrepot.db"


@pytest.fixture
def make_store(path: Path) -> Iterator[MakeStore]:
    with opening(path) as make:
        yield make


def traces(path: Path) -> list[str]:
    """What is found of the secret in any byte of the store's files, in either case."""
    parts = [part.read_bytes() for part in sorted(path.parent.glob(f"{path.name}*"))]
    held = b"".join(parts)
    return traces_in(held)


def segments(path: Path) -> bytes:
    """The segments of all full-text tables, with the words of rows that are only noted as gone."""
    connection = sqlite3.connect(path)
    names = [name for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE name GLOB 'search_words_*_data'"
    )]  # fmt: skip
    blocks = [block for name in names for (block,) in connection.execute(f"SELECT block FROM {name}")]
    connection.close()
    return b"".join(blocks)


def crowd(writer: FeedWriter, begin: int, end: int) -> None:
    """Other records around, in several segments."""
    for number in range(begin, end):
        publish(
            writer,
            number,
            f"Works {number}",
            summary={"en": f"makes thing {number * 7}", "zh-Hans": "生产各种产品"},
        )


@pytest.mark.parametrize("again", [False, True])
def test_of_a_withdrawn_record_no_word_is_left(make_store: MakeStore, path: Path, again: bool) -> None:
    """Whether or not the subject is published again in the same batch."""
    store, writer = make_store(), FeedWriter()
    feed = start(store, writer)
    crowd(writer, 100, 160)
    publish(writer, 1, "", **SECRET)
    store.append(feed.id, writer.chunk())
    crowd(writer, 160, 220)
    store.append(feed.id, writer.chunk())
    assert len(traces(path)) == len(TRACES)
    writer.withdraw(1)
    if again:
        publish(writer, 1, "Harmless Works")

    store.append(feed.id, writer.chunk())

    assert traces(path) == []
    assert search(store, "works").total == 120 + again
    assert search(store, "各种").total == 120


def test_words_of_versions_replaced_before_a_withdrawal_go_too(make_store: MakeStore, path: Path) -> None:
    """FTS5 only notes that a row is gone; the segment that holds its words is written anew."""
    store, writer = make_store(), FeedWriter()
    feed = start(store, writer)
    publish(writer, 1, "", **SECRET)
    store.append(feed.id, writer.chunk())
    publish(writer, 1, "Harmless Works")
    crowd(writer, 100, 110)
    store.append(feed.id, writer.chunk())
    assert search(store, "qzvanary").total == 0
    assert b"anary" in segments(path)  # it may be kept as history, until it is withdrawn
    writer.withdraw(1)

    store.append(feed.id, writer.chunk())

    assert traces(path) == []
    assert b"anary" not in segments(path)


def test_words_of_a_feed_that_is_no_longer_followed_go(make_store: MakeStore, path: Path) -> None:
    store, writer = make_store(), FeedWriter("agri.example")
    feed = start(store, writer, own=False)
    publish(writer, 1, "", **SECRET)
    store.append(feed.id, writer.chunk())
    publish(writer, 1, "Harmless Works")
    publish(writer, 2, "", **SECRET)
    store.append(feed.id, writer.chunk())

    store.remove_follow(feed.id)

    assert traces(path) == []
    assert b"works" not in segments(path)


def test_erasure_holds_however_records_came_and_moved(make_store: MakeStore, path: Path) -> None:
    """Late, replaced, over several tables, with what was removed long ago forgotten meanwhile."""
    chance = random.Random(51)
    store, writer = make_store(), FeedWriter()
    feed = start(store, writer)
    words = {number: f"zq{sha256(b'%d' % number).hex()[:20]}" for number in range(300)}
    late = []
    for number, word in words.items():
        raw = record(number, word, summary={"zh-Hans": f"秘密{word}"})
        if chance.random() < 0.3:
            late.append((writer.publish(number, raw, Content(Status.MISSING)), raw))
        else:
            writer.publish(number, raw)
            if chance.random() < 0.3:
                publish(writer, number, f"{words[number]} again")
        if number % 60 == 59:
            store.append(feed.id, writer.chunk())
    for index, raw in late:
        store.put_content(feed.id, index, Content(Status.STORED, raw))
    gone = chance.sample(sorted(words), 200)
    for number in gone:
        writer.withdraw(number)
        if number % 9 == 0:
            store.append(feed.id, writer.chunk())
    store.append(feed.id, writer.chunk())

    held = b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))
    tails = {
        number: word[8:].encode() for number, word in words.items()
    }  # a segment shares the heads of words
    assert [number for number in gone if tails[number] in held] == []
    assert all(tails[number] in held for number in words if number not in gone)
    assert search(store, "zq").total == 100


def test_what_was_removed_is_remembered_within_a_bound(
    make_store: MakeStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a removal is forgotten its words are purged; readers further behind read everything anew."""
    monkeypatch.setattr(search_index, "_MOST_REMOVED", 20)
    store, behind, writer = make_store(), make_store(), FeedWriter()
    feed = start(store, writer)
    publish(writer, 1, "", **SECRET)
    publish(writer, 2, "Stays")
    store.append(feed.id, writer.chunk())
    assert search(behind).total == 2
    for round_ in range(60):
        publish(writer, 1, f"Round {round_}")
        store.append(feed.id, writer.chunk())

    assert b"anary" not in segments(path)
    assert search(behind).total == search(store).total == search(make_store()).total == 2
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM search_removed").fetchone()[0] <= 20
    connection.close()
    writer.withdraw(1)
    store.append(feed.id, writer.chunk())
    assert search(behind).total == 1


def test_an_index_of_other_software_is_made_anew(make_store: MakeStore, path: Path) -> None:
    """At start, whole: also a store from before there was an index."""
    store, writer = make_store(), FeedWriter()
    feed = start(store, writer)
    crowd(writer, 100, 120)
    publish(writer, 1, "", **SECRET)
    store.append(feed.id, writer.chunk())
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE search_docs SET facets = x'7b7d'")
        connection.execute("DELETE FROM search_names")
        connection.execute("PRAGMA user_version = 0")
    connection.close()

    anew = make_store()

    assert search(anew, "qzvanary").total == 1
    assert search(anew).total == 21
    assert {one.value for one in search(anew).facets["country"]} == {"IT"}
