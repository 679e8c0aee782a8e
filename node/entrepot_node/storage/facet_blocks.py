"""The bitmaps of facets in the store, a block of 65,536 documents at a time.

Reading a million documents one by one takes seconds in each start; the bitmaps of full blocks are read in a fraction of one.
A block is written once, when the next one begins. Of what is replaced later it keeps the number, as the words do; with the
words it is purged of what is erased (`purge_blocks`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import orjson
from pyroaring import BitMap
from sqlalchemy import Connection

from entrepot_node.storage.dialect import driver_sql, insert_rows
from entrepot_node.storage.erasing import note_erased
from entrepot_node.storage.facet_index import FacetIndex, IndexedDocument

BLOCK = 1 << 16
# Beside the facets of records: who said it, and on which day.
_FEED, _DAY = "feed", "day"


def indexed_documents(
    connection: Connection, behind: int, up_to: int | None = None
) -> Iterator[IndexedDocument]:
    """The documents behind one, up to another."""
    query = "SELECT doc, feed_id, updated, facets FROM search_docs WHERE doc > ? AND doc <= ?"
    with driver_sql(connection, query, (behind, up_to or 1 << 62)) as rows:
        for doc, feed_id, updated, facets in rows:
            yield IndexedDocument(doc, feed_id, updated, orjson.loads(facets))


def seal_blocks(connection: Connection) -> None:
    """Write the bitmaps of every block that is full by now."""
    last_doc = connection.exec_driver_sql("SELECT coalesce(max(doc), 0) FROM search_docs").scalar_one()
    for block in range(_sealed(connection), (last_doc + 1) // BLOCK):
        begin = block * BLOCK
        documents = indexed_documents(connection, begin - 1, begin + BLOCK - 1)
        index = FacetIndex().grown(documents, (), last_removed=0)
        rows = [(block, *key, docs.serialize()) for key, docs in _bitmaps(index)]
        # An empty block counts as sealed too.
        rows.append((block, "", "", b""))
        insert_rows(connection, "search_blocks", ("block", "facet", "value", "docs"), rows)


def sealed_index(connection: Connection, *, last_removed: int) -> FacetIndex:
    """The index of all documents in sealed blocks; with those in it that were removed behind `last_removed`."""
    found: dict[str, dict[str, list[BitMap]]] = defaultdict(lambda: defaultdict(list))
    last_doc = _sealed(connection) * BLOCK - 1
    query = "SELECT facet, value, docs FROM search_blocks WHERE facet != ''"
    with connection.exec_driver_sql(query) as rows:
        for facet, value, docs in rows:
            found[facet][value].append(BitMap.deserialize(docs))
    joined = {
        facet: {value: BitMap.union(*parts) for value, parts in by_value.items()}
        for facet, by_value in found.items()
    }
    feeds = {int(value): docs for value, docs in joined.pop(_FEED, {}).items()}
    days = {int(value): docs for value, docs in joined.pop(_DAY, {}).items()}
    everything = BitMap.union(BitMap(), *feeds.values())
    return FacetIndex(max(0, last_doc), last_removed, everything, joined, feeds, days)


def purge_blocks(connection: Connection, docs: Iterable[int]) -> None:
    """Take documents out of their blocks, so that nothing says any more what they were."""
    gone = BitMap(docs)
    for block in sorted({doc // BLOCK for doc in gone}):
        query = "SELECT facet, value, docs FROM search_blocks WHERE block = ? AND facet != ''"
        for facet, value, raw in driver_sql(connection, query, (block,)).fetchall():
            docs_of_value = BitMap.deserialize(raw)
            if docs_of_value.intersect(gone):
                note_erased(connection, ("search_blocks",))
                _replace(connection, (block, facet, value), docs_of_value - gone)


def _replace(connection: Connection, place: tuple[int, str, str], docs: BitMap) -> None:
    here = "WHERE block = ? AND facet = ? AND value = ?"
    if docs:
        driver_sql(connection, f"UPDATE search_blocks SET docs = ? {here}", (docs.serialize(), *place))  # noqa: S608  names of ours
    else:
        driver_sql(connection, f"DELETE FROM search_blocks {here}", place)  # noqa: S608  names of ours


def _sealed(connection: Connection) -> int:
    """How many blocks are sealed."""
    return int(
        connection.exec_driver_sql("SELECT coalesce(max(block) + 1, 0) FROM search_blocks").scalar_one()
    )


def _bitmaps(index: FacetIndex) -> Iterator[tuple[tuple[str, str], BitMap]]:
    for facet, by_value in index.facets.items():
        yield from (((facet, value), docs) for value, docs in by_value.items())
    yield from (((_FEED, str(feed)), docs) for feed, docs in index.feeds.items())
    yield from (((_DAY, str(day)), docs) for day, docs in index.days.items())
