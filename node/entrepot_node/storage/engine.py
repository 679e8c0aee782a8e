"""Opening the SQLite file: durable, one writer at a time, nothing erased left behind.

WAL with `synchronous=FULL` makes a commit survive power loss; `secure_delete` overwrites what is deleted;
`BEGIN IMMEDIATE` takes the write lock before anything is read that a write depends on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from entrepot_schema.errors import Misuse, Unavailable

_BUSY_SECONDS = 20.0  # a bulk append of another process takes a few seconds
_FORGET_SECONDS = 1.0  # other writers wait for as long while readers of an older state are waited for


def open_engine(path: Path) -> Engine:
    """Open (or create) a store file. The schema is brought up to date by `migrations`."""
    if not path.parent.is_dir():
        raise Misuse("store.path", f"there is no folder {path.parent}")
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False}, pool_size=8
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
    # Python's own transaction handling would start transactions late and end them early.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _on_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the store."""
    with engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: durable when the block ends, undone when it raises."""
    try:
        with engine.connect().execution_options(writing=True) as connection, connection.begin():
            yield connection
    except OperationalError as error:
        if "locked" in str(error.orig):
            raise Unavailable(
                "store.busy", "another process has been writing for too long; try again"
            ) from error
        if "full" in str(error.orig):
            raise Unavailable("store.full", "the disk is full; nothing was written") from error
        raise


def forget_log(engine: Engine) -> bool:
    """Empty the write-ahead log, which still holds pages from before an erasure; answer whether it is empty.

    A reader that looks at an older state for too long keeps it; then the next erasure, or the next start, empties
    it.
    """
    pooled = engine.raw_connection()
    cursor = pooled.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={int(_FORGET_SECONDS * 1000)}")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        cursor.execute(f"PRAGMA busy_timeout={int(_BUSY_SECONDS * 1000)}")
        cursor.close()
        pooled.close()
    return not busy
