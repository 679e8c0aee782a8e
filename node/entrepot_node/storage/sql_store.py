"""The store on SQLAlchemy Core; on SQLite or PostgreSQL. What it promises stands in `interface`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

from pyroaring import BitMap
from sqlalchemy import (
    Connection,
    Engine,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    true,
    update,
)

from entrepot_node.storage import rows, search_rows
from entrepot_node.storage.answers import AnswerRow
from entrepot_node.storage.append import append_chunk, put_late_content, sweep
from entrepot_node.storage.appending import AppendRights
from entrepot_node.storage.asked import Asked
from entrepot_node.storage.dialect import find_among, upsert
from entrepot_node.storage.engine import (
    BUSY_SECONDS,
    engine_epoch,
    forget_erased,
    is_postgresql,
    open_engine,
    reading,
    writing,
)
from entrepot_node.storage.failed import require_writable, write_fault
from entrepot_node.storage.feed_rows import start_feed, swap_key_log, write_key_change
from entrepot_node.storage.interface import NODE_DOCUMENT, FeedCounts, ImportKey, KeyChange
from entrepot_node.storage.migrate import migrate
from entrepot_node.storage.reading import VersionRow
from entrepot_node.storage.search import MOST_ROWS, SearchPage, SearchQuery, Statistics
from entrepot_node.storage.searcher import Searcher
from entrepot_node.storage.sql_acquaintance import SqlAcquaintance
from entrepot_node.storage.sql_answers import SqlAnswers, write_answers
from entrepot_node.storage.sql_follows import SqlFollows
from entrepot_node.storage.sql_hiding import SqlHiding
from entrepot_node.storage.sql_holding import SqlHolding
from entrepot_node.storage.sql_leases import SqlLeases
from entrepot_node.storage.sql_log import SqlLog
from entrepot_node.storage.sql_receipts import SqlReceipts
from entrepot_node.storage.sql_records import SqlRecords
from entrepot_node.storage.sql_vouching import SqlVouching
from entrepot_node.storage.tables import (
    UNSTORED,
    documents,
    entries,
    evidence,
    feeds,
    import_keys,
    subjects,
    versions,
)
from entrepot_schema.key_log import KeyLog
from entrepot_sync.entry import KEYS, WITHDRAW, SubjectState
from entrepot_sync.feed_store import Chunk, Content, FeedRow, MissingContent, Status

_UNSTORED = text(f"versions.{UNSTORED}")


class SqlStore(
    SqlRecords,
    SqlFollows,
    SqlLeases,
    SqlLog,
    SqlVouching,
    SqlHolding,
    SqlReceipts,
    SqlHiding,
    SqlAcquaintance,
    SqlAnswers,
):
    """A store in one SQLite file, or in a PostgreSQL database."""

    def __init__(self, engine: Engine, *, now: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._now = now
        self._log_forgotten = True
        self._searcher = Searcher(engine)
        self._rights = AppendRights(engine)

    @property
    def is_near(self) -> bool:
        return not is_postgresql(self._engine)

    @classmethod
    def open(
        cls, place: Path | str, *, now: Callable[[], float] = time.time, busy_seconds: float = BUSY_SECONDS
    ) -> SqlStore:
        """Open a file, or the database of a URL; create or migrate its schema; another writer is waited for `busy_seconds`."""
        engine = open_engine(place, busy_seconds=busy_seconds)
        migrate(engine)
        return cls(engine, now=now)

    @classmethod
    def open_replica(cls, url: str, *, now: Callable[[], float] = time.time) -> SqlStore:
        """Open a replica of a database, to be read only."""
        return cls(open_engine(url, replica=True), now=now)

    def close(self) -> None:
        self._searcher.close()
        self._engine.dispose()

    def require_writable(self) -> None:
        require_writable(self._engine)

    def write_fault(self) -> str:
        return write_fault(self._engine)

    def only_appender(self, feed_name: str, *, wait_seconds: float) -> AbstractContextManager[None]:
        return self._rights.held(feed_name, wait_seconds=wait_seconds)

    def is_append_awaited(self, feed_name: str) -> bool:
        return self._rights.is_awaited(feed_name)

    def epoch(self) -> str:
        return engine_epoch(self._engine)

    # feeds

    def add_feed(self, name: str, key_log: KeyLog, *, own: bool) -> FeedRow:
        with writing(self._engine) as connection:
            start_feed(connection, name, key_log, own=own, now=self._now())
        return self._existing(name)

    def _existing(self, name: str) -> FeedRow:
        feed = self.feed(name)
        assert feed is not None  # noqa: S101  it was just committed
        return feed

    def own_feeds(self) -> list[FeedRow]:
        return [rows.feed_row(row) for row in _OWN_FEEDS.rows(self._engine)]

    def own_feed_names(self) -> list[str]:
        return [row.name for row in _OWN_FEEDS.rows(self._engine)]

    def change_keys(self, change: KeyChange) -> FeedRow:
        with self._rights.writing(change.feed_id) as connection:
            write_key_change(connection, change, now=self._now())
            _put_document(connection, NODE_DOCUMENT, change.node_document)
        return self._existing(change.feed_name)

    def feed(self, name: str) -> FeedRow | None:
        found = _FEED.rows(self._engine, name=name)
        return rows.feed_row(found[0]) if found else None

    def feeds(self) -> list[FeedRow]:
        with reading(self._engine) as connection:
            found = connection.execute(select(feeds).order_by(feeds.c.own.desc(), feeds.c.name)).all()
        return [rows.feed_row(row) for row in found]

    def set_key_log(self, feed_id: int, old: KeyLog, new: KeyLog) -> None:
        with writing(self._engine) as connection:
            swap_key_log(connection, feed_id, old, new)

    def set_state(self, feed_id: int, state: str, code: str = "", text: str = "") -> None:
        values = {"state": state, "state_code": code, "state_text": text}
        # A fork is for good: no pull that began before may take it back.
        may_change = and_(feeds.c.id == feed_id, feeds.c.state != "forked")
        with writing(self._engine) as connection:
            connection.execute(update(feeds).where(may_change).values(values))

    def volume(self, feed_id: int) -> int:
        with reading(self._engine) as connection:
            return connection.scalar(select(feeds.c.volume).where(feeds.c.id == feed_id)) or 0

    def counts(self, feed_id: int) -> FeedCounts:
        # What is stored is counted as what is live and nothing else: most are, and each would have to be looked at.
        other = select(versions.c.status, func.count()).join(subjects, rows.same_subject())
        other = other.where(versions.c.feed_id == feed_id, _UNSTORED, subjects.c.live_index == versions.c.idx)
        other = other.where(subjects.c.type != KEYS).group_by(versions.c.status)
        here = select(func.count(), func.count(subjects.c.live_index))
        here = here.where(subjects.c.feed_id == feed_id, subjects.c.type != KEYS)
        inert = select(func.count()).where(entries.c.feed_id == feed_id, entries.c.code != "")
        with reading(self._engine) as connection:
            by_status = {row[0]: row[1] for row in connection.execute(other)}
            every, live = connection.execute(here).one()
            inerts = connection.scalar(inert) or 0
        return FeedCounts(
            live=live,
            stored=live - sum(by_status.values()),
            missing=by_status.get(Status.MISSING.value, 0),
            refused=by_status.get(Status.REFUSED.value, 0),
            kept=by_status.get(Status.KEPT.value, 0),
            withdrawn=every - live,
            inert=inerts,
        )

    # the feed-store part: what deciding code needs

    def subject_states(self, feed_id: int, subjects_wanted: Iterable[str]) -> list[SubjectState]:
        query = f"SELECT {', '.join(SubjectState.__slots__)} FROM subjects WHERE feed_id = ? AND subject"  # noqa: S608  names of ours
        with reading(self._engine) as connection:
            return [
                SubjectState(*row) for row in find_among(connection, query, feed_id, list(subjects_wanted))
            ]

    def known_digests(self, feed_id: int, digests: Iterable[bytes]) -> set[bytes]:
        query = "SELECT digest FROM versions WHERE feed_id = ? AND digest"
        with reading(self._engine) as connection:
            return {bytes(row[0]) for row in find_among(connection, query, feed_id, list(digests))}

    def append(self, feed_id: int, chunk: Chunk, *, answers: Iterable[AnswerRow] = ()) -> None:
        with self._rights.writing(feed_id) as connection:
            append_chunk(connection, feed_id, chunk, now=self._now())
            write_answers(connection, answers, now=self._now())
        if any(decision.entry and decision.entry.op == WITHDRAW for decision in chunk.decisions):
            self._forget()

    def missing_contents(self, feed_id: int, *, limit: int, after: int = -1) -> list[MissingContent]:
        return [place for place, _ in self._unsettled(feed_id, Status.MISSING, limit=limit, after=after)]

    def kept_contents(
        self, feed_id: int, *, limit: int, after: int = -1
    ) -> list[tuple[MissingContent, bytes]]:
        found = self._unsettled(feed_id, Status.KEPT, limit=limit, after=after)
        return [(place, raw) for place, raw in found if raw is not None]

    def _unsettled(
        self, feed_id: int, status: Status, *, limit: int, after: int
    ) -> list[tuple[MissingContent, bytes | None]]:
        query = _unsettled_contents()
        wanted = {"feed": feed_id, "status": status.value, "after": after, "most": limit}
        with reading(self._engine) as connection:
            return [(MissingContent(*row[:5]), row.content) for row in connection.execute(query, wanted)]

    def put_content(self, feed_id: int, index: int, content: Content) -> bool:
        with writing(self._engine) as connection:
            return put_late_content(connection, feed_id, index, content, now=self._now())

    # searching

    def search(self, query: SearchQuery, *, now: float) -> SearchPage:
        return self._searcher.search(query, now=now)

    def stream(self, query: SearchQuery, *, now: float) -> Iterator[bytes]:
        return self._searcher.stream(query, now=now)

    def shown_documents(self, *, now: float) -> BitMap:
        return self._searcher.documents(now=now)

    def document_records(self, docs: Sequence[int]) -> list[tuple[int, bytes]]:
        with reading(self._engine) as connection:
            return search_rows.document_records(connection, docs)

    def warm_up(self, *, now: float) -> None:
        self._searcher.warm_up(now=now)

    def by_identifier(
        self, scheme: str, identifier: str, *, after: int = -1, limit: int = MOST_ROWS
    ) -> list[tuple[int, VersionRow]]:
        with reading(self._engine) as connection:
            return search_rows.identified(connection, scheme, identifier, after, limit)

    def relations_of(
        self, subject: str, *, other: str = "", after: int = -1, limit: int = MOST_ROWS
    ) -> list[tuple[int, VersionRow]]:
        with reading(self._engine) as connection:
            return search_rows.related(connection, subject, other, after, limit)

    def relation_edges(self, *, after: int, limit: int) -> list[tuple[int, VersionRow]]:
        with reading(self._engine) as connection:
            return search_rows.relation_page(connection, after, limit)

    def statistics(self, *, now: float) -> Statistics:
        return self._searcher.statistics(now=now)

    # the rest

    def add_evidence(self, feed_id: int, raw: bytes, *, now: float) -> None:
        here = and_(evidence.c.feed_id == feed_id, evidence.c.raw == raw)
        with writing(self._engine) as connection:
            if connection.scalar(select(evidence.c.id).where(here)) is None:
                connection.execute(insert(evidence).values(feed_id=feed_id, raw=raw, found_at=now))

    def evidence(self, feed_id: int) -> list[bytes]:
        query = select(evidence.c.raw).where(evidence.c.feed_id == feed_id).order_by(evidence.c.id)
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def document(self, name: str) -> bytes | None:
        with reading(self._engine) as connection:
            return connection.scalar(select(documents.c.raw).where(documents.c.name == name))

    def put_document(self, name: str, raw: bytes) -> None:
        with writing(self._engine) as connection:
            _put_document(connection, name, raw)

    def remove_document(self, name: str, raw: bytes | None = None) -> None:
        there = and_(documents.c.name == name, true() if raw is None else documents.c.raw == raw)
        with writing(self._engine) as connection:
            connection.execute(delete(documents).where(there))

    def import_keys(self, list_name: str) -> dict[str, ImportKey]:
        query = select(import_keys.c.key, import_keys.c.subject, import_keys.c.content_hash)
        with reading(self._engine) as connection:
            found = connection.execute(query.where(import_keys.c.list == list_name)).all()
        return {row.key: ImportKey(row.key, row.subject, row.content_hash) for row in found}

    def put_import_keys(self, list_name: str, keys: Iterable[ImportKey]) -> None:
        values = [
            {"list": list_name, "key": key.key, "subject": key.subject, "content_hash": key.content_hash}
            for key in keys
        ]
        if values:
            with writing(self._engine) as connection:
                upsert(connection, import_keys, values, update=("subject", "content_hash"))

    def sweep_withdrawn(self) -> int:
        with writing(self._engine) as connection:
            erased = sweep(connection)
        self._forget()
        return erased

    def finish_erasures(self, *, anew: bool = False) -> bool:
        # In a database another process may have left something.
        if anew or not self._log_forgotten or is_postgresql(self._engine):
            self._log_forgotten = forget_erased(self._engine)
        return self._log_forgotten

    def _forget(self) -> None:
        # Optimistic until shown otherwise; what stays because of a slow reader is tried again by a job.
        self._log_forgotten = forget_erased(self._engine, at_once=True)


def _put_document(connection: Connection, name: str, raw: bytes) -> None:
    upsert(connection, documents, {"name": name, "raw": raw}, update=("raw",))


@cache
def _unsettled_contents() -> Select[Any]:
    """Live entries of one status, with all it takes to check their content; written once, as each pull asks four times."""
    keys = versions.alias()
    feed = bindparam("feed", type_=Integer)
    origin = select(feeds.c.origin).where(feeds.c.id == feed).scalar_subquery()
    of_feed = and_(keys.c.feed_id == feed, keys.c.subject == literal("did:web:").concat(origin))
    key_line = select(func.count()).where(of_feed, keys.c.idx < versions.c.idx).scalar_subquery()
    place = (versions.c.idx, versions.c.digest, entries.c.raw, versions.c.revision, key_line)
    return (
        select(*place, versions.c.raw.label("content"))
        .join(subjects, rows.same_subject())
        .join(entries, and_(entries.c.feed_id == versions.c.feed_id, entries.c.idx == versions.c.idx))
        .where(versions.c.feed_id == feed, versions.c.idx > bindparam("after"))
        .where(subjects.c.live_index == versions.c.idx, subjects.c.type != KEYS)
        .where(versions.c.status == bindparam("status"), _UNSTORED)
        .order_by(versions.c.idx)
        .limit(bindparam("most", type_=Integer))
    )


_FEED = Asked(lambda: select(feeds).where(feeds.c.name == bindparam("name", type_=Text)))
_OWN_FEEDS = Asked(lambda: select(feeds).where(feeds.c.own).order_by(feeds.c.id))
