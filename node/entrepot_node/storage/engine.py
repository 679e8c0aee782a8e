"""The engine under a store: a SQLite file or a PostgreSQL database. The one place that picks it.

Both keep the same promises: `reading` sees one moment; `writing` is one durable transaction, and of all those of one
store, whatever process they run in, one goes after the other. So what a transaction reads is still true when it
writes, and numbers that are given out in order (`changes.seq`) are seen in that order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Connection, Engine, RootTransaction

from entrepot_node.storage import sqlite
from entrepot_node.storage.failed import remember_written
from entrepot_schema.errors import Misuse

BUSY_SECONDS = 20.0  # a bulk append of another process takes a few seconds


def open_engine(
    place: Path | str, *, busy_seconds: float = BUSY_SECONDS, pooled: bool = True, replica: bool = False
) -> Engine:
    """Open (or create) the store in a file, or in the database of a URL. Its schema is brought up to date by `migrate`.

    A `replica` of a database is only read.

    Every call that finds the store locked for `busy_seconds`, the disk full or the disk failing raises `store.*`.
    """
    if isinstance(place, Path):
        return sqlite.open_engine(place, busy_seconds=busy_seconds)
    if find_spec("psycopg") is None:
        hint = "Install it: `pip install 'entrepot[postgres]'`."
        raise Misuse("store.database", "the driver for PostgreSQL is not installed", hint=hint)
    from entrepot_node.storage import postgresql

    return postgresql.open_engine(place, busy_seconds=busy_seconds, pooled=pooled, replica=replica)


def is_postgresql(connection: Connection | Engine) -> bool:
    """Answer whether this is a PostgreSQL database; it is a SQLite file if not."""
    return connection.dialect.name == "postgresql"


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the store."""
    with engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: durable when the block ends, undone when it raises.

    Raises `store.unconfirmed` if nobody knows whether it is durable: then only what the store says counts.
    """
    with engine.connect() as connection, writing_with(connection):
        yield connection


@contextmanager
def writing_with(connection: Connection) -> Iterator[None]:
    """Such a transaction of a connection that somebody holds."""
    transaction = connection.execution_options(writing=True).begin()
    try:
        yield
    except BaseException:
        transaction.rollback()
        raise
    _commit(transaction, connection)
    remember_written(connection.engine)


def forget_erased(engine: Engine, *, at_once: bool = False) -> bool:
    """Remove what free pages and logs of the store still hold of what was erased; answer whether all of it is gone.

    A reader that looks at an older state for too long keeps it; then the next call finishes. `at_once`: while somebody
    waits for an answer; what takes long is left to the next call.
    """
    if is_postgresql(engine):
        from entrepot_node.storage import erasing

        return erasing.forget_erased(engine, at_once=at_once)
    return sqlite.forget_log(engine)


def engine_epoch(engine: Engine) -> str:
    """Name the server that answers now; another after it was started again or another has taken over. Empty for a file."""
    if not is_postgresql(engine):
        return ""
    with reading(engine) as connection:
        return connection_epoch(connection)


def connection_epoch(connection: Connection) -> str:
    """As `engine_epoch`, of the server behind a connection; nothing is asked for it."""
    return str(connection.info["epoch"]) if is_postgresql(connection) else ""


def _commit(transaction: RootTransaction, connection: Connection) -> None:
    if is_postgresql(connection):
        from entrepot_node.storage import postgresql

        postgresql.commit(transaction, connection)
    else:
        transaction.commit()
