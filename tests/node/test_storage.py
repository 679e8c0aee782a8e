"""The storage contract on SQLite, and what holds for SQLite only."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from entrepot_node.storage import facet_blocks
from entrepot_node.storage.answers import ANSWER_SECONDS, AnswerRow
from entrepot_node.storage.contract_answers import ANSWER
from entrepot_node.storage.contract_facets import FacetsContract
from entrepot_node.storage.contract_feed import (
    FEED,
    ORIGIN,
    PEER,
    FeedWriter,
    MakeStore,
    key_log_of,
    start,
    stored,
    subject_id,
)
from entrepot_node.storage.contract_holding import braked
from entrepot_node.storage.contract_records import NOW, begin, publish
from entrepot_node.storage.contract_whole import WholeContract
from entrepot_node.storage.engine import forget_erased, open_engine, reading
from entrepot_node.storage.migrate import HEAD, migrate
from entrepot_node.storage.sql_store import SqlStore
from entrepot_node.storage.tables import metadata
from entrepot_schema.errors import Misuse
from entrepot_sync.feed_store import Content, Status

from .opened_stores import opening


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "entrepot.db"


@pytest.fixture
def make_store(path: Path) -> Iterator[MakeStore]:
    """Open one file again and again, each time with connections of its own."""
    with opening(path) as make:
        yield make


class TestSqliteStore(WholeContract):
    """All promises of `interface`, kept by a SQLite file."""


class TestSealedBlocks(FacetsContract):
    """The promises about facets, with most bitmaps read from the store."""

    @pytest.fixture(autouse=True)
    def small_blocks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(facet_blocks, "BLOCK", 8)

    @pytest.mark.parametrize("seed", range(2))
    def test_whoever_opens_the_store_later_counts_the_same(self, make_store: MakeStore, seed: int) -> None:
        """Also when much was replaced, withdrawn and forgotten since blocks were sealed."""
        chance = random.Random(seed)
        store, writer, feed = begin(make_store)
        for round_ in range(12):
            for number in chance.sample(range(40), 12):
                publish(writer, number, f"Works {round_}", sectors=[chance.choice(("ai", "energy"))])
            for number in chance.sample(range(40), 4):
                state = writer.state.subjects.get(subject_id(number))
                if state and state.live_index is not None:
                    writer.withdraw(number)
            store.append(feed.id, writer.chunk())

            assert make_store().statistics(now=NOW) == store.statistics(now=NOW)


def files_of(path: Path) -> bytes:
    """Read the store with its write-ahead log and index, as a thief of the disk would."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_an_answer_is_kept_for_a_day(path: Path) -> None:
    """Then its key may be used again."""
    again = AnswerRow(ANSWER.key, ANSWER.request, b"{}")
    first = SqlStore.open(path, now=lambda: 1_000.0)
    late = SqlStore.open(path, now=lambda: 1_000.0 + ANSWER_SECONDS)
    first.keep_answers([ANSWER])

    assert (first.answers([ANSWER.key]), late.answers([ANSWER.key])) == ({ANSWER.key: ANSWER}, {})
    late.keep_answers([again])
    assert late.answers([ANSWER.key]) == {ANSWER.key: again}
    first.close()
    late.close()


# --- durability


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("secure_delete", 1), ("foreign_keys", 1), ("busy_timeout", 20_000)],
)  # fmt: skip
def test_d03_every_connection_is_durable_and_forgets(path: Path, pragma: str, value: object) -> None:
    """LOG-51: `synchronous` 2 is FULL; also on the second connection, while the first is in use."""
    engine = open_engine(path)
    migrate(engine)

    with engine.connect() as one, engine.connect() as other:
        found = [connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() for connection in (one, other)]
    forget_erased(engine)
    with engine.connect() as again:
        found.append(again.exec_driver_sql(f"PRAGMA {pragma}").scalar())
    engine.dispose()

    assert found == [value] * 3


def test_a_store_in_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misuse) as refusal:
        SqlStore.open(tmp_path / "nowhere" / "entrepot.db")

    assert refusal.value.code == "store.path"


# --- erasure


def test_erased_bytes_are_in_no_file(make_store: MakeStore, path: Path) -> None:
    """LOG-51 (F23): neither in rows nor free pages, nor in the write-ahead log that held them before."""
    store, writer = make_store(), FeedWriter()
    feed = start(store, writer)
    writer.publish(1, b"the canary of one sings" * 40)
    writer.publish(2, b"the canary of two sings" * 2_000)  # overflow pages
    writer.publish(3, b"the canary of three stays")
    store.append(feed.id, writer.chunk())
    assert b"canary of one" in files_of(path)
    assert b"canary of two" in files_of(path)
    writer.withdraw(1)
    writer.withdraw(2)

    store.append(feed.id, writer.chunk())

    held = files_of(path)
    assert b"canary of one" not in held
    assert b"canary of two" not in held
    assert b"canary of three stays" in held


def test_erased_bytes_are_gone_however_they_came_and_moved(make_store: MakeStore, path: Path) -> None:
    """LOG-51: contents of all sizes, late, replaced, between others; pages were split and joined meanwhile."""
    chance = random.Random(51)
    store, writer = make_store(), FeedWriter()
    feed = start(store, writer)
    canaries: dict[int, bytes] = {}
    late = []
    for number in range(240):
        canary = b"<canary %03d>" % number
        canaries[number] = canary
        raw = canary * chance.choice([1, 3, 40, 150, 300, 2_000])
        if chance.random() < 0.5:
            late.append((writer.publish(number, raw, Content(Status.MISSING)), raw))
        else:
            writer.publish(number, raw)
        if number % 60 == 59:
            store.append(feed.id, writer.chunk())
    chance.shuffle(late)
    for index, raw in late:
        assert store.put_content(feed.id, index, stored(raw))
    gone = chance.sample(sorted(canaries), 160)
    for number in gone:
        writer.withdraw(number)
        if number % 9 == 0:
            store.append(feed.id, writer.chunk())
    store.append(feed.id, writer.chunk())

    held = files_of(path)
    assert [number for number in gone if canaries[number] in held] == []
    assert all(canaries[number] in held for number in canaries if number not in gone)


def test_a_reader_of_an_older_state_keeps_the_log_until_the_next_start(
    make_store: MakeStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LOG-51: an erasure does not wait for a slow reader for ever; sweeping at the next start finishes it."""
    monkeypatch.setattr("entrepot_node.storage.sqlite._FORGET_SECONDS", 0.0)
    store, writer = make_store(), FeedWriter()
    feed = start(store, writer)
    writer.publish(1, b"the canary sings")
    store.append(feed.id, writer.chunk())
    slow = open_engine(path)
    with reading(slow) as older:
        assert older.exec_driver_sql("SELECT raw FROM versions WHERE idx = 1").scalar() == b"the canary sings"
        writer.withdraw(1)
        store.append(feed.id, writer.chunk())
        assert b"the canary sings" in files_of(path)
    slow.dispose()
    make_store().sweep_withdrawn()

    assert b"the canary sings" not in files_of(path)


def test_d07_a_restored_content_of_a_withdrawn_subject_is_swept(make_store: MakeStore, path: Path) -> None:
    """LOG-51: the log is the ledger of erasures; bytes that came back by hand go again, once."""
    store, writer = make_store(), FeedWriter()
    feed = start(store, writer)
    writer.publish(1, b"withdrawn")
    writer.withdraw(1)
    writer.publish(1, b"published again")
    store.append(feed.id, writer.chunk())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE versions SET status='stored', raw=? WHERE idx=1", [b"the canary is back"])
    connection.close()
    volume = store.volume(feed.id)

    swept = [store.sweep_withdrawn(), store.sweep_withdrawn()]

    assert swept == [1, 0]
    assert store.volume(feed.id) == volume - len(b"the canary is back")
    assert store.contents(feed.id, 0, 9) == [b"published again"]
    assert [version.raw for version in store.versions(subject_id(1))] == [b"published again", None]
    assert b"the canary is back" not in files_of(path)


# --- schema


def schema_of(path: Path) -> dict[str, str]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name != 'alembic_version'")
    # A table that was made anew to take a column has its name in quotes; a column that was added, no line of its own.
    found = {
        name: sql and " ".join(sql.replace(f'CREATE TABLE "{name}"', f"CREATE TABLE {name}", 1).split())
        for name, sql in rows
        if not name.startswith("sqlite_")
    }
    connection.close()
    return found


def test_the_migrated_schema_is_that_of_the_tables(make_store: MakeStore, path: Path, tmp_path: Path) -> None:
    """To the letter, so that `WITHOUT ROWID` and `AUTOINCREMENT`, which Alembic does not compare, are kept."""
    make_store()
    plain = sa.create_engine(f"sqlite:///{tmp_path / 'plain.db'}")
    metadata.create_all(plain)
    with sa.create_engine(f"sqlite:///{path}").connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True}), metadata
        )
        connection.engine.dispose()
    plain.dispose()

    assert differences == []
    assert schema_of(path) == schema_of(tmp_path / "plain.db")
    assert sum("WITHOUT ROWID" in (sql or "") for sql in schema_of(path).values()) == 7


def test_d10_a_store_of_newer_software_is_refused_untouched(make_store: MakeStore, path: Path) -> None:
    store, writer = make_store(), FeedWriter()
    start(store, writer)
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num='9999'")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(Misuse) as refusal:
        SqlStore.open(path)

    assert refusal.value.code == "store.newer"
    assert path.read_bytes() == before


def test_the_bytes_of_a_feed_are_counted_when_a_store_is_migrated(make_store: MakeStore, path: Path) -> None:
    """LOG-91: as if they had been counted from the start; what is held too."""
    store, writer = make_store(), FeedWriter(PEER)
    feed = braked(store, writer, 1)
    writer.publish(2, b"here")
    store.append(feed.id, writer.chunk())
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE feeds DROP COLUMN volume")
        connection.execute("ALTER TABLE peer_documents DROP COLUMN etag")
        connection.execute("UPDATE alembic_version SET version_num='0020'")
    connection.close()
    contents = [content.raw or b"" for content in writer.contents.values()]

    assert make_store().volume(feed.id) == sum(map(len, [*writer.entries, *contents]))


def test_d10_a_migration_that_is_cut_off_leaves_nothing_and_is_done_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    engine = open_engine(path)
    with monkeypatch.context() as patch:
        patch.setattr("alembic.operations.Operations.create_index", cut_off)  # tables are made by then
        with pytest.raises(KeyboardInterrupt):
            migrate(engine)
    assert schema_of(path) == {}

    migrate(engine)

    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
    engine.dispose()


def test_stores_of_one_process_are_made_at_the_same_time(tmp_path: Path) -> None:
    """Alembic keeps what it works on in globals of its modules."""
    engines = [open_engine(tmp_path / f"{number}.db") for number in range(4)]
    together = threading.Barrier(len(engines))

    def make(engine: sa.Engine) -> None:
        together.wait(timeout=30)
        migrate(engine)

    with ThreadPoolExecutor(len(engines)) as pool:
        list(pool.map(make, engines))

    for engine in engines:
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
        engine.dispose()


def test_opening_twice_changes_nothing(make_store: MakeStore) -> None:
    start(make_store(), FeedWriter())

    assert [feed.name for feed in make_store().feeds()] == [FEED]
    assert make_store().feeds()[0].key_log == key_log_of(ORIGIN)
