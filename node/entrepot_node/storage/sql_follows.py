"""Follows on SQLAlchemy Core: where feeds are fetched, who pulls them, how that went; what they promise stands in `interface`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Engine, and_, case, delete, or_, select, update

from entrepot_node.storage import rows
from entrepot_node.storage.dialect import upsert
from entrepot_node.storage.engine import reading, writing
from entrepot_node.storage.erasing import note_all_erased
from entrepot_node.storage.feed_rows import history_of, start_feed
from entrepot_node.storage.follows import THROTTLED, FollowRow, PullOutcome
from entrepot_node.storage.search_index import erase_feed
from entrepot_node.storage.sql_vouching import forget_peer
from entrepot_node.storage.tables import (
    changes,
    entries,
    evidence,
    feeds,
    follows,
    held_contents,
    subjects,
    tiles,
    turnovers,
    versions,
)
from entrepot_schema.errors import Conflict, Misuse
from entrepot_schema.key_log import KeyLog
from entrepot_sync.feed_store import FeedRow

_OF_ONE_FEED = (
    follows,
    held_contents,
    turnovers,
    entries,
    tiles,
    subjects,
    versions,
    changes,
    evidence,
)
GROWTH_SECONDS = 86_400.0
"""The time in which a feed may grow by the limit of its follow."""


class SqlFollows:
    """The table of follows, as a part of a store."""

    _engine: Engine

    if TYPE_CHECKING:  # what the whole store brings

        def _existing(self, name: str) -> FeedRow: ...

        def _forget(self) -> None: ...

    def add_follow(
        self,
        feed_id: int,
        base_url: str,
        *,
        allow_private: bool,
        growth_limit: int,
        now: float,
        mirror: bool = False,
    ) -> None:
        where = {
            "base_url": base_url,
            "allow_private": allow_private,
            "growth_limit": growth_limit,
            "mirror": mirror,
        }
        fresh = {"paused": False, "etag": "", "next_at": now, "failures": 0, "last_code": "", "last_text": ""}
        # Who follows again has looked at the feed: its growth counts from now.
        fresh |= {"source": "", "source_at": None, "grown_since": 0.0}
        values = {
            **where,
            **fresh,
            "feed_id": feed_id,
            "added_at": now,
            "lease_owner": "",
            "lease_until": 0.0,
        }
        with writing(self._engine) as connection:
            upsert(connection, follows, values, update={**where, **fresh})

    def remove_follow(self, feed_id: int) -> None:
        with writing(self._engine) as connection:
            feed = connection.execute(
                select(feeds.c.own, feeds.c.origin).where(feeds.c.id == feed_id)
            ).first()
            if feed is not None and feed.own:
                raise Misuse("store.own-feed", "this is our own feed; it cannot be removed")
            origin = feed.origin if feed is not None else ""
            for one in [feed_id, *connection.scalars(history_of(feed_id, origin))]:
                erase_feed(connection, one)
                forget_peer(connection, one, origin)
                for table in _OF_ONE_FEED:
                    connection.execute(delete(table).where(table.c.feed_id == one))
                connection.execute(delete(feeds).where(feeds.c.id == one))
            note_all_erased(connection)
        self._forget()

    def move_follow(self, feed_id: int, name: str, key_log: KeyLog, *, now: float) -> FeedRow:
        with writing(self._engine) as connection:
            new_id = start_feed(connection, name, key_log, own=False, now=now)
            fresh = {
                "feed_id": new_id,
                "etag": "",
                "next_at": now,
                "failures": 0,
                "last_code": "",
                "last_text": "",
                "grown_since": 0.0,
            }
            moved = connection.execute(update(follows).where(follows.c.feed_id == feed_id).values(fresh))
            if moved.rowcount != 1:
                raise Conflict("store.moved", "this feed is not followed any more")
        return self._existing(name)

    def follows(self) -> list[FollowRow]:
        with reading(self._engine) as connection:
            found = connection.execute(rows.select_follows()).all()
        return [rows.follow_row(row) for row in found]

    def follow(self, feed_id: int) -> FollowRow | None:
        return self._first_follow(follows.c.feed_id == feed_id)

    def follow_of(self, origin: str) -> FollowRow | None:
        return self._first_follow(feeds.c.origin == origin)

    def _first_follow(self, chosen: ColumnElement[bool]) -> FollowRow | None:
        with reading(self._engine) as connection:
            row = connection.execute(rows.select_follows().where(chosen)).first()
        return rows.follow_row(row) if row else None

    def lease_follow(self, feed_id: int, owner: str, *, now: float, until: float) -> bool:
        free = or_(follows.c.lease_until <= now, follows.c.lease_owner == owner)
        query = update(follows).where(follows.c.feed_id == feed_id, free)
        day_is_over = or_(follows.c.grown_since <= now - GROWTH_SECONDS, follows.c.grown_since > now)
        size = select(feeds.c.size).where(feeds.c.id == feed_id).scalar_subquery()
        with writing(self._engine) as connection:
            leased = connection.execute(query.values(lease_owner=owner, lease_until=until)).rowcount == 1
            if leased:
                new_day = update(follows).where(follows.c.feed_id == feed_id, day_is_over)
                connection.execute(new_day.values(grown_from=size, grown_since=now))
        return leased

    def release_follow(self, feed_id: int, owner: str) -> None:
        held = and_(follows.c.feed_id == feed_id, follows.c.lease_owner == owner)
        with writing(self._engine) as connection:
            connection.execute(update(follows).where(held).values(lease_owner="", lease_until=0.0))

    def end_pull(self, feed_id: int, owner: str, outcome: PullOutcome) -> None:
        values: dict[str, Any] = {
            "attempt_at": outcome.attempt_at,
            "next_at": outcome.next_at,
            "failures": outcome.failures,
            "last_code": outcome.code,
            "last_text": outcome.text,
            "lease_owner": "",
            "lease_until": 0.0,
        }
        if outcome.succeeded:
            # Who was woken meanwhile may have missed what it was woken for.
            woken = follows.c.woken_at > outcome.attempt_at
            values |= {
                "next_at": case((woken, outcome.attempt_at), else_=outcome.next_at),
                "success_at": outcome.attempt_at,
                "etag": outcome.etag,
                "source": "",
                "source_at": None,
            }
        elif outcome.source:
            values |= {"source": outcome.source, "source_at": outcome.attempt_at}
        held = and_(follows.c.feed_id == feed_id, follows.c.lease_owner == owner)
        with writing(self._engine) as connection:
            connection.execute(update(follows).where(held).values(values))

    def wake_follow(self, feed_id: int, *, now: float) -> None:
        wait = and_(follows.c.last_code == THROTTLED, follows.c.next_at > now)
        due = case((wait, follows.c.next_at), (follows.c.next_at > now, now), else_=follows.c.next_at)
        woken = update(follows).where(follows.c.feed_id == feed_id).values(next_at=due, woken_at=now)
        with writing(self._engine) as connection:
            connection.execute(woken)
