"""LOG-51 in PostgreSQL: what was withdrawn is in no file of the database any more, once its erasure is finished."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from entrepot_node.storage import erasing
from entrepot_node.storage.contract_feed import FeedWriter, MakeStore, start, stored, subject_id
from entrepot_node.storage.contract_records import publish, record, search
from entrepot_node.storage.engine import open_engine, reading
from entrepot_sync.feed_store import Content, Status

from ..postgresql_server import PostgresqlServer  # noqa: TID252  pytest puts no folder of tests on the path
from .opened_stores import SECRET, TRACES, opening, traces_in


@pytest.fixture
def make_store(postgresql_url: str) -> Iterator[MakeStore]:
    with opening(postgresql_url) as make:
        yield make


class Files:
    """The files of one database on the disk of its server: tables, indexes, long values, statistics."""

    def __init__(self, server: PostgresqlServer, url: str) -> None:
        self._server, self._url = server, url

    def read(self) -> bytes:
        """All bytes, after everything in memory was written; every table has been looked at for statistics."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            found = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
            (oid,) = found.fetchone() or (0,)
            connection.execute("ANALYZE")
        self._server.execute("CHECKPOINT")
        folder: Path = self._server.data / "base" / str(oid)
        return b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())

    def traces(self) -> list[str]:
        held = self.read()
        return traces_in(held)


@pytest.fixture
def disk(postgresql_server: PostgresqlServer, postgresql_url: str) -> Files:
    return Files(postgresql_server, postgresql_url)


def test_of_a_withdrawn_record_nothing_is_left_on_the_disk(make_store: MakeStore, disk: Files) -> None:
    """LOG-51 (F23): rows, long values, all indexes, and what the planner remembers of columns."""
    store, writer = make_store(), FeedWriter()
    feed = start(store, writer)
    for number in range(2, 60):
        publish(writer, number, f"Works {number}", summary={"en": f"makes thing {number * 7}"})
    publish(writer, 1, "Qzvanary Works", **SECRET)
    store.append(feed.id, writer.chunk())
    publish(writer, 1, "Qzvanary Works", **SECRET, website="https://qzvanary.example")
    store.append(feed.id, writer.chunk())
    assert disk.traces() == list(TRACES)
    assert search(store, "Qzvanary").total == 1

    writer.withdraw(1)
    store.append(feed.id, writer.chunk())

    assert store.finish_erasures()
    assert disk.traces() == []
    assert search(store, "Works 59").total == 1


def test_erased_bytes_are_gone_however_they_came_and_moved(make_store: MakeStore, disk: Files) -> None:
    """LOG-51: contents of all sizes, late, held back by the brake, between others."""
    chance = random.Random(51)
    store, writer = make_store(), FeedWriter()
    feed = start(store, writer)
    canaries = {number: b"<canary %03d>" % number for number in range(120)}
    late = []
    for number, canary in canaries.items():
        # Bytes that cannot be packed: a canary within them would not be seen.
        raw = canary + chance.randbytes(chance.choice([1, 30, 600, 3_000, 20_000]))
        if chance.random() < 0.5:
            late.append((writer.publish(number, raw, Content(Status.MISSING)), raw))
        else:
            writer.publish(number, raw)
    store.append(feed.id, writer.chunk())
    for index, raw in chance.sample(late, len(late)):
        assert store.put_content(feed.id, index, stored(raw))
    held = disk.read()
    assert all(canary in held for canary in canaries.values())
    gone = chance.sample(sorted(canaries), 70)
    for number in gone:
        writer.withdraw(number)
    store.append(feed.id, writer.chunk())

    held = disk.read()
    assert [number for number in gone if canaries[number] in held] == []
    assert all(canaries[number] in held for number in canaries if number not in gone)


def test_a_feed_that_is_no_longer_followed_leaves_nothing(make_store: MakeStore, disk: Files) -> None:
    store, writer = make_store(), FeedWriter("agri.example")
    feed = start(store, writer, own=False)
    publish(writer, 1, "Qzvanary Works", **SECRET)
    store.append(feed.id, writer.chunk())

    store.remove_follow(feed.id)

    assert disk.traces() == []
    assert subject_id(1, "agri.example").encode() not in disk.read()


def test_a_reader_of_an_older_state_keeps_what_it_sees_until_it_ends(
    make_store: MakeStore, disk: Files, postgresql_url: str
) -> None:
    """LOG-51: an erasure does not wait for a slow reader; whichever process comes next finishes it."""
    store, writer = make_store(), FeedWriter()
    feed = start(store, writer)
    writer.publish(1, b"the canary sings")
    store.append(feed.id, writer.chunk())
    slow = open_engine(postgresql_url)
    with reading(slow) as older:
        assert older.exec_driver_sql("SELECT raw FROM versions WHERE idx = 1").scalar() == b"the canary sings"
        writer.withdraw(1)
        store.append(feed.id, writer.chunk())
        assert not store.finish_erasures()
        assert b"the canary sings" in disk.read()
    slow.dispose()

    assert make_store().finish_erasures()
    assert b"the canary sings" not in disk.read()


def test_an_erasure_that_was_cut_off_is_finished_by_another_process(
    make_store: MakeStore, disk: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left to do stands in the database, and was committed with the withdrawal."""
    store, writer = make_store(), FeedWriter()
    feed = start(store, writer)
    writer.publish(1, record(1, "Qzvanary Works", **SECRET))
    store.append(feed.id, writer.chunk())
    writer.withdraw(1)
    with monkeypatch.context() as patch:
        patch.setattr(erasing, "_write_anew", lambda *_: None)  # killed before it began
        store.append(feed.id, writer.chunk())
    store.close()
    assert disk.traces() != []

    assert make_store().finish_erasures()
    assert disk.traces() == []
