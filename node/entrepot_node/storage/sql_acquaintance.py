"""Who said hello, who may be pushed to, whom peers know, on SQLAlchemy Core; what it promises stands in `acquaintance`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Engine, Table, and_, delete, func, insert, not_, select, update

from entrepot_node.storage.acquaintance import (
    FollowerRow,
    GreetingRow,
    HelloRow,
    KnownNode,
    ListReading,
    RivalRow,
)
from entrepot_node.storage.dialect import upsert
from entrepot_node.storage.engine import reading, writing
from entrepot_node.storage.tables import (
    feeds,
    followers,
    greetings,
    hellos,
    known_nodes,
    list_readings,
    rivals,
)
from entrepot_sync.peer_list import ListedNode

_Row = HelloRow | FollowerRow | RivalRow | GreetingRow | ListReading


class SqlAcquaintance:
    """The tables about nodes that are not followed, as a part of a store."""

    _engine: Engine

    def hello(self, origin: str) -> HelloRow | None:
        query = select(*_columns(hellos, HelloRow)).where(hellos.c.origin == origin)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return HelloRow(*row) if row else None

    def hellos(self) -> list[HelloRow]:
        query = select(*_columns(hellos, HelloRow)).order_by(hellos.c.origin)
        with reading(self._engine) as connection:
            return [HelloRow(*row) for row in connection.execute(query)]

    def put_hello(self, hello: HelloRow, *, most: int, since: float) -> bool:
        with writing(self._engine) as connection:
            connection.execute(delete(hellos).where(not_(hellos.c.refused), hellos.c.received_at < since))
            others = select(func.count()).where(not_(hellos.c.refused), hellos.c.origin != hello.origin)
            if not hello.refused and (connection.scalar(others) or 0) >= most:
                return False
            _put(connection, hellos, hello)
            kept = select(hellos.c.origin).where(hellos.c.refused)
            kept = kept.order_by(hellos.c.received_at.desc()).limit(most)
            connection.execute(delete(hellos).where(hellos.c.refused, hellos.c.origin.not_in(kept)))
            # Only a name that is held by somebody can have a rival.
            named = [rivals.c.origin.not_in(select(table.c.origin)) for table in (hellos, followers, feeds)]
            connection.execute(delete(rivals).where(*named))
        return True

    def count_hellos(self, *, since: float) -> int:
        query = select(func.count()).where(not_(hellos.c.refused), hellos.c.received_at >= since)
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def remove_hello(self, origin: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(delete(hellos).where(hellos.c.origin == origin))
            connection.execute(delete(rivals).where(rivals.c.origin == origin))

    def followers(self) -> list[FollowerRow]:
        query = select(*_columns(followers, FollowerRow)).order_by(followers.c.origin)
        with reading(self._engine) as connection:
            return [FollowerRow(*row) for row in connection.execute(query)]

    def put_follower(self, follower: FollowerRow) -> None:
        with writing(self._engine) as connection:
            _put(connection, followers, follower)
            connection.execute(delete(hellos).where(hellos.c.origin == follower.origin))

    def note_follower(self, follower: FollowerRow) -> None:
        same = and_(
            followers.c.origin == follower.origin,
            followers.c.scid == follower.scid,
            followers.c.base_url == follower.base_url,
        )
        with writing(self._engine) as connection:
            connection.execute(update(followers).where(same).values(_values(follower)))

    def remove_follower(self, origin: str) -> bool:
        with writing(self._engine) as connection:
            return connection.execute(delete(followers).where(followers.c.origin == origin)).rowcount == 1

    def rivals(self) -> list[RivalRow]:
        query = select(*_columns(rivals, RivalRow)).order_by(rivals.c.origin)
        with reading(self._engine) as connection:
            return [RivalRow(*row) for row in connection.execute(query)]

    def put_rival(self, rival: RivalRow) -> None:
        with writing(self._engine) as connection:
            _put(connection, rivals, rival)

    def greetings(self) -> list[GreetingRow]:
        query = select(*_columns(greetings, GreetingRow)).order_by(greetings.c.origin)
        with reading(self._engine) as connection:
            return [GreetingRow(*row) for row in connection.execute(query)]

    def put_greeting(self, greeting: GreetingRow) -> None:
        with writing(self._engine) as connection:
            _put(connection, greetings, greeting)

    def known_nodes(self, *, after: int = 0, limit: int) -> list[KnownNode]:
        held = select(feeds.c.origin)
        query = select(*_columns(known_nodes, KnownNode)).where(
            known_nodes.c.place > after, known_nodes.c.origin.not_in(held)
        )
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(known_nodes.c.place).limit(limit)).all()
        return [KnownNode(*row) for row in found]

    def put_known_nodes(self, through: str, nodes: Sequence[ListedNode]) -> None:
        here = known_nodes.c.through == through
        with writing(self._engine) as connection:
            held = {row.origin: row for row in connection.execute(select(known_nodes).where(here)).all()}
            for origin in held.keys() - {node.origin for node in nodes}:
                connection.execute(delete(known_nodes).where(here, known_nodes.c.origin == origin))
            for node in nodes:
                values = {"scid": node.scid, "base_url": node.base_url}
                row = held.get(node.origin)
                if row is None:
                    fresh = {"origin": node.origin, "through": through, **values}
                    connection.execute(insert(known_nodes).values(fresh))
                elif (row.scid, row.base_url) != (node.scid, node.base_url):
                    changed = update(known_nodes).where(known_nodes.c.place == row.place)
                    connection.execute(changed.values(values))

    def list_readings(self) -> list[ListReading]:
        query = select(*_columns(list_readings, ListReading)).order_by(list_readings.c.through)
        with reading(self._engine) as connection:
            return [ListReading(*row) for row in connection.execute(query)]

    def put_list_reading(self, outcome: ListReading) -> None:
        with writing(self._engine) as connection:
            _put(connection, list_readings, outcome)


def forget_acquaintance(connection: Connection, origin: str) -> None:
    """Drop what a peer that is not followed any more has said, and what was said to it."""
    connection.execute(delete(greetings).where(greetings.c.origin == origin))
    connection.execute(delete(known_nodes).where(known_nodes.c.through == origin))
    connection.execute(delete(list_readings).where(list_readings.c.through == origin))


def _columns(table: Table, row: type) -> list[Column[Any]]:
    return [table.c[name] for name in row.__slots__]  # type: ignore[attr-defined]  # all rows have slots


def _values(row: _Row) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__slots__}


def _put(connection: Connection, table: Table, row: _Row) -> None:
    values = _values(row)
    upsert(connection, table, values, update=values)
