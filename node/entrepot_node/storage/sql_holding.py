"""What a mass withdrawal took away and is not deleted yet, and how much pulls have withdrawn, on SQLAlchemy Core (FED-31)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    delete,
    func,
    insert,
    literal,
    not_,
    select,
    true,
)

from entrepot_node.storage.engine import reading, writing
from entrepot_node.storage.erasing import note_erased
from entrepot_node.storage.tables import follows, held_contents, subjects, turnovers, versions
from entrepot_node.storage.volume import add_volume
from entrepot_sync.brake import DAY_SECONDS
from entrepot_sync.entry import KEYS, PUBLISH, WITHDRAW, Decision
from entrepot_sync.feed_store import Held, Turnover


class SqlHolding:
    """The part of a store that is about the brake."""

    _engine: Engine

    def live_subjects(self, feed_id: int) -> int:
        live = and_(subjects.c.feed_id == feed_id, subjects.c.live_index.is_not(None))
        query = select(func.count()).select_from(subjects).where(live, subjects.c.type != KEYS)
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def held(self, feed_id: int) -> Held:
        return self._held(held_contents.c.feed_id == feed_id).get(feed_id, Held(0, None))

    def turnover(self, feed_id: int, *, since: float) -> Turnover:
        columns = (func.sum(turnovers.c.withdrawn), func.sum(turnovers.c.appeared))
        chosen = and_(turnovers.c.feed_id == feed_id, _in_day(since))
        with reading(self._engine) as connection:
            withdrawn, appeared = connection.execute(select(*columns).where(chosen)).one()
            followed = connection.scalar(select(follows.c.added_at).where(follows.c.feed_id == feed_id))
        young = followed is not None and followed > since
        return Turnover(int(withdrawn or 0), 0 if young else int(appeared or 0))

    def held_by_feed(self) -> dict[int, Held]:
        return self._held(true())

    def _held(self, chosen: ColumnElement[bool]) -> dict[int, Held]:
        same = and_(versions.c.feed_id == held_contents.c.feed_id, versions.c.idx == held_contents.c.idx)
        columns = (func.count(versions.c.subject.distinct()), func.min(held_contents.c.due_at))
        query = select(held_contents.c.feed_id, *columns).select_from(held_contents.join(versions, same))
        with reading(self._engine) as connection:
            found = connection.execute(query.where(chosen).group_by(held_contents.c.feed_id)).all()
        return {row[0]: Held(row[1], row[2]) for row in found}

    def held_contents(self, feed_id: int) -> list[bytes]:
        query = select(held_contents.c.raw).where(held_contents.c.feed_id == feed_id)
        with reading(self._engine) as connection:
            return list(connection.scalars(query.order_by(held_contents.c.idx)))

    def erase_held(self, *, due: float | None = None, feed_id: int | None = None) -> int:
        chosen = held_contents.c.feed_id == feed_id if due is None else held_contents.c.due_at <= due
        with reading(self._engine) as connection:
            if not connection.scalar(select(func.count()).select_from(held_contents).where(chosen)):
                return 0
        volumes = select(held_contents.c.feed_id, func.sum(func.length(held_contents.c.raw))).where(chosen)
        with writing(self._engine) as connection:
            for one, volume in connection.execute(volumes.group_by(held_contents.c.feed_id)).all():
                add_volume(connection, one, -volume)
            erased = connection.execute(delete(held_contents).where(chosen)).rowcount
            note_erased(connection, ("held_contents",))
        self._forget()
        return erased

    def _forget(self) -> None:
        raise NotImplementedError


def count_turnover(
    connection: Connection, feed_id: int, effective: Iterable[Decision], *, now: float
) -> None:
    """Note how many subjects a chunk takes from view and how many it brings; forget what is older than a day."""
    withdrawn = appeared = 0
    for decision in effective:
        entry, after = decision.entry, decision.after
        if entry is None or after is None:
            continue
        withdrawn += entry.op == WITHDRAW
        appeared += entry.op == PUBLISH and entry.prev in (None, after.withdrawn_at)
    if withdrawn or appeared:
        past = and_(turnovers.c.feed_id == feed_id, not_(_in_day(now - DAY_SECONDS)))
        connection.execute(delete(turnovers).where(past))
        row = {"feed_id": feed_id, "pulled_at": now, "withdrawn": withdrawn, "appeared": appeared}
        connection.execute(insert(turnovers).values(row))


def _in_day(since: float) -> ColumnElement[bool]:
    """The day from a time on, and one more: a clock that is set back a little loses nothing, one that was far ahead ends."""
    return and_(turnovers.c.pulled_at > since, turnovers.c.pulled_at <= since + 2 * DAY_SECONDS)


def set_aside(connection: Connection, covered: ColumnElement[bool], *, due_at: float) -> None:
    """Copy the bytes of versions that are about to be erased to where nothing is served, shown or searched."""
    rows = select(versions.c.feed_id, versions.c.idx, versions.c.raw, literal(due_at))
    rows = rows.where(covered, versions.c.raw.is_not(None))
    connection.execute(insert(held_contents).from_select(["feed_id", "idx", "raw", "due_at"], rows))
