"""Opening a PostgreSQL database: the same promises as a SQLite file, for processes on more than one machine.

A writing transaction first takes one lock of the database, as `BEGIN IMMEDIATE` takes that of a file, and then sees
what all before it wrote. A reading one sees one moment (REPEATABLE READ). Needs the extra `postgres`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.abc import Buffer
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import Connection, Engine, ExceptionContext, RootTransaction, create_engine, event
from sqlalchemy.pool import NullPool

from entrepot_node.storage.failed import remember_failed, remember_full, require_writable
from entrepot_schema.errors import EntrepotError, Misuse, Unavailable

STATEMENT_SECONDS = 60.0
IDLE_SECONDS = 60.0  # a process that stops within a transaction holds the lock of all others
WRITERS = 0x656E7472  # the number of the advisory lock that all writers of a database take

_LEAST_VERSION = 140_000
DURABLE: dict[str, frozenset[str]] = {
    "server_encoding": frozenset({"UTF8"}),
    "fsync": frozenset({"on"}),
    "full_page_writes": frozenset({"on"}),
    "synchronous_commit": frozenset({"on", "remote_apply", "remote_write", "local"}),
}
"""Settings of a server, and the values with which what it has acknowledged is durable and text is what we wrote."""

# A server that is gone is noticed in seconds; whoever names these in the URL has their own reasons.
_NETWORK = {
    "connect_timeout": "10",
    "keepalives_idle": "5",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
    "application_name": "entrepot",
    "client_encoding": "UTF8",
}
_RECYCLE_SECONDS = 300  # who has read from the primary while the replica was away goes back to it
# The same for the server: the locks of a machine that is gone are free in seconds.
_CLIENTS = {
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "client_connection_check_interval": 5_000,
    # What a named replica has not applied is not confirmed; where none is named, the disk of this server is enough.
    "synchronous_commit": "remote_apply",
}
_BUSY = (
    "55P03",
    "57014",
    "40001",
    "40P01",
    "53300",
)  # lock, timeout, conflict, deadlock, too many connections
_FULL = ("53100",)
_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})|%00")
_DISK = ("58030", "XX001", "XX002")  # I/O error, damaged data, damaged index


def open_engine(url: str, *, busy_seconds: float, pooled: bool, replica: bool) -> Engine:
    """Open the database of a libpq URL: several hosts, TLS and passwords are told as `libpq` wants it."""
    pool: dict[str, Any] = {"pool_size": 8, "pool_pre_ping": True} if pooled else {"poolclass": NullPool}
    if replica:
        pool["pool_recycle"] = _RECYCLE_SECONDS
    attributes = "any" if replica else "read-write"
    engine = create_engine("postgresql+psycopg://", creator=_connector(url, busy_seconds, attributes), **pool)

    def on_error(context: ExceptionContext) -> None:
        # Whether a connection of the pool still lives is only asked; if it does not, another one is opened.
        declared = None if context.is_pre_ping else _declared(engine, context.original_exception)
        if declared is not None:
            raise declared from context.original_exception

    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    event.listen(engine, "handle_error", on_error)
    return engine


def _connector(url: str, busy_seconds: float, attributes: str) -> Callable[[], psycopg.Connection]:
    told = _told(url)
    limits = {
        "statement_timeout": STATEMENT_SECONDS,
        "lock_timeout": busy_seconds,
        "idle_in_transaction_session_timeout": IDLE_SECONDS,
    }
    options = [f"-c {name}={max(1, int(seconds * 1000))}" for name, seconds in limits.items()]
    options += [f"-c {name}={value}" for name, value in _CLIENTS.items()]
    # What the URL says comes last, and counts.
    told["options"] = " ".join([*options, str(told.get("options") or "")]).strip()
    # Of several hosts the one that takes writes; a replica that is asked by mistake refuses at the door.
    parameters: dict[str, Any] = {**_NETWORK, "target_session_attrs": attributes, **told}
    return lambda: psycopg.connect(**parameters)


def _told(url: str) -> dict[str, Any]:
    """What a URL says; what is wrong in it may be the password, so no message quotes any of it."""
    if _PERCENT.search(url) and "://" in url:
        raise _wrong("a % is not followed by two hexadecimal digits")
    try:
        told = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        # What stands before the first colon or quotation mark, in whatever language libpq speaks.
        raise _wrong(re.split(r"[^\w\s%/-]", str(error), maxsplit=1)[0].strip()) from None
    # A password with one of these in it: what is left of it would be asked for as a host, and told in the answer.
    if any("@" in host[1:] for host in str(told.get("host") or "").split(",")):
        raise _wrong("there is an @ in a host")
    if "@" in str(told.get("dbname") or "") and "://" in url:
        raise _wrong("there is an @ in the name of the database")
    if not all(port.isascii() and port.isdigit() for port in str(told.get("port") or "0").split(",") if port):
        raise _wrong("a port is not a number")
    return told


def _wrong(what: str) -> Misuse:
    hint = "In a user name or a password % is written %25, @ is written %40, / is written %2F."
    return Misuse("settings.wrong", f"setting database: {what}", hint=hint)


def _on_connect(connection: psycopg.Connection, record: Any) -> None:
    found = connection.execute(
        "SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name "
        "UNION ALL SELECT 'started', pg_postmaster_start_time()::text",
        ([*DURABLE, "server_version_num"],),
    ).fetchall()
    connection.rollback()
    values: dict[str, str] = dict(found)
    if int(values["server_version_num"]) < _LEAST_VERSION:
        raise Misuse("store.database", "the database server is older than PostgreSQL 14")
    for name, good in DURABLE.items():
        if values[name] not in good:
            hint = f"Set it to {' or '.join(sorted(good))}; see docs/operate/postgresql.md."
            raise Misuse("store.database", f"the database server has {name}={values[name]}", hint=hint)
    record.info["epoch"] = values["started"]
    warnings: list[str] = record.info.setdefault("warnings", [])

    def on_notice(notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            warnings.append(notice.message_primary or "")

    connection.add_notice_handler(on_notice)
    connection.adapters.register_dumper(str, _TextDumper)


class _TextDumper(StrDumperUnknown):
    """Writes text; U+0000, which the database cannot hold, as the replacement character. What peers say may have it."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\x00", "\ufffd") if "\x00" in obj else obj)


def _on_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    driver = _driver(connection)
    level = IsolationLevel.READ_COMMITTED if writing else IsolationLevel.REPEATABLE_READ
    if driver.isolation_level is not level:
        driver.isolation_level = level
        driver.read_only = not writing
    if writing:
        require_writable(connection.engine)
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (WRITERS,))


def commit(transaction: RootTransaction, connection: Connection) -> None:
    """Commit; raise `store.unconfirmed` unless the server said plainly that it is done."""
    if _driver(connection).info.transaction_status == TransactionStatus.INERROR:
        transaction.rollback()
        raise Unavailable("store.unconfirmed", "the database has undone the transaction")
    warnings: list[str] = connection.info["warnings"]
    warnings.clear()
    try:
        transaction.commit()
    except Unavailable as error:
        if error.code == "store.unreachable":
            raise _unconfirmed("the connection was lost while it was committed") from error
        raise
    if warnings:
        # Such as: stopped waiting for the replica. It is there now, and may be gone when the replica takes over.
        raise _unconfirmed(f"the database has said: {warnings[0]}")


def copy_rows(connection: Connection, query: str, rows: Iterable[Sequence[Any]]) -> None:
    """Send rows by COPY, within the transaction of the connection."""
    try:
        with _driver(connection).cursor() as cursor, cursor.copy(query.encode()) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise _declared(connection.engine, error) or error from error


def _unconfirmed(why: str) -> Unavailable:
    hint = "Look at what the store says before you do it again."
    return Unavailable("store.unconfirmed", f"nobody knows whether it was written: {why}", hint=hint)


def _driver(connection: Connection) -> psycopg.Connection:
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101  the engine above makes no others
    return driver


def _declared(engine: Engine, error: BaseException) -> EntrepotError | None:
    """What an error of PostgreSQL means to whoever called; None for what only a bug of ours can cause."""
    if not isinstance(error, psycopg.Error):
        return None
    code = error.sqlstate or ""
    if code in _BUSY:
        return Unavailable("store.busy", "another process has been writing for too long; try again")
    if code in _FULL:
        return remember_full(engine)
    if code in _DISK:
        return remember_failed(engine, error)
    if _is_lost(error, code):
        reason = " ".join(str(error).split())
        return Unavailable("store.unreachable", f"the database does not answer: {reason}")
    return None


def _is_lost(error: psycopg.Error, code: str) -> bool:
    # 08: connection; 57P: the server stops, has crashed or is starting; 25006: it is a replica; 28, 3D: refused at the door.
    return (
        code[:2] in ("08", "28", "3D")
        or code[:3] == "57P"
        or code == "25006"
        or (isinstance(error, psycopg.OperationalError) and not code)
    )
