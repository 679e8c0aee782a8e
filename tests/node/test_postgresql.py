"""What a PostgreSQL server may do to a store, and what its callers are told: nothing is called durable that may not be."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import psycopg
import pytest
from sqlalchemy.exc import ProgrammingError

from entrepot_node.storage import postgresql
from entrepot_node.storage.contract_feed import FEED, FeedWriter, start, subject_id
from entrepot_node.storage.contract_records import publish, search
from entrepot_node.storage.engine import open_engine, reading, writing
from entrepot_node.storage.migrate import HEAD
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.errors import EntrepotError, Misuse, Unavailable

from ..postgresql_server import PostgresqlServer, database_of  # noqa: TID252  pytest puts no folder of tests on the path


@pytest.fixture
def store(postgresql_url: str) -> Iterator[SqlStore]:
    store = SqlStore.open(postgresql_url)
    yield store
    store.close()


# --- the server


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_d03_a_server_that_may_lose_what_it_acknowledged_is_refused(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The server of the tests is quick and careless; a node would not take it."""
    monkeypatch.setitem(postgresql.DURABLE, name, frozenset({"on"}))

    with pytest.raises(Misuse, match=f"{name}=off") as refusal:
        SqlStore.open(postgresql_url)

    assert refusal.value.code == "store.database"


def test_d03_a_database_that_commits_before_it_writes_is_refused(
    postgresql_server: PostgresqlServer, postgresql_url: str
) -> None:
    """Whatever the database says, sessions wait for the disk; only its URL can take that away, and then it is told."""
    postgresql_server.execute(f"ALTER DATABASE {database_of(postgresql_url)} SET synchronous_commit = off")
    SqlStore.open(postgresql_url).close()

    with pytest.raises(Misuse, match="synchronous_commit=off"):
        SqlStore.open(f"{postgresql_url}&options=-c%20synchronous_commit%3Doff")


def test_a_database_that_does_not_know_characters_is_refused(postgresql_server: PostgresqlServer) -> None:
    url = postgresql_server.new_database()
    name = database_of(url)
    postgresql_server.execute(f"DROP DATABASE {name}")
    postgresql_server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")

    with pytest.raises(Misuse, match="server_encoding=SQL_ASCII"):
        SqlStore.open(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://one:secret@host/name?nonsense=1",
        "postgresql://one:50%-secret@host/name",
        "postgresql://one:%00secret@host/name",
        'postgresql://one:its"%secret@host/name',
        "postgresql://one:my@secret@host/name",
        "postgresql://one:secret%",
        "postgresql://one:secret%4/5@host/name",
        "postgresql://one:secret%é1@host/name",
        "postgresql://one:se cret secret@host/name",
        "postgresql://host/name?password=secret%zz",
        "postgresql://one:secret/slash@host/name",
        "postgresql://one:12/secret@host/name",
        "postgresql://one@host:54secret/name",
        "postgresql://one:my@[secret/name",
        "host=host password='secret",
        "host=host port=secret",
    ],
)
def test_a_url_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Misuse) as refusal:
        SqlStore.open(url)

    assert refusal.value.code == "settings.wrong"
    assert "secret" not in f"{refusal.value} {refusal.value.hint}"
    assert refusal.value.__cause__ is None


def test_libpq_is_not_quoted_whatever_language_it_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It puts the value in other marks in other languages."""

    def refuse(_url: str) -> None:
        raise psycopg.ProgrammingError("jeton non valide : « secret »")

    monkeypatch.setattr("entrepot_node.storage.postgresql.conninfo_to_dict", refuse)
    with pytest.raises(Misuse, match="jeton non valide") as refusal:
        SqlStore.open("postgresql://one:fine@host/name")

    assert "secret" not in str(refusal.value)


def test_a_password_may_hold_what_is_written_with_percent(postgresql_url: str) -> None:
    """The server that tests run trusts whoever asks."""
    SqlStore.open(f"{postgresql_url}&password=%25%40%2F%20").close()


@pytest.mark.parametrize(
    "url", ["postgresql://postgres@/none?host=/nowhere", "postgresql://nobody@127.0.0.1:1/none"]
)
def test_a_server_that_is_not_there_is_told(url: str) -> None:
    with pytest.raises(Unavailable) as fault:
        SqlStore.open(url)

    assert fault.value.code == "store.unreachable"


def test_every_connection_has_limits(postgresql_url: str) -> None:
    """A process that hangs lets go of its locks; what the URL says of limits counts."""
    engine = open_engine(f"{postgresql_url}&options=-c%20lock_timeout%3D7s", busy_seconds=3.0)
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with reading(engine) as connection:
        found = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]
    engine.dispose()

    assert found == ["1min", "7s", "1min"]


def test_all_text_is_in_order_of_bytes(store: SqlStore, postgresql_url: str) -> None:
    """As in SQLite, whatever language the database was made for; or lists and searches would come in another order."""
    with psycopg.connect(postgresql_url) as connection:
        found = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
        ).fetchall()

    assert found == []


def test_many_that_start_at_once_make_one_schema(postgresql_server: PostgresqlServer) -> None:
    """The others wait for the first, and find its work done."""
    url = postgresql_server.new_database()

    def open_store(_: int) -> str:
        SqlStore.open(url).close()
        return "opened"

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(open_store, range(4))) == ["opened"] * 4
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]


# --- commits


WAITS = "wait_event = 'SyncRep'"


@contextmanager
def replica_that_never_answers(server: PostgresqlServer) -> Iterator[None]:
    """Commits are durable here, and wait for somebody else."""
    server.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    server.execute("SELECT pg_reload_conf()")
    try:
        while not _commit_waits(server):
            pass  # each process of the server reads the setting in its own time
        yield
    finally:
        server.execute("ALTER SYSTEM RESET synchronous_standby_names")
        server.execute("SELECT pg_reload_conf()")


def _commit_waits(server: PostgresqlServer) -> bool:
    """Whether a commit waits for the replica by now; it is not left waiting."""
    commit, _ = in_background(lambda: server.execute("SELECT pg_logical_emit_message(true, 'probe', 'x')"))
    waited = False
    while commit.is_alive():
        waited |= bool(server.execute(f"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE {WAITS}"))
    commit.join()
    return waited


def in_background(call: Callable[[], object]) -> tuple[threading.Thread, list[EntrepotError]]:
    faults: list[EntrepotError] = []

    def run() -> None:
        try:
            call()
        except EntrepotError as error:
            faults.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, faults


@pytest.mark.parametrize("function", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_commit_that_was_not_waited_for_is_unconfirmed(
    store: SqlStore, postgresql_server: PostgresqlServer, function: str
) -> None:
    """Cancelled: the server says COMMIT, with a warning, and the replica may not have it. Ended: it says nothing."""
    with replica_that_never_answers(postgresql_server):
        thread, faults = in_background(lambda: store.put_document("one", b"1"))
        ended = f"SELECT {function}(pid) FROM pg_stat_activity WHERE {WAITS}"
        while thread.is_alive():
            postgresql_server.execute(ended)
        thread.join()

    assert [fault.code for fault in faults] == ["store.unconfirmed"]
    assert store.document("one") == b"1"  # which only the store knows


def test_a_transaction_that_the_server_has_given_up_is_not_called_committed(store: SqlStore) -> None:
    """COMMIT is answered with ROLLBACK then, and no error."""

    def write() -> None:
        with writing(store._engine) as connection, suppress(ProgrammingError):
            connection.exec_driver_sql("UPDATE feeds SET size = 7")
            connection.exec_driver_sql("SELECT nonsense")

    with pytest.raises(Unavailable) as fault:
        write()

    assert fault.value.code == "store.unconfirmed"


def test_a_connection_that_breaks_before_the_commit_wrote_nothing(
    store: SqlStore, postgresql_server: PostgresqlServer
) -> None:

    def write() -> None:
        with writing(store._engine) as connection:
            connection.exec_driver_sql("INSERT INTO documents VALUES ('one', '1')")
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            postgresql_server.execute(f"SELECT pg_terminate_backend({pid}, 10000)")
            connection.exec_driver_sql("INSERT INTO documents VALUES ('two', '2')")

    with pytest.raises(Unavailable) as fault:
        write()

    assert fault.value.code == "store.unreachable"
    assert store.document("one") is None


def test_a_store_goes_on_after_its_connections_were_cut(
    store: SqlStore, postgresql_server: PostgresqlServer, postgresql_url: str
) -> None:
    """As when the server was started anew."""
    store.put_document("one", b"1")
    postgresql_server.execute(
        f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{database_of(postgresql_url)}'"
    )

    assert store.document("one") == b"1"
    store.put_document("one", b"2")
    assert store.document("one") == b"2"


def test_who_waits_too_long_for_another_writer_is_told_so(store: SqlStore, postgresql_url: str) -> None:
    hasty = SqlStore.open(postgresql_url, busy_seconds=0.01)
    with writing(store._engine), pytest.raises(Unavailable) as fault:
        hasty.put_document("one", b"1")
    hasty.close()

    assert fault.value.code == "store.busy"


def test_a_reader_can_write_nothing(store: SqlStore) -> None:
    with reading(store._engine) as connection, pytest.raises(EntrepotError):
        connection.exec_driver_sql("DELETE FROM documents")


# --- text


def test_text_with_the_character_that_the_database_cannot_hold_is_kept_without_it(store: SqlStore) -> None:
    """U+0000, which may stand in what a peer says; what is text here is shown to people, and signs nothing."""
    writer = FeedWriter()
    feed = start(store, writer)
    store.set_state(feed.id, "stopped", "log.size", "said \x00 to us")

    row = store.feed(FEED)

    assert row is not None
    assert row.state_text == "said \ufffd to us"
    assert store.versions(subject_id(1)) == []


def test_a_server_that_went_back_gives_numbers_anew_and_searching_notices() -> None:
    """What was published before a failover that lost it has left no trace in what searching keeps in memory."""
    with PostgresqlServer.made() as server:
        store = SqlStore.open(server.new_database())
        writer = FeedWriter()
        feed = start(store, writer)
        publish(writer, 1, "Stays Works")
        store.append(feed.id, writer.chunk())
        server.stop()
        before, other = server.copy_data("before"), copy.deepcopy(writer)
        server.start()
        publish(writer, 2, "Lost Works")
        publish(writer, 3, "Lost too")
        chunk = writer.chunk()
        store.append(feed.id, chunk)
        assert (search(store, "lost").total, search(store, "works").total) == (2, 2)

        server.kill()
        server.go_back_to(before)
        server.start()
        publish(other, 4, "Found Labs")
        publish(other, 5, "Found Labs too")
        store.append(feed.id, other.chunk())

        assert search(store, "lost").total == 0
        assert [search(store, word).total for word in ("works", "found", "labs")] == [1, 2, 2]
        assert search(store).total == 3
        store.close()
