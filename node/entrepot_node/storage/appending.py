"""The right to append to a feed, in a PostgreSQL database: a lock of one session, in which all is written that it is for (LOG-37).

The lock goes with its session, however that ends, and so does every transaction in it. So there is no moment in which a process
commits under a lock that another has taken: where the connection is lost, nothing can be committed any more. For a SQLite file
the lock beside the log key is enough, as all its processes are on one machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, select

from entrepot_node.append_lock import take_in_time
from entrepot_node.storage.engine import is_postgresql, reading, writing, writing_with
from entrepot_node.storage.tables import feeds
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Conflict, EntrepotError, Unavailable


class AppendRights:
    """The rights that this process holds, by name of feed. Any thread may ask."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: dict[str, Connection] = {}
        self._names: dict[int, str] = {}

    @contextmanager
    def held(
        self, feed_name: str, *, wait_seconds: float, pause: Callable[[float], None] = time.sleep
    ) -> Iterator[None]:
        """Hold the right to append to a feed; raise `Conflict` when another process keeps it for too long."""
        if not is_postgresql(self._engine):
            yield
            return
        with self._engine.connect() as connection:
            _take(connection, feed_name, wait_seconds, pause)
            self._held[feed_name] = connection
            try:
                yield
            finally:
                del self._held[feed_name]
                _give_back(connection, feed_name)

    def is_awaited(self, feed_name: str) -> bool:
        """Answer whether another process waits for the right to append to a feed."""
        if not is_postgresql(self._engine):
            return False
        with reading(self._engine) as connection:
            alone = connection.exec_driver_sql("SELECT pg_try_advisory_xact_lock(%s)", (_queue(feed_name),))
            return not alone.scalar_one()

    @contextmanager
    def writing(self, feed_id: int) -> Iterator[Connection]:
        """One transaction that appends to a feed: in the session of the right to it, where this process holds that."""
        session = self._held.get(self._name(feed_id)) if self._held else None
        if session is None:
            with writing(self._engine) as connection:
                yield connection
        elif session.invalidated:
            # It would be opened anew without a word, and without the lock.
            message = "the right to append was lost with its connection; it must be taken anew"
            raise Unavailable("store.unreachable", message)
        else:
            with writing_with(session):
                yield session

    def _name(self, feed_id: int) -> str:
        if feed_id not in self._names:
            with reading(self._engine) as connection:
                name = connection.scalar(select(feeds.c.name).where(feeds.c.id == feed_id))
            if name is None:
                return ""
            self._names[feed_id] = name
        return self._names[feed_id]


def _take(
    connection: Connection, feed_name: str, wait_seconds: float, pause: Callable[[float], None]
) -> None:
    def take() -> bool:
        return _ask(connection, "SELECT pg_try_advisory_lock(%s)", _lock(feed_name))

    if take():
        return
    _ask(connection, "SELECT pg_advisory_lock_shared(%s)", _queue(feed_name))
    try:
        if take_in_time(take, wait_seconds, pause):
            return
    finally:
        _ask(connection, "SELECT pg_advisory_unlock_shared(%s)", _queue(feed_name))
    hint = "Wait for it to end. If its machine is gone, the database notices within half a minute."
    raise Conflict("publish.locked", f"another process is publishing ({feed_name})", hint=hint)


def _give_back(connection: Connection, feed_name: str) -> None:
    try:
        connection.rollback()  # after a commit that failed
        if connection.invalidated:
            return
        _ask(connection, "SELECT pg_advisory_unlock(%s)", _lock(feed_name))
    except EntrepotError:
        connection.invalidate()  # with the connection the lock is gone


def _ask(connection: Connection, question: str, number: int) -> bool:
    with connection.execution_options(writing=False).begin():
        return bool(connection.exec_driver_sql(question, (number,)).scalar_one())


def _lock(feed_name: str) -> int:
    return _number(f"append {feed_name}")


def _queue(feed_name: str) -> int:
    """A second lock, held by all who wait for the first."""
    return _number(f"wait to append {feed_name}")


def _number(name: str) -> int:
    return int.from_bytes(sha256(name.encode())[:8], "big", signed=True)
