"""Reading a log and the contents its entries commit to, on SQLAlchemy Core; what is promised stands in `interface`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Engine,
    Integer,
    LargeBinary,
    Select,
    bindparam,
    literal,
    or_,
    select,
)

from entrepot_node.storage import rows
from entrepot_node.storage.asked import Asked
from entrepot_node.storage.engine import reading
from entrepot_node.storage.reading import VersionRow
from entrepot_node.storage.tables import entries, subjects, tiles, versions
from entrepot_sync.entry import KEYS
from entrepot_sync.feed_store import Status


class SqlLog:
    """Entries, tiles and contents of a feed, as a part of a store."""

    _engine: Engine

    def entries(self, feed_id: int, begin: int, end: int) -> list[bytes]:
        return _ENTRIES.scalars(self._engine, feed=feed_id, begin=begin, end=end)

    def tile(self, feed_id: int, level: int, index: int) -> bytes:
        found = _TILE.scalars(self._engine, feed=feed_id, level=level, index=index)
        return found[0] if found else b""

    def contents(self, feed_id: int, begin: int, end: int) -> list[bytes]:
        found = _CONTENTS.scalars(self._engine, feed=feed_id, begin=begin, end=end)
        return [raw for raw in found if raw is not None]

    def live_digests(self, feed_id: int, begin: int, end: int) -> list[bytes]:
        # A content that is held has bytes; whether it has is not asked for, as that reads them.
        return _DIGESTS.scalars(self._engine, feed=feed_id, begin=begin, end=end)

    def live_places(self, feed_id: int) -> list[tuple[int, str, str]]:
        query = _live_held(literal(feed_id), versions.c.idx, versions.c.subject, versions.c.digest)
        with reading(self._engine) as connection:
            return [(index, subject, digest.hex()) for index, subject, digest in connection.execute(query)]

    def version_of(self, feed_id: int, digest: bytes) -> VersionRow | None:
        found = _VERSION.rows(self._engine, feed=feed_id, digest=digest)
        return rows.version_row(found[0]) if found else None


def _live_held(feed_id: ColumnElement[int], *columns: Any) -> Select[Any]:
    """The live records of a feed whose content is held, shown or not, in order of index."""
    return (
        select(*columns)
        .join(subjects, rows.same_subject())
        .where(versions.c.feed_id == feed_id)
        .where(subjects.c.live_index == versions.c.idx, subjects.c.type != KEYS)
        .where(or_(versions.c.status == Status.STORED.value, versions.c.status == Status.KEPT.value))
        .order_by(versions.c.idx)
    )


_FEED_ID = bindparam("feed", type_=Integer)
_RANGE = (bindparam("begin", type_=BigInteger), bindparam("end", type_=BigInteger))


def _live_between(column: ColumnElement[Any]) -> Select[Any]:
    return _live_held(_FEED_ID, column).where(versions.c.idx >= _RANGE[0], versions.c.idx < _RANGE[1])


_ENTRIES = Asked(
    lambda: (
        select(entries.c.raw)
        .where(entries.c.feed_id == _FEED_ID, entries.c.idx >= _RANGE[0], entries.c.idx < _RANGE[1])
        .order_by(entries.c.idx)
    )
)
_TILE = Asked(
    lambda: select(tiles.c.hashes).where(
        tiles.c.feed_id == _FEED_ID,
        tiles.c.level == bindparam("level", type_=Integer),
        tiles.c.n == bindparam("index", type_=BigInteger),
    )
)
_CONTENTS = Asked(lambda: _live_between(versions.c.raw))
_DIGESTS = Asked(lambda: _live_between(versions.c.digest))
_VERSION = Asked(
    lambda: rows.select_versions().where(
        versions.c.feed_id == _FEED_ID, versions.c.digest == bindparam("digest", type_=LargeBinary)
    )
)
