"""Keeping the index of documents true: called inside the transactions that write contents, and nowhere else.

A document stands for one live stored record of a type we know. A new version is a new document. Withdrawing also
purges the words of older versions that were replaced before.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from entrepot_node.searching.document import Document, PreparedDocument, read_document
from entrepot_node.storage.dialect import among, driver_sql, insert_rows, numbers, take_numbers, upsert
from entrepot_node.storage.engine import is_postgresql
from entrepot_node.storage.erasing import CONTENTS, note_erased
from entrepot_node.storage.facet_blocks import purge_blocks, seal_blocks
from entrepot_node.storage.rows import same_subject
from entrepot_node.storage.search_tables import SEARCH_TABLES, search_docs, search_removed
from entrepot_node.storage.tables import documents, subjects, versions
from entrepot_node.storage.word_index import delete_words, drop_words, insert_words, purge_words
from entrepot_sync.feed_store import Status

INDEX_VERSION = 1  # grows when documents are read or cut otherwise; then all of them are made anew
VERSION_DOCUMENT = "search-index"  # the document that says so in PostgreSQL
_FILL_STEP = 2_000
_TOLD_STEP = 20_000
_IN_LIST = 500
_MOST_REMOVED = 100_000  # remembered; readers that are further behind read all documents anew

NOTHING: Mapping[int, object] = MappingProxyType({})

log = logging.getLogger(__name__)

Place = tuple[int, int, str, bytes]  # feed id, index, subject, record bytes


def add_records(
    connection: Connection, places: Iterable[Place], *, now: float, prepared: Mapping[int, object] = NOTHING
) -> None:
    """Index records that are live and stored from now on. `prepared` has documents that were read before, by index."""
    today = datetime.fromtimestamp(now, UTC).toordinal()
    found = []
    for place in places:
        document = _ready(prepared.get(place[1]), today) or read_document(place[3], today=today)
        if document:
            found.append((place, document))
    if found:
        _insert(connection, found, take_numbers(connection, "search_docs", "doc", len(found)))


def _ready(prepared: object, today: int) -> Document | None:
    return prepared.document if isinstance(prepared, PreparedDocument) and prepared.today == today else None


def replace_subjects(connection: Connection, feed_id: int, names: Iterable[str]) -> None:
    """Remove the documents of subjects whose live version is another one now."""
    _remove(connection, [row for part in _parts(list(names)) for row in _docs_of(connection, feed_id, part)])


def erase_subjects(connection: Connection, feed_id: int, names: Sequence[str]) -> None:
    """Remove what a withdrawal covers of subjects, and purge every word that was ever indexed of it."""
    below = and_(
        subjects.c.feed_id == search_docs.c.feed_id,
        subjects.c.subject == search_docs.c.subject,
        subjects.c.withdrawn_at > search_docs.c.idx,
    )
    covered = select(subjects.c.subject).where(below).exists()
    if names:
        note_erased(connection, CONTENTS)
    for part in _parts(names):
        _remove(connection, _docs_of(connection, feed_id, part, covered))
        earlier = select(search_removed.c.doc).where(
            search_removed.c.feed_id == feed_id, search_removed.c.subject.in_(part)
        )
        _purge(connection, connection.scalars(earlier).all())


def erase_feed(connection: Connection, feed_id: int) -> None:
    """Remove the documents of a feed, and purge their words."""
    here = search_docs.c.feed_id == feed_id
    columns = (search_docs.c.doc, search_docs.c.feed_id, search_docs.c.subject)
    _remove(connection, [tuple(row) for row in connection.execute(select(*columns).where(here))])
    removed = search_removed.c.feed_id == feed_id
    _purge(connection, connection.scalars(select(search_removed.c.doc).where(removed)).all())
    connection.execute(update(search_removed).where(removed).values(subject=""))


def is_outdated(connection: Connection) -> bool:
    """Answer whether other software made the documents, or none did."""
    return _version(connection) != INDEX_VERSION


def fill_if_outdated(connection: Connection) -> None:
    """Make all documents anew if other software made them, or none did."""
    if is_outdated(connection):
        fill(connection)


def fill(connection: Connection) -> None:
    """Make all documents anew."""
    drop_words(connection)
    for table in SEARCH_TABLES:
        connection.execute(delete(table))
    _fill(connection)
    _set_version(connection)


def _version(connection: Connection) -> int:
    if not is_postgresql(connection):
        return connection.exec_driver_sql("PRAGMA user_version").scalar() or 0
    raw = connection.scalar(select(documents.c.raw).where(documents.c.name == VERSION_DOCUMENT))
    return int(raw or b"0")


def _set_version(connection: Connection) -> None:
    if is_postgresql(connection):
        upsert(
            connection, documents, {"name": VERSION_DOCUMENT, "raw": b"%d" % INDEX_VERSION}, update=("raw",)
        )
    else:
        connection.exec_driver_sql(f"PRAGMA user_version = {INDEX_VERSION}")


def _fill(connection: Connection) -> None:
    now = datetime.now(UTC).timestamp()
    total = connection.execute(select(func.count()).select_from(subjects)).scalar_one()
    done = 0
    for places in _live_stored(connection):
        add_records(connection, places, now=now)
        done += len(places)
        if done % _TOLD_STEP == 0:
            # A warning, so that it is seen on standard error wherever nobody has set up logging.
            log.warning("making the search index anew: %s of %s subjects", f"{done:,}", f"{total:,}")


def _live_stored(connection: Connection) -> Iterator[list[Place]]:
    columns = (versions.c.feed_id, versions.c.idx, versions.c.subject, versions.c.raw)
    query = select(*columns).join(subjects, same_subject())
    query = query.where(subjects.c.live_index == versions.c.idx, versions.c.status == Status.STORED.value)
    query = query.order_by(versions.c.feed_id, versions.c.idx)
    with connection.execute(query.execution_options(yield_per=_FILL_STEP)) as result:
        for part in result.partitions():
            yield [tuple(row) for row in part]


def _insert(connection: Connection, found: Sequence[tuple[Place, Document]], first: int) -> None:
    rows = list(enumerate(found, first))
    docs = [
        (doc, *place[:3], document.sort_name, document.updated, document.facets)
        for doc, (place, document) in rows
    ]
    columns = ("doc", "feed_id", "idx", "subject", "sort_name", "updated", "facets")
    insert_rows(connection, "search_docs", columns, docs)
    insert_words(connection, [(doc, d.names, d.texts, d.ids) for doc, (_, d) in rows])
    names = [(name, doc) for doc, (_, d) in rows for name in d.name_keys]
    ids = [(value, scheme, doc) for doc, (_, d) in rows for scheme, value in d.identifiers]
    ends = [(doc, *d.relation) for doc, (_, d) in rows if d.relation]
    insert_rows(connection, "search_names", ("name", "doc"), names)
    insert_rows(connection, "identifiers", ("id", "scheme", "doc"), ids)
    insert_rows(connection, "relations", ("doc", "from_subject", "to_subject"), ends)
    seal_blocks(connection)


def _docs_of(
    connection: Connection, feed_id: int, names: Sequence[str], *conditions: ColumnElement[bool]
) -> list[tuple[int, int, str]]:
    columns = (search_docs.c.doc, search_docs.c.feed_id, search_docs.c.subject)
    places = select(versions.c.idx).where(versions.c.feed_id == feed_id, versions.c.subject.in_(names))
    query = select(*columns).where(search_docs.c.feed_id == feed_id, search_docs.c.idx.in_(places))
    query = query.where(*conditions)
    return [(row.doc, row.feed_id, row.subject) for row in connection.execute(query)]


def _remove(connection: Connection, rows: Sequence[tuple[int, int, str]]) -> None:
    if not rows:
        return
    docs = [row[0] for row in rows]
    delete_words(connection, docs)
    for table in ("search_docs", "search_names", "identifiers", "relations"):
        query = f"DELETE FROM {table} WHERE {among(connection, 'doc')}"  # noqa: S608  names of ours
        driver_sql(connection, query, (numbers(connection, docs),))
    insert_rows(connection, "search_removed", ("doc", "feed_id", "subject"), rows)
    _forget_removed(connection)


def _purge(connection: Connection, docs: Sequence[int]) -> None:
    purge_words(connection, docs)
    purge_blocks(connection, docs)


def _forget_removed(connection: Connection) -> None:
    """Keep the memory of what was removed bounded: purge the older half for good, then drop it."""
    last = connection.execute(select(func.max(search_removed.c.seq))).scalar_one()
    first = connection.execute(select(func.min(search_removed.c.seq))).scalar_one()
    if last - first < _MOST_REMOVED:
        return
    old = search_removed.c.seq <= last - _MOST_REMOVED // 2
    _purge(connection, connection.scalars(select(search_removed.c.doc).where(old)).all())
    connection.execute(delete(search_removed).where(old))


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(values), _IN_LIST):
        yield values[begin : begin + _IN_LIST]
