"""Database rows as the typed rows of the contract."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, null, select

from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.reading import VersionRow
from entrepot_node.storage.tables import feeds, follows, subjects, versions
from entrepot_schema.key_log import KeyLog, parse_key_log
from entrepot_sync.feed_store import FeedRow, Head, Status
from entrepot_sync.merkle import Frontier

_key_logs: dict[bytes, KeyLog] = {}
_MAX_KEY_LOGS = 2_000


def feed_row(row: Row[Any]) -> FeedRow:
    """Read a row of `feeds`."""
    return FeedRow(
        id=row.id,
        name=row.name,
        origin=row.origin,
        own=row.own,
        key_log=_key_log(row.key_log),
        frontier=Frontier.from_bytes(row.size, row.frontier),
        head=Head(row.head_size, row.head_root, row.head_note),
        head_at=row.head_at,
        state=row.state,
        state_code=row.state_code,
        state_text=row.state_text,
        superseded=row.superseded,
    )


def _key_log(raw: bytes) -> KeyLog:
    # Verifying a key log costs milliseconds and its bytes say all; pages read feeds often.
    if raw not in _key_logs:
        if len(_key_logs) >= _MAX_KEY_LOGS:
            _key_logs.clear()
        _key_logs[raw] = parse_key_log(raw)
    return _key_logs[raw]


@cache
def select_follows() -> Select[Any]:
    """Follows with the names of their feeds, by origin; written once, as it is asked every second."""
    query = select(follows, feeds.c.name, feeds.c.origin, feeds.c.scid)
    return query.join(feeds, feeds.c.id == follows.c.feed_id).order_by(feeds.c.origin, feeds.c.name)


def follow_row(row: Row[Any]) -> FollowRow:
    """Read a row of `select_follows`."""
    return FollowRow(
        feed_id=row.feed_id,
        feed_name=row.name,
        origin=row.origin,
        scid=row.scid,
        base_url=row.base_url,
        allow_private=row.allow_private,
        paused=row.paused,
        growth_limit=row.growth_limit,
        added_at=row.added_at,
        etag=row.etag,
        next_at=row.next_at,
        failures=row.failures,
        attempt_at=row.attempt_at,
        success_at=row.success_at,
        last_code=row.last_code,
        last_text=row.last_text,
        mirror=row.mirror,
        source=row.source,
        source_at=row.source_at,
        grown_from=row.grown_from,
        lease_owner=row.lease_owner,
        lease_until=row.lease_until,
    )


def select_versions(*, with_content: bool = True) -> Select[Any]:
    """Versions with their subject's type and state, and the names of their feed; without content `raw` is null."""
    columns = [column for column in versions.c if with_content or column is not versions.c.raw]
    return (
        select(
            *columns,
            *(() if with_content else (null().label("raw"),)),
            subjects.c.type,
            subjects.c.live_index,
            subjects.c.withdrawn_at,
            feeds.c.name,
            feeds.c.origin,
            feeds.c.superseded,
        )
        .join(subjects, same_subject())
        .join(feeds, feeds.c.id == versions.c.feed_id)
    )


def version_row(row: Row[Any]) -> VersionRow:
    """Read a row of `select_versions`."""
    return VersionRow(
        feed_name=row.name,
        origin=row.origin,
        index=row.idx,
        subject=row.subject,
        type=row.type,
        revision=row.revision,
        digest=row.digest,
        status=Status(row.status),
        raw=row.raw,
        code=row.code,
        pointer=row.pointer,
        live=row.live_index == row.idx and not row.superseded,
        withdrawn=row.withdrawn_at is not None and row.idx < row.withdrawn_at,
    )


def same_subject() -> ColumnElement[bool]:
    """Joins a version with its subject in the same feed."""
    return and_(subjects.c.feed_id == versions.c.feed_id, subjects.c.subject == versions.c.subject)
