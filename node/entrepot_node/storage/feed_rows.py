"""Rows of `feeds`: how a feed starts, takes the place of a lower one, and comes to longer key logs (SIG-49, SIG-65)."""

from __future__ import annotations

from sqlalchemy import Connection, Select, and_, insert, not_, select, update
from sqlalchemy.exc import IntegrityError

from entrepot_node.storage.append import append_chunk
from entrepot_node.storage.interface import KeyChange
from entrepot_node.storage.tables import feeds
from entrepot_schema.errors import Conflict
from entrepot_schema.key_log import KeyLog
from entrepot_schema.origin import parse_feed_name
from entrepot_sync.merkle import EMPTY_ROOT


def start_feed(connection: Connection, name: str, key_log: KeyLog, *, own: bool, now: float) -> int:
    """Insert a feed of size 0, and make history of the lower ones of its origin; return its id."""
    others = connection.execute(
        select(feeds.c.id, feeds.c.name).where(feeds.c.origin == key_log.origin)
    ).all()
    number = parse_feed_name(name).number
    values = {
        "name": name,
        "origin": key_log.origin,
        "own": own,
        "scid": key_log.scid,
        "key_log": key_log.to_bytes(),
        "size": 0,
        "frontier": b"",
        "head_size": 0,
        "head_root": EMPTY_ROOT,
        "head_note": b"",
        "head_at": now,
        "state": "live",
        "state_code": "",
        "state_text": "",
        "superseded": any(parse_feed_name(other.name).number > number for other in others),
    }
    try:
        feed_id: int = connection.execute(insert(feeds).values(values).returning(feeds.c.id)).scalar_one()
    except IntegrityError as error:
        raise Conflict("store.feed-exists", f"the feed {name} is there already") from error
    lower = [other.id for other in others if parse_feed_name(other.name).number < number]
    if lower:
        connection.execute(update(feeds).where(feeds.c.id.in_(lower)).values(superseded=True))
    return feed_id


def swap_key_log(connection: Connection, feed_id: int, old: KeyLog, new: KeyLog) -> None:
    """Replace the key log of a feed; `Conflict` if it is no longer `old`."""
    unchanged = and_(feeds.c.id == feed_id, feeds.c.key_log == old.to_bytes())
    done = connection.execute(update(feeds).where(unchanged).values(key_log=new.to_bytes()))
    if done.rowcount != 1:
        raise Conflict("store.moved", "the pinned key log has changed meanwhile")


def write_key_change(connection: Connection, change: KeyChange, *, now: float) -> None:
    """Write key log, entries and contents of a change of our keys within the caller's transaction."""
    row = connection.execute(
        select(feeds.c.name, feeds.c.superseded).where(feeds.c.id == change.feed_id)
    ).one()
    if row.superseded:
        raise Conflict("store.moved", f"{row.name} is not our live feed any more")
    extended = change.new if change.new.scid == change.old.scid else change.old
    swap_key_log(connection, change.feed_id, change.old, extended)
    feed_id = change.feed_id
    if change.feed_name != row.name:
        feed_id = start_feed(connection, change.feed_name, change.new, own=True, now=now)
    append_chunk(connection, feed_id, change.chunk, now=now)


def history_of(feed_id: int, origin: str) -> Select[tuple[int]]:
    """Select the other feeds of an origin that are not ours."""
    return select(feeds.c.id).where(feeds.c.origin == origin, feeds.c.id != feed_id, not_(feeds.c.own))
