"""Writing one chunk of a feed: the single place where a feed grows, ours and theirs (LOG-52, LOG-67)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, and_, select, update

from entrepot_node.storage.dialect import find_among, insert_rows, upsert_rows
from entrepot_node.storage.rows import same_subject
from entrepot_node.storage.search_index import add_records, erase_subjects, replace_subjects
from entrepot_node.storage.sql_holding import count_turnover, set_aside
from entrepot_node.storage.tables import changes, feeds, subjects, tiles, versions
from entrepot_node.storage.volume import BYTES, add_volume
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Conflict
from entrepot_sync.entry import KEYS, WITHDRAW, Decision, Outcome, SubjectState
from entrepot_sync.feed_store import Chunk, Content, Head, Status
from entrepot_sync.tile_growth import grow_tiles

_VERSION = ("feed_id", "idx", "subject", "revision", "digest", "status", "raw", "code", "pointer")
_MISSING = Content(Status.MISSING)


def append_chunk(connection: Connection, feed_id: int, chunk: Chunk, *, now: float) -> None:
    """Write a chunk within the caller's transaction; raise `Conflict` if the feed has moved or is gone."""
    row = connection.execute(select(feeds.c.size, feeds.c.state).where(feeds.c.id == feed_id)).first()
    if row is None:
        raise Conflict("store.moved", "the feed is not in the store any more")
    if row.state == "forked":
        raise Conflict("store.moved", "the feed was stopped meanwhile: it has signed two histories")
    size = row.size
    if size != chunk.begin:
        raise Conflict("store.moved", f"the feed has {size} entries by now, not {chunk.begin}")
    effective = [decision for decision in chunk.decisions if decision.outcome is Outcome.EFFECTIVE]
    final = {decision.after.subject: decision.after for decision in effective if decision.after}
    _insert_entries(connection, feed_id, chunk)
    _grow_tiles(connection, feed_id, chunk)
    _put_subjects(connection, feed_id, final.values())
    brought = sum(map(len, chunk.entries)) + _insert_versions(connection, feed_id, chunk, effective, final)
    erased = _erase_withdrawn(connection, feed_id, effective, hold_until=chunk.hold_until)
    if chunk.pulled_at is not None:
        count_turnover(connection, feed_id, effective, now=chunk.pulled_at)
    _index(connection, feed_id, chunk, final.values(), now=now)
    rows = [(feed_id, decision.index) for decision in effective]
    insert_rows(connection, "changes", ("feed_id", "idx"), rows)
    set_head(connection, feed_id, chunk.head, now=now)
    frontier = {"size": chunk.frontier.size, "frontier": chunk.frontier.to_bytes()}
    connection.execute(update(feeds).where(feeds.c.id == feed_id).values(frontier))
    add_volume(connection, feed_id, brought - erased)


def set_head(connection: Connection, feed_id: int, head: Head | None, *, now: float) -> None:
    """Store a believed head. The caller has compared it with the one before."""
    if head is None:
        return
    values = {"head_size": head.size, "head_root": head.root, "head_note": head.note, "head_at": now}
    connection.execute(update(feeds).where(feeds.c.id == feed_id).values(values))


def put_late_content(
    connection: Connection, feed_id: int, index: int, content: Content, *, now: float
) -> bool:
    """Store a content that was missing or kept, if its entry is still live and names it (LOG-52)."""
    live = and_(subjects.c.feed_id == feed_id, subjects.c.live_index == index)
    row = connection.execute(
        select(versions.c.digest, versions.c.status, versions.c.subject, BYTES.label("bytes"))
        .join(subjects, same_subject())
        .where(live, versions.c.idx == index)
    ).first()
    if row is None or row.status not in (Status.MISSING.value, Status.KEPT.value):
        return False
    if content.raw is not None and sha256(content.raw) != row.digest:
        return False
    values = {
        "status": content.status.value,
        "raw": content.raw,
        "code": content.code,
        "pointer": content.pointer,
    }
    here = and_(versions.c.feed_id == feed_id, versions.c.idx == index)
    connection.execute(update(versions).where(here).values(values))
    add_volume(connection, feed_id, len(content.raw or b"") - row.bytes)
    if content.status is Status.STORED and content.raw is not None:
        add_records(connection, [(feed_id, index, row.subject, content.raw)], now=now)
    connection.execute(changes.insert(), [{"feed_id": feed_id, "idx": index}])
    return True


def sweep(connection: Connection) -> int:
    """Erase every content below a withdrawal of its subject that is still there; return how many."""
    # CROSS JOIN keeps SQLite to this order: from the withdrawn subjects, by two indexes, and not through all versions.
    query = (
        "SELECT versions.feed_id, versions.idx, versions.subject, coalesce(length(versions.raw), 0) AS bytes "
        "FROM subjects CROSS JOIN versions "
        "WHERE subjects.withdrawn_at IS NOT NULL AND versions.feed_id = subjects.feed_id "
        "AND versions.subject = subjects.subject AND versions.idx < subjects.withdrawn_at "
        "AND versions.status != 'erased'"
    )
    found = connection.exec_driver_sql(query).all()
    for row in found:
        place = and_(versions.c.feed_id == row.feed_id, versions.c.idx == row.idx)
        connection.execute(update(versions).where(place).values(_erased()))
    for feed_id in {row.feed_id for row in found}:
        here = [row for row in found if row.feed_id == feed_id]
        erase_subjects(connection, feed_id, [row.subject for row in here])
        add_volume(connection, feed_id, -sum(row.bytes for row in here))
    return len(found)


def _erased() -> dict[str, object]:
    return {"raw": None, "status": Status.ERASED.value, "code": "", "pointer": ""}


def _insert_entries(connection: Connection, feed_id: int, chunk: Chunk) -> None:
    rows = [
        (feed_id, decision.index, raw, decision.code)
        for raw, decision in zip(chunk.entries, chunk.decisions, strict=True)
    ]
    insert_rows(connection, "entries", ("feed_id", "idx", "raw", "code"), rows)


def _grow_tiles(connection: Connection, feed_id: int, chunk: Chunk) -> None:
    def read_tile(level: int, index: int) -> bytes:
        place = (tiles.c.feed_id == feed_id, tiles.c.level == level, tiles.c.n == index)
        hashes: bytes = connection.execute(select(tiles.c.hashes).where(*place)).scalar_one()
        return hashes

    grown = grow_tiles(chunk.begin, chunk.leaves, read_tile)
    rows = [(feed_id, level, index, raw) for (level, index), raw in grown.items()]
    upsert_rows(connection, tiles, ("feed_id", "level", "n", "hashes"), rows, update=("hashes",))


def _put_subjects(connection: Connection, feed_id: int, states: Iterable[SubjectState]) -> None:
    new = ("last_index", "publishes", "live_index", "withdrawn_at")
    rows = [
        (feed_id, one.subject, one.type, one.last_index, one.publishes, one.live_index, one.withdrawn_at)
        for one in states
    ]
    upsert_rows(connection, subjects, ("feed_id", "subject", "type", *new), rows, update=new)


def _insert_versions(
    connection: Connection,
    feed_id: int,
    chunk: Chunk,
    effective: list[Decision],
    final: dict[str, SubjectState],
) -> int:
    """Insert what the chunk publishes; return how many bytes of contents are kept."""
    rows = []
    kept = 0
    for decision in effective:
        entry, after = decision.entry, decision.after
        if entry is None or after is None or entry.digest is None:
            continue
        withdrawn_at = final[entry.subject].withdrawn_at
        content = chunk.contents.get(decision.index, _MISSING)
        if withdrawn_at is not None and decision.index < withdrawn_at:
            content = Content(Status.ERASED)
        place = (feed_id, decision.index, entry.subject, after.publishes, entry.digest)
        rows.append((*place, content.status.value, content.raw, content.code, content.pointer))
        kept += len(content.raw or b"")
    insert_rows(connection, "versions", _VERSION, rows)
    return kept


def _erase_withdrawn(
    connection: Connection, feed_id: int, effective: list[Decision], *, hold_until: float | None
) -> int:
    """Erase what the chunk withdraws; return how many bytes of contents are not stored any more."""
    # The last withdrawal of a subject covers its earlier ones; what is erased already is not written again.
    last = {d.entry.subject: d.index for d in effective if d.entry and d.entry.op == WITHDRAW}
    erased = 0
    if hold_until is None:
        # By subject: SQLite would walk all versions of the feed for many of them.
        query = "SELECT subject, idx, length(raw) FROM versions WHERE raw IS NOT NULL AND feed_id + 0 = ? AND subject"
        found = find_among(connection, query, feed_id, list(last))
        erased = sum(size for subject, index, size in found if index < last[subject])
    for subject, index in last.items():
        covered = and_(
            versions.c.feed_id == feed_id,
            versions.c.subject == subject,
            versions.c.idx + 0 < index,  # or SQLite walks all versions of the feed below the index
            versions.c.status != Status.ERASED.value,
        )
        if hold_until is not None:
            set_aside(connection, covered, due_at=hold_until)
        connection.execute(update(versions).where(covered).values(_erased()))
    return erased


def _index(
    connection: Connection, feed_id: int, chunk: Chunk, states: Iterable[SubjectState], *, now: float
) -> None:
    """Make searching find what is live now of the subjects of a chunk, and nothing else of them."""
    withdrawn, replaced, places = [], [], []
    for state in states:
        if state.type == KEYS:
            continue
        if state.withdrawn_at is not None and state.withdrawn_at >= chunk.begin:
            withdrawn.append(state.subject)
        elif state.publishes > 1:
            replaced.append(state.subject)
        content = chunk.contents.get(state.live_index, _MISSING) if state.live_index is not None else _MISSING
        if state.live_index is not None and content.status is Status.STORED and content.raw is not None:
            places.append((feed_id, state.live_index, state.subject, content.raw))
    erase_subjects(connection, feed_id, withdrawn)
    replace_subjects(connection, feed_id, replaced)
    prepared = {index: content.prepared for index, content in chunk.contents.items() if content.prepared}
    add_records(connection, places, now=now, prepared=prepared)
