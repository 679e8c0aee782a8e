"""Hiding on SQLAlchemy Core; what it promises stands in `hiding`, what is shown in `shown`.

A row is one decision of the operator and stays when it ends: so the state of the store never comes back.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Engine, Join, and_, insert, literal, not_, select, update

from entrepot_node.storage.engine import reading, writing
from entrepot_node.storage.hiding import HiddenRow
from entrepot_node.storage.rows import same_subject
from entrepot_node.storage.shown import HIDDEN
from entrepot_node.storage.tables import changes, feeds, hidings, subjects, versions
from entrepot_schema.errors import Misuse
from entrepot_sync.entry import KEYS
from entrepot_sync.feed_store import Status


class SqlHiding:
    """The table of what is hidden, as a part of a store."""

    _engine: Engine

    def hide(self, name: str, reason: str, *, now: float) -> None:
        with writing(self._engine) as connection:
            _require_of_others(connection, name)
            active = and_(hidings.c.name == name, hidings.c.ended_at.is_(None))
            if connection.scalar(select(hidings.c.seq).where(active)) is None:
                values = {"name": name, "reason": reason, "hidden_at": now}
                connection.execute(insert(hidings).values(values))
            elif reason:
                connection.execute(update(hidings).where(active).values(reason=reason))

    def unhide(self, name: str, *, now: float) -> bool:
        active = and_(hidings.c.name == name, hidings.c.ended_at.is_(None))
        live = and_(
            subjects.c.live_index == versions.c.idx, subjects.c.type != KEYS, not_(feeds.c.superseded)
        )
        again = (
            select(versions.c.feed_id, versions.c.idx)
            .select_from(_of_subjects())
            .where(_named(name), live)
            .where(versions.c.status == Status.STORED.value)
            .order_by(versions.c.feed_id, versions.c.idx)
        )
        with writing(self._engine) as connection:
            if not connection.execute(update(hidings).where(active).values(ended_at=now)).rowcount:
                return False
            # Who keeps a copy by the list of changes has read past them.
            connection.execute(insert(changes).from_select(["feed_id", "idx"], again))
        return True

    def hidden(self) -> list[HiddenRow]:
        stored = select(literal(1)).select_from(_of_subjects()).where(versions.c.subject == hidings.c.name)
        stored = stored.where(subjects.c.live_index == versions.c.idx, not_(feeds.c.superseded))
        held = stored.where(versions.c.status == Status.STORED.value).exists()
        columns = (hidings.c.name, hidings.c.reason, hidings.c.hidden_at, held.label("held"))
        query = select(*columns).where(hidings.c.ended_at.is_(None)).order_by(hidings.c.name)
        with reading(self._engine) as connection:
            return [HiddenRow(row[0], row[1], row[2], bool(row[3])) for row in connection.execute(query)]

    def is_hidden(self, subject: str) -> bool:
        query = (
            select(versions.c.idx).select_from(_of_subjects()).where(versions.c.subject == subject, HIDDEN)
        )
        with reading(self._engine) as connection:
            return connection.execute(query.limit(1)).first() is not None


def _of_subjects() -> Join:
    return subjects.join(versions, same_subject()).join(feeds, feeds.c.id == subjects.c.feed_id)


def _named(name: str) -> ColumnElement[bool]:
    return versions.c.subject == name if "/" in name else feeds.c.origin == name


def _require_of_others(connection: Connection, name: str) -> None:
    """Raise for what is our own, and for what nothing here is called: most likely a slip of the pen."""
    query = select(feeds.c.own).select_from(feeds.outerjoin(versions, versions.c.feed_id == feeds.c.id))
    found = connection.execute(query.where(_named(name)).limit(1)).first()
    if found is None:
        hint = "Name an origin that is followed, or the whole id of one of its records: https://…/id/…"
        raise Misuse("hide.unknown", f"nothing of {name} is held here", hint=hint)
    if found.own:
        hint = "Take it back with `entrepot withdraw`: then it is erased at all peers too."
        raise Misuse("hide.own", f"{name} is our own, and peers would go on showing it", hint=hint)
