"""Which tables of a PostgreSQL database still hold, in free pages, what was erased; SQLite overwrites at once.

A row that is deleted stays in its page until the table is written anew. The note is made in the transaction that erases,
so whichever process is alive afterwards finishes it (`forget_erased`).
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Engine

from entrepot_node.storage.engine import is_postgresql
from entrepot_node.storage.tables import metadata
from entrepot_schema.errors import Unavailable

CONTENTS = ("versions", "held_contents", "search_docs", "search_names", "identifiers", "relations")
"""Tables that hold contents, or words of them."""

_ERASERS = 0x656E7465  # the number of the advisory lock of the one process that writes tables anew
_SMALL_BYTES = 32 * 1024 * 1024  # with indexes and long values; half a second
_ANY_BYTES = 2**62
_LOCK_SECONDS = 2.0  # all readers of a table wait while this waits for those before it

# A snapshot that is older than the erasure, here or on a replica that reports its own, still needs the old rows.
_SEEN = """
SELECT name, xid FROM erased_tables WHERE pg_total_relation_size(name::regclass) <= %s AND NOT EXISTS (
    SELECT 1 FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
    AND (datname = current_database() OR datname IS NULL) AND age(backend_xmin) >= age(xid::text::xid8::xid)
) AND NOT EXISTS (
    SELECT 1 FROM pg_replication_slots WHERE xmin IS NOT NULL AND age(xmin) >= age(xid::text::xid8::xid)
) ORDER BY name
"""


def note_erased(connection: Connection, names: Iterable[str]) -> None:
    """Note that rows of these tables were erased in this transaction."""
    if is_postgresql(connection):
        connection.exec_driver_sql(
            "INSERT INTO erased_tables (name, xid) SELECT name, pg_current_xact_id()::text::bigint FROM unnest(%s::text[]) AS name "
            "ON CONFLICT (name) DO UPDATE SET xid = excluded.xid",
            (sorted(set(names)),),
        )


def note_all_erased(connection: Connection) -> None:
    """Note that rows of any table may have been erased."""
    note_erased(connection, metadata.tables)


def forget_erased(engine: Engine, *, at_once: bool = False) -> bool:
    """Write anew the tables that were noted; answer whether none is left.

    `at_once`: only those that take no longer than somebody waits for an answer. Each is locked while it is written, for
    readers too. Who reads an older state for too long keeps a table for the next call, and so does another process that
    is at it already.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not _are_left(connection):
            return True
        if not connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (_ERASERS,)).scalar_one():
            return False
        try:
            most = _SMALL_BYTES if at_once else _ANY_BYTES
            for name, xid in connection.exec_driver_sql(_SEEN, (most,)).all():
                _write_anew(connection, name, xid)
            return not _are_left(connection)
        except Unavailable:
            return False
        finally:
            # It is no transaction that ends the lock and the limits, and the connection goes back to the pool.
            connection.invalidate()


def _write_anew(connection: Connection, name: str, xid: int) -> None:
    connection.exec_driver_sql("SET statement_timeout = 0")
    connection.exec_driver_sql(f"SET lock_timeout = {int(_LOCK_SECONDS * 1000)}")
    connection.exec_driver_sql(f"VACUUM (FULL) {name}")
    connection.exec_driver_sql("DELETE FROM erased_tables WHERE name = %s AND xid = %s", (name, xid))


def _are_left(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql("SELECT EXISTS (SELECT 1 FROM erased_tables)").scalar_one())
