"""Opening the SQLite file: durable, one writer at a time, nothing erased left behind.

WAL with `synchronous=FULL` makes a commit survive power loss; `secure_delete` overwrites what is deleted;
`BEGIN IMMEDIATE` takes the write lock before anything is read that a write depends on.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event

from entrepot_node.storage.failed import remember_failed, remember_full, require_writable
from entrepot_schema.errors import EntrepotError, Misuse, Unavailable

_FORGET_SECONDS = 1.0  # other writers wait for as long while readers of an older state are waited for


_DISK = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY)


def open_engine(path: Path, *, busy_seconds: float) -> Engine:
    """Open (or create) a store file."""
    if not path.parent.is_dir():
        raise Misuse("store.path", f"there is no folder {path.parent}")
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
        pool_size=8,
        pool_use_lifo=True,
    )

    def on_error(context: ExceptionContext) -> None:
        declared = _declared(engine, context.original_exception)
        if declared is not None:
            raise declared from context.original_exception

    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    event.listen(engine, "handle_error", on_error)
    return engine


def _declared(engine: Engine, error: BaseException) -> EntrepotError | None:
    """What an error of SQLite means to whoever called; None for what only a bug of ours can cause."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest tells which call it was
    if code == sqlite3.SQLITE_BUSY:
        return Unavailable("store.busy", "another process has been writing for too long; try again")
    if code == sqlite3.SQLITE_FULL:
        return remember_full(engine)
    if code not in _DISK:
        return None
    return remember_failed(engine, error)


def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
    # Python's own transaction handling would start transactions late and end them early.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "cache_size=-24576",  # 24 MiB of each connection; more made nothing faster, and a follower has several
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _on_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    if writing:
        require_writable(connection.engine)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def forget_log(engine: Engine) -> bool:
    """Empty the write-ahead log, which still holds pages from before an erasure; answer whether it is empty.

    A reader that looks at an older state for too long keeps it; then the next erasure, or the next start, empties
    it.
    """
    require_writable(engine)
    pooled = engine.raw_connection()
    cursor = pooled.cursor()
    try:
        (usual,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout={int(_FORGET_SECONDS * 1000)}")
        try:
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual}")
    except sqlite3.Error as error:
        raise _declared(engine, error) or error from error
    finally:
        cursor.close()
        pooled.close()
    return not busy
