"""The stored versions behind documents: of a page of results, of an identifier, of relations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, not_, or_

from entrepot_node.searching.terms import identifier_key
from entrepot_node.storage import rows
from entrepot_node.storage.dialect import among, driver_sql, numbers
from entrepot_node.storage.reading import VersionRow
from entrepot_node.storage.search_tables import identifiers, relations, search_docs
from entrepot_node.storage.shown import SHOWN
from entrepot_node.storage.tables import feeds, versions

MOST_PAGE_BYTES = 4 * 1024 * 1024  # a page ends behind the record that passes this


def page_rows(connection: Connection, docs: Sequence[int]) -> list[VersionRow]:
    """The versions of documents, in their order, as many as fit a page."""
    found: list[VersionRow] = []
    size = 0
    for part in (docs[begin : begin + 64] for begin in range(0, len(docs), 64)):
        query = _versions_of_documents().where(search_docs.c.doc.in_(part))
        by_doc = {row.doc: rows.version_row(row) for row in connection.execute(query)}
        for doc in part:
            found.append(by_doc[doc])
            size += len(by_doc[doc].raw or b"")
            if size >= MOST_PAGE_BYTES:
                return found
    return found


def document_records(connection: Connection, docs: Sequence[int]) -> list[tuple[int, bytes]]:
    """The documents that are still there and shown, in their order, each with its signed bytes."""
    query = (
        "SELECT doc, raw FROM search_docs JOIN versions ON versions.feed_id = search_docs.feed_id "  # noqa: S608  names of ours
        "AND versions.idx = search_docs.idx JOIN feeds ON feeds.id = search_docs.feed_id "
        f"WHERE {among(connection, 'doc')} AND {SHOWN} ORDER BY doc"
    )
    with driver_sql(connection, query, (numbers(connection, docs),)) as found:
        return [(doc, bytes(raw)) for doc, raw in found]


def identified(
    connection: Connection, scheme: str, identifier: str, after: int, limit: int
) -> list[tuple[int, VersionRow]]:
    """Live records that carry an identifier, of all origins, behind a document, each with its own."""
    query = _versions_of_documents().join(identifiers, identifiers.c.doc == search_docs.c.doc)
    same = and_(identifiers.c.scheme == scheme, identifiers.c.id == identifier_key(identifier))
    return _live(connection, query.where(same), after, limit)


def related(
    connection: Connection, subject: str, other: str, after: int, limit: int
) -> list[tuple[int, VersionRow]]:
    """Live relation records from or to a subject, or from it to another, behind a document, each with its own."""
    ends = or_(relations.c.from_subject == subject, relations.c.to_subject == subject)
    if other:
        ends = and_(relations.c.from_subject == subject, relations.c.to_subject == other)
    query = _versions_of_documents().join(relations, relations.c.doc == search_docs.c.doc)
    return _live(connection, query.where(ends), after, limit)


def relation_page(connection: Connection, after: int, limit: int) -> list[tuple[int, VersionRow]]:
    """Live relation records behind a document, each with its own."""
    query = _versions_of_documents().join(relations, relations.c.doc == search_docs.c.doc)
    return _live(connection, query, after, limit)


def _versions_of_documents() -> Select[Any]:
    at = and_(search_docs.c.feed_id == versions.c.feed_id, search_docs.c.idx == versions.c.idx)
    return rows.select_versions().add_columns(search_docs.c.doc).join(search_docs, at)


def _live(connection: Connection, query: Select[Any], after: int, limit: int) -> list[tuple[int, VersionRow]]:
    """Without what lower feeds of an origin say, and what is hidden."""
    query = query.where(search_docs.c.doc > after, not_(feeds.c.superseded), SHOWN)
    found = connection.execute(query.order_by(search_docs.c.doc).limit(limit))
    return [(row.doc, rows.version_row(row)) for row in found]
