"""Reading records on SQLAlchemy Core, and what became of them here; what it promises stands in `interface`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Engine,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
)

from entrepot_node.storage import rows
from entrepot_node.storage.asked import Asked
from entrepot_node.storage.engine import reading
from entrepot_node.storage.reading import LAST, ChangeRow, Position, VersionRow
from entrepot_node.storage.resigned import resigned_changes
from entrepot_node.storage.shown import SHOWN
from entrepot_node.storage.tables import changes, entries, feeds, hidings, subjects, versions
from entrepot_sync.entry import KEYS
from entrepot_sync.feed_store import Status

_POSITION = tuple_(versions.c.feed_id, versions.c.idx)


class SqlRecords:
    """The questions of those who read records, as a part of a store."""

    _engine: Engine

    def versions(self, subject: str) -> list[VersionRow]:
        query = rows.select_versions().where(versions.c.subject == subject)
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(versions.c.feed_id, versions.c.idx.desc())).all()
        return [rows.version_row(row) for row in found]

    def history(
        self, subject: str, *, before: Position = LAST, limit: int, with_content: bool = False
    ) -> list[tuple[Position, VersionRow]]:
        asked = _HISTORY[with_content]
        found = asked.rows(self._engine, subject=subject, before_feed=before[0], before=before[1], most=limit)
        return [((row.feed_id, row.idx), rows.version_row(row)) for row in found]

    def version(self, subject: str, revision: int, *, feed_name: str = "") -> VersionRow | None:
        found = _REVISIONS.rows(self._engine, subject=subject, revision=revision)
        fitting = [row for row in found if feed_name in ("", row.name)]
        return rows.version_row(fitting[0]) if fitting else None

    def live_records(
        self, *, after: Position, limit: int, type: str = "", origin: str = ""
    ) -> list[tuple[Position, VersionRow]]:
        query = _live_stored().where(tuple_(*after) < _POSITION).limit(limit)
        if type:
            query = query.where(subjects.c.type == type)
        if origin:
            query = query.where(feeds.c.origin == origin)
        return self._placed(query)

    def refused(self, *, before: Position = LAST, limit: int) -> list[tuple[Position, VersionRow]]:
        return self._placed(_backwards(rows.select_versions().where(_live_refused()), before).limit(limit))

    def refusals(self) -> dict[str, int]:
        query = select(versions.c.code, func.count()).join(subjects, rows.same_subject())
        query = query.join(feeds, feeds.c.id == versions.c.feed_id).where(_live_refused())
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(versions.c.code))}

    def state(self) -> str:
        # Feeds only go, or come with a higher id: with the same number and the same highest id they are the same.
        # What is hidden only ends, or comes with a higher number.
        query = select(
            select(func.max(changes.c.seq)).scalar_subquery(),
            select(func.count()).select_from(feeds).scalar_subquery(),
            select(func.max(feeds.c.id)).scalar_subquery(),
            select(func.max(hidings.c.seq)).scalar_subquery(),
            select(func.count(hidings.c.ended_at)).scalar_subquery(),
        )
        with reading(self._engine) as connection:
            return ".".join(str(number or 0) for number in connection.execute(query).one())

    def last_change(self) -> int:
        with reading(self._engine) as connection:
            last = connection.scalar(select(func.max(changes.c.seq)))
        return -1 if last is None else last

    def _placed(self, query: Select[Any]) -> list[tuple[Position, VersionRow]]:
        with reading(self._engine) as connection:
            return [((row.feed_id, row.idx), rows.version_row(row)) for row in connection.execute(query)]

    def changes(self, *, after: int, limit: int) -> list[ChangeRow]:
        query = (
            select(changes, feeds.c.name, feeds.c.origin, entries.c.raw, versions.c.status)
            .join(feeds, feeds.c.id == changes.c.feed_id)
            .join(entries, and_(entries.c.feed_id == changes.c.feed_id, entries.c.idx == changes.c.idx))
            .outerjoin(
                versions, and_(versions.c.feed_id == changes.c.feed_id, versions.c.idx == changes.c.idx)
            )
            .where(changes.c.seq > after, or_(versions.c.idx.is_(None), SHOWN))
            .order_by(changes.c.seq)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            found = connection.execute(query).all()
            resigned = resigned_changes(connection, found)
        return [
            ChangeRow(
                row.seq,
                row.name,
                row.origin,
                row.idx,
                row.raw,
                Status(row.status) if row.status else None,
                resigned=row.seq in resigned,
            )
            for row in found
        ]


def _live_refused() -> Any:
    live = and_(subjects.c.live_index == versions.c.idx, subjects.c.type != KEYS, not_(feeds.c.superseded))
    # Written out and not bound: an index of some rows serves only questions that name them.
    return and_(live, SHOWN, versions.c.status == literal_column(f"'{Status.REFUSED.value}'"))


def _backwards(query: Select[Any], before: Position) -> Select[Any]:
    ordered = query.where(tuple_(*before) > _POSITION)
    return ordered.order_by(versions.c.feed_id.desc(), versions.c.idx.desc())


def _history(*, with_content: bool) -> Select[Any]:
    before = tuple_(bindparam("before_feed", type_=BigInteger), bindparam("before", type_=BigInteger))
    query = rows.select_versions(with_content=with_content).where(
        versions.c.subject == bindparam("subject", type_=Text), SHOWN, before > _POSITION
    )
    ordered = query.order_by(versions.c.feed_id.desc(), versions.c.idx.desc())
    return ordered.limit(bindparam("most", type_=Integer))


_HISTORY = {
    True: Asked(lambda: _history(with_content=True)),
    False: Asked(lambda: _history(with_content=False)),
}
_REVISIONS = Asked(
    lambda: (
        rows.select_versions()
        .where(
            versions.c.subject == bindparam("subject", type_=Text),
            versions.c.revision == bindparam("revision", type_=BigInteger),
            SHOWN,
        )
        .order_by(versions.c.feed_id.desc(), versions.c.idx.desc())
    )
)


def _live_stored() -> Any:
    return (
        rows.select_versions()
        .where(subjects.c.live_index == versions.c.idx, subjects.c.type != KEYS, not_(feeds.c.superseded))
        .where(versions.c.status == Status.STORED.value, SHOWN)
        .order_by(versions.c.feed_id, versions.c.idx)
    )
