"""What our cosigner keys have seen, in a PostgreSQL database of its own, for nodes of several machines (LOG-78).

The promises are those of the file in `witness_state`: made together with a key and never by opening, one durable transaction for
each call, and triggers against any way back. It lies apart from the store, as it is in no backup and is never put back. Only the
primary is asked, and what its replica has not confirmed is not signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, Engine

from entrepot_node.storage.engine import open_engine, reading, writing
from entrepot_node.witness_state import SeenNote
from entrepot_schema.errors import Conflict, Misuse, Unavailable
from entrepot_sync.merkle import EMPTY_ROOT
from entrepot_sync.witness import LogHead

BUSY_SECONDS = 5.0
_HINT = (
    "`entrepot keys recover --witness` makes the next witness key; peers learn of it by the node document."
)
_TABLES = """
CREATE TABLE IF NOT EXISTS cosigner_keys (
    origin text COLLATE "C", role text COLLATE "C", number bigint, usable boolean NOT NULL,
    PRIMARY KEY (origin, role, number)
);
CREATE TABLE IF NOT EXISTS cosigner_heads (
    origin text COLLATE "C", role text COLLATE "C", number bigint, log text COLLATE "C",
    size bigint NOT NULL, root bytea NOT NULL, note bytea NOT NULL, time bigint NOT NULL,
    PRIMARY KEY (origin, role, number, log),
    FOREIGN KEY (origin, role, number) REFERENCES cosigner_keys
);
CREATE OR REPLACE FUNCTION never_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'a head is never forgotten';
    END IF;
    IF NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root) OR NEW.time < OLD.time THEN
        RAISE EXCEPTION 'a head never goes back';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER never_smaller BEFORE UPDATE OR DELETE ON cosigner_heads
    FOR EACH ROW EXECUTE FUNCTION never_back();
CREATE OR REPLACE TRIGGER never_emptied BEFORE TRUNCATE ON cosigner_heads
    FOR EACH STATEMENT EXECUTE FUNCTION never_back();
"""
_KEY = "origin = %s AND role = %s AND number = %s"


class StateDatabase:
    """The states of all cosigner keys of a node, in the database of a URL."""

    def __init__(self, url: str, origin: str) -> None:
        # A connection for each call, as for the file: none of its state is kept in memory.
        self._engine = open_engine(url, busy_seconds=BUSY_SECONDS, pooled=False)
        self._origin = origin

    def numbers(self, role: str) -> list[int]:
        """See `CosignerStates.numbers`."""
        with reading(self._engine) as connection:
            if not _is_made(connection):
                return []
            query = "SELECT number FROM cosigner_keys WHERE origin = %s AND role = %s"
            return list(connection.exec_driver_sql(query, (self._origin, role)).scalars())

    def create(self, role: str, number: int) -> CosignerTable:
        """See `CosignerStates.create`."""
        if not self._note(role, number, usable=True):
            raise Conflict("store.moved", f"another process has just made {role} {number}; try again")
        return CosignerTable(self._engine, (self._origin, role, number))

    def use_up(self, role: str, number: int) -> None:
        """See `CosignerStates.use_up`."""
        self._note(role, number, usable=False)

    def open(self, role: str, number: int) -> CosignerTable:
        """See `CosignerStates.open`."""
        key = (self._origin, role, number)
        with reading(self._engine) as connection:
            query = f"SELECT usable FROM cosigner_keys WHERE {_KEY}"  # noqa: S608  names of ours
            usable = _is_made(connection) and connection.exec_driver_sql(query, key).scalar_one_or_none()
        if not usable:
            message = f"the witness database holds no state of the key {role} {number}; it signs no more"
            raise Misuse("witness.no-state", message, hint=_HINT)
        return CosignerTable(self._engine, key)

    def _note(self, role: str, number: int, *, usable: bool) -> bool:
        with writing(self._engine) as connection:
            connection.exec_driver_sql(_TABLES)
            query = "INSERT INTO cosigner_keys VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
            return connection.exec_driver_sql(query, (self._origin, role, number, usable)).rowcount == 1


class CosignerTable:
    """The heads one cosigner key has seen. Any thread and any process may use it; each call is one durable transaction."""

    def __init__(self, engine: Engine, key: tuple[str, str, int]) -> None:
        self._engine = engine
        self._key = key

    def seen(self, origin: str) -> LogHead:
        """See `CosignerState.seen`."""
        with self._transaction(reading) as connection:
            row = _select(connection, self._key, origin)
        return LogHead(origin, row[0], row[1]) if row else LogHead(origin, 0, EMPTY_ROOT)

    def newest(self, origin: str) -> SeenNote | None:
        """See `CosignerState.newest`."""
        with self._transaction(writing) as connection:
            row = _select(connection, self._key, origin)
            if row:
                # It is signed again for whoever asks. So the replica confirms this transaction first, and with it those before.
                connection.exec_driver_sql("SELECT pg_logical_emit_message(true, 'entrepot', '')")
        return SeenNote(row[2], row[3]) if row else None

    def advance(self, before: LogHead, after: LogHead, note: bytes, *, now: float) -> int | None:
        """See `CosignerState.advance`."""
        with self._transaction(writing) as connection:
            row = _select(connection, self._key, after.origin)
            held = (row[0], row[1]) if row else (0, EMPTY_ROOT)
            if held != (before.size, before.root):
                return None
            time = max(int(now), row[3] if row else 1)
            connection.exec_driver_sql(
                "INSERT INTO cosigner_heads VALUES (%s, %s, %s, %s, %s, %s, %s, %s) "
                "ON CONFLICT (origin, role, number, log) DO UPDATE SET "
                "size = excluded.size, root = excluded.root, note = excluded.note, time = excluded.time",
                (*self._key, after.origin, after.size, after.root, note, time),
            )
        return time

    @contextmanager
    def _transaction(
        self, begin: Callable[[Engine], AbstractContextManager[Connection]]
    ) -> Iterator[Connection]:
        try:
            with begin(self._engine) as connection:
                yield connection
        except Unavailable as error:
            # It may go to whoever pushed: of a server that is gone the reason names host and account.
            lost = error.code == "store.unreachable"
            why = "it does not answer" if lost else error.message
            raise Unavailable("witness.busy", f"the witness database: {why}") from error


def _select(
    connection: Connection, key: tuple[str, str, int], origin: str
) -> tuple[int, bytes, bytes, int] | None:
    query = f"SELECT size, root, note, time FROM cosigner_heads WHERE {_KEY} AND log = %s"  # noqa: S608  names of ours
    row = connection.exec_driver_sql(query, (*key, origin)).first()
    return (row[0], bytes(row[1]), bytes(row[2]), row[3]) if row else None


def _is_made(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql("SELECT to_regclass('cosigner_keys') IS NOT NULL").scalar_one())
