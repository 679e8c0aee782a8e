"""Records that were signed again, say by the next record key (SIG-52): their content has not changed.

What stood before an entry is found by the `prev` in it, or where it opens a feed by what was live in the feed before:
always by key, so that a subject with very many versions costs no more than others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from entrepot_node.storage.tables import feeds, subjects, versions
from entrepot_schema.canonical import read_canonical
from entrepot_schema.errors import Refused
from entrepot_schema.origin import parse_feed_name
from entrepot_schema.profile_check import same_profile
from entrepot_sync.entry import PUBLISH, Entry, parse_entry
from entrepot_sync.feed_store import Status

_STEP = 64  # contents of 64 KiB at most that are held in memory at once, twice

Change = tuple[Row[Any], Entry]


def resigned_changes(connection: Connection, rows: Sequence[Row[Any]]) -> set[int]:
    """The numbers of those changes that say what the version before said; rows bring seq, feed_id, idx, raw, status."""
    stored = [row for row in rows if row.status == Status.STORED.value]
    published = [(row, entry) for row in stored if (entry := parse_entry(row.raw)).op == PUBLISH]
    found: set[int] = set()
    for begin in range(0, len(published), _STEP):
        by_feed: dict[int, list[Change]] = defaultdict(list)
        for change in published[begin : begin + _STEP]:
            by_feed[change[0].feed_id].append(change)
        for feed_id, changes in by_feed.items():
            found.update(_resigned(connection, feed_id, changes))
    return found


def _resigned(connection: Connection, feed_id: int, changes: Sequence[Change]) -> Iterator[int]:
    prevs = [entry.prev for _, entry in changes if entry.prev is not None]
    firsts = [entry.subject for _, entry in changes if entry.prev is None]
    held = _contents(connection, feed_id, prevs) if prevs else {}
    lower = _live_before(connection, feed_id, firsts) if firsts else {}
    befores = {
        row.seq: lower.get(entry.subject) if entry.prev is None else held.get(entry.prev)
        for row, entry in changes
    }
    again = [row for row, _ in changes if befores[row.seq] is not None]
    contents = _contents(connection, feed_id, [row.idx for row in again]) if again else {}
    for row in again:
        if _say_the_same(befores[row.seq], contents.get(row.idx)):
            yield row.seq


def _contents(connection: Connection, feed_id: int, places: Iterable[int]) -> dict[int, bytes | None]:
    here = and_(versions.c.feed_id == feed_id, versions.c.idx.in_(places))
    return {
        row.idx: row.raw for row in connection.execute(select(versions.c.idx, versions.c.raw).where(here))
    }


def _live_before(connection: Connection, feed_id: int, names: Sequence[str]) -> dict[str, bytes | None]:
    """What was live of subjects in the next lower feed of the same origin, if there is one."""
    own = select(feeds.c.origin).where(feeds.c.id == feed_id).scalar_subquery()
    found = connection.execute(select(feeds.c.id, feeds.c.name).where(feeds.c.origin == own)).all()
    numbers = {row.id: parse_feed_name(row.name).number for row in found}
    lower = [(number, id) for id, number in numbers.items() if number < numbers[feed_id]]
    if not lower:
        return {}
    same = and_(versions.c.feed_id == subjects.c.feed_id, versions.c.idx == subjects.c.live_index)
    query = select(subjects.c.subject, versions.c.raw).join(versions, same)
    query = query.where(subjects.c.feed_id == max(lower)[1], subjects.c.subject.in_(names))
    return {row.subject: row.raw for row in connection.execute(query)}


def _say_the_same(before: bytes | None, now: bytes | None) -> bool:
    """Whether two contents are records with the same profile under the same licence."""
    if before is None or now is None:
        return False
    try:
        one, other = read_canonical(before), read_canonical(now)
        profiles = [record["credentialSubject"]["profile"] for record in (one, other)]
        return bool(one["license"] == other["license"]) and same_profile(*profiles)
    except (Refused, KeyError, TypeError):
        return False  # of a version of the standard to come
