"""Answering searches: rare words from the store, common ones, filters and counts from bitmaps in memory.

The order of results depends on each record and the question alone, not on how often words stand in all others, so
that a position stays good while records come and go. By relevance: the whole name or identifier; a name that begins
with these words; all words in names; the same with words cut short; all words anywhere, whole, then cut short. Within
each group the newest come first.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, islice

from pyroaring import BitMap
from sqlalchemy import Connection, Engine

from entrepot_node.searching.document import read_document
from entrepot_node.searching.question import Question, read_question
from entrepot_node.searching.terms import is_run
from entrepot_node.storage.common_words import SAMPLE, common_words
from entrepot_node.storage.dialect import all_of, among, driver_sql, numbers
from entrepot_node.storage.engine import connection_epoch, reading
from entrepot_node.storage.facet_blocks import indexed_documents, sealed_index
from entrepot_node.storage.facet_index import Bitmaps, FacetIndex, count, with_any
from entrepot_node.storage.search import FACETS, FacetCount, SearchPage, SearchQuery, Statistics
from entrepot_node.storage.search_cursor import Position, read_position, write_position
from entrepot_node.storage.search_rows import document_records, page_rows
from entrepot_node.storage.shown import hidden_docs, shown_feeds
from entrepot_node.storage.word_bitmaps import WordBitmaps
from entrepot_node.storage.word_index import find_words
from entrepot_node.storage.word_parts import Match, match_of, singles
from entrepot_schema.errors import Misuse

SORTS = ("relevance", "newest", "name")
MOST_HITS = 1_000
_FEW_NAMES = (
    4_000  # so many found records are sorted by name one by one; more are met in the index soon enough
)
_STREAM_STEP = 64  # records of 64 KiB at most: what each slow reader of a stream costs
_LAST = "\U0010ffff"
_MOST_SERVERS = 2  # a primary and its replica


class Searcher:
    """Searches one store. Holds the facet index of this process and keeps it up to date."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._closed = threading.Event()

    def close(self) -> None:
        """End what goes on in the background."""
        self._closed.set()

    def search(self, query: SearchQuery, *, now: float) -> SearchPage:
        """One page of results; `Misuse` for a facet, order or cursor that there is not."""
        _require_known(query)
        position, question = read_position(query), read_question(query.words)
        with reading(self._engine) as connection:
            view = self._view(connection, now)
            found = self._found(view, question)
            filtered = _filtered(view, query)
            results = _all_of(found, filtered)
            places = self._ordered(view, query, question, results, position)
            limit = max(1, min(query.limit, MOST_HITS))
            picked = list(islice(places, limit + 1))
            hits = page_rows(connection, [place.doc for place in picked[:limit]])
            more = len(picked) > len(hits)
            return SearchPage(
                hits=hits,
                total=len(results),
                facets=_counts(view, query, found, filtered) if query.with_facets else {},
                next=write_position(picked[len(hits) - 1], query) if more else "",
            )

    def stream(self, query: SearchQuery, *, now: float) -> Iterator[bytes]:
        """The records a query finds, as they came in; see `Store.stream`."""
        _require_known(query)
        question = read_question(query.words)
        last = 0
        while True:
            with reading(self._engine) as connection:
                view = self._view(connection, now)
                results = _all_of(self._found(view, question), _filtered(view, query))
            docs = iter(results - BitMap(range(last + 1)))
            while part := list(islice(docs, _STREAM_STEP)):
                # A view of its own for each part: a slow reader would hold a connection, and go on being served what
                # is withdrawn or hidden meanwhile (EXC-42, FED-70).
                with reading(self._engine) as connection:
                    raws = [raw for _, raw in document_records(connection, part)]
                yield from raws
            if view.index.last_doc == last:
                return
            last = view.index.last_doc  # new versions of what was passed by came in behind it

    def statistics(self, *, now: float) -> Statistics:
        """Count everything there is to find."""
        with reading(self._engine) as connection:
            view = self._view(connection, now)
            counts = {name: count(view.everything, view.values(name)) for name in FACETS}
            day = next((day for day, _ in view.index.newest_first(view.everything)), None)
        return Statistics(
            len(view.everything), counts, datetime.fromordinal(day).date().isoformat() if day else ""
        )

    def documents(self, *, now: float) -> BitMap:
        """All documents that can be found."""
        with reading(self._engine) as connection:
            return self._view(connection, now).everything

    def _view(self, connection: Connection, now: float) -> _View:
        """The facet index of exactly the state that this connection sees: its view begins under the lock."""
        today = datetime.fromtimestamp(now, UTC).toordinal()
        with self._lock:
            known = self._known_of(connection_epoch(connection))
            index = _caught_up(connection, known.index)
            if index is not known.index or today != known.today:
                known.index, known.today, known.freshness = index, today, index.freshness(today)
            freshness = known.freshness
        return _View(connection, index, shown_feeds(connection), freshness, known.words)

    def _known_of(self, epoch: str) -> _Known:
        """What is known of the server of an epoch.

        Another one, or one that was put back, may have lost what this process has seen, and gives the same numbers to
        other documents. Where a replica is read while the primary is, too, both are kept.
        """
        known = self._known.setdefault(epoch, _Known())
        self._known.move_to_end(epoch)
        if len(self._known) > _MOST_SERVERS:
            self._known.popitem(last=False)
        return known

    def warm_up(self, *, now: float) -> None:
        """Read what answers come from before anybody asks: the facet index, then common words, as far as there is room."""
        with reading(self._engine) as connection:
            view = self._view(connection, now)
            docs, words = view.everything, view.words
            step = max(1, len(docs) // SAMPLE)
            sample = document_records(connection, [docs[place] for place in range(0, len(docs), step)])
        documents = (read_document(raw, today=0) for _, raw in sample)
        for match in common_words(f"{one.names} {one.texts}" for one in documents if one):
            if not words.has_room:
                return
            begun = time.monotonic()
            with reading(
                self._engine
            ) as connection:  # one for each: an older state must not be held for long
                self._documents(self._view(connection, now), match)
            # A large store takes twenty seconds: those who ask meanwhile have half of the processor at least.
            if self._closed.wait(time.monotonic() - begun):
                return

    def _found(self, view: _View, question: Question) -> BitMap:
        return self._matching(view, match_of(question)) if question.asked else view.everything

    def _matching(self, view: _View, match: Match) -> BitMap:
        """Documents that match; none if there is nothing to look for."""
        if not match:
            return BitMap()
        wanted = list(singles(match))
        found = view.everything if wanted else BitMap()
        for one in wanted:
            found = found & self._documents(view, one)
            if not found:
                break
        if match.identifier:
            found = found | (self._documents(view, Match((), (), match.identifier)) & view.everything)
        return found

    def _documents(self, view: _View, match: Match) -> BitMap:
        def find(match: Match, behind: int) -> BitMap:
            return BitMap(find_words(view.connection, match, behind=behind, last=view.index.last_doc))

        return view.words.documents(match, view.index.last_doc, find)

    def _ordered(
        self, view: _View, query: SearchQuery, question: Question, results: BitMap, after: Position | None
    ) -> Iterator[Position]:
        if query.sort == "name":
            yield from _by_name(view.connection, results, after)
        elif query.sort == "newest" or not question.asked:
            yield from _newest(view.index, 0, results, after)
        else:
            yield from self._by_relevance(view, question, results, after)

    def _by_relevance(
        self, view: _View, question: Question, results: BitMap, after: Position | None
    ) -> Iterator[Position]:
        left, group = results, 0
        for group, better in enumerate(self._better(view, question)):
            if after is None or group >= after.group:
                yield from _newest(view.index, group, left & better, after)
            left = left - better
            if not left:
                return
        yield from _newest(view.index, group + 1, left, after)

    def _better(self, view: _View, question: Question) -> Iterator[BitMap]:
        """Documents that are meant more likely than others, group by group; each is asked for when it is needed."""
        yield _named(view.connection, question)
        yield _names_beginning(view.connection, question, whole=True)
        yield self._matching(view, match_of(question, names_only=True, whole=True))
        yield _names_beginning(view.connection, question, whole=False)
        yield self._matching(view, match_of(question, names_only=True))
        yield self._matching(view, match_of(question, whole=True))


@dataclass(slots=True)
class _Known:
    """What is kept in memory of one server."""

    index: FacetIndex = field(default_factory=FacetIndex)
    today: int = 0
    freshness: Bitmaps = field(default_factory=dict)
    words: WordBitmaps = field(default_factory=WordBitmaps)


class _View:
    """One state of the store: its connection, its facet index, the feeds that count; what is known of words."""

    def __init__(
        self,
        connection: Connection,
        index: FacetIndex,
        origins: Mapping[str, int],
        freshness: Bitmaps,
        words: WordBitmaps,
    ) -> None:
        self.connection = connection
        self.index = index
        self.words = words
        self._origins: Bitmaps = {
            origin: index.feeds[feed_id] for origin, feed_id in origins.items() if feed_id in index.feeds
        }
        live = set(origins.values())
        dead = [docs for feed_id, docs in index.feeds.items() if feed_id not in live]
        unseen = BitMap.union(hidden_docs(connection), *dead)
        self.everything = index.everything - unseen if unseen else index.everything
        self._freshness = freshness

    def values(self, facet: str) -> Bitmaps:
        """The documents of each value of a facet."""
        if facet == "origin":
            return self._origins
        if facet == "freshness":
            return self._freshness
        return self.index.facets.get(facet, {})


def _require_known(query: SearchQuery) -> None:
    for name in query.filters:
        if name not in FACETS:
            raise Misuse(
                "search.facet", f"there is no facet {name[:40]}", hint=f"There are: {', '.join(FACETS)}."
            )
    if query.sort not in SORTS:
        raise Misuse(
            "search.sort", f"there is no order {query.sort[:40]}", hint=f"There are: {', '.join(SORTS)}."
        )


def _caught_up(connection: Connection, index: FacetIndex) -> FacetIndex:
    first, last = connection.exec_driver_sql("SELECT min(seq), max(seq) FROM search_removed").one()
    forgotten = first - 1 if last is not None else 0  # what went before is in no block any more
    if not index.last_doc or index.last_removed < forgotten:
        index = sealed_index(connection, last_removed=forgotten)
    query = "SELECT doc FROM search_removed WHERE seq > ?"
    removed = list(driver_sql(connection, query, (index.last_removed,)).scalars())
    new = indexed_documents(connection, index.last_doc)
    one = next(new, None)
    if one is None and not removed and index.last_removed == (last or 0):
        return index
    return index.grown(chain(() if one is None else (one,), new), removed, last_removed=last or 0)


def _filtered(view: _View, query: SearchQuery) -> dict[str, BitMap]:
    return {name: with_any(view.values(name), wanted) for name, wanted in query.filters.items()}


def _all_of(found: BitMap, filtered: Mapping[str, BitMap], *, but: str = "") -> BitMap:
    for name, docs in filtered.items():
        if name != but:
            found = found & docs
    return found


def _counts(
    view: _View, query: SearchQuery, found: BitMap, filtered: Mapping[str, BitMap]
) -> dict[str, list[FacetCount]]:
    results = _all_of(found, filtered)
    return {
        name: count(
            _all_of(found, filtered, but=name) if name in filtered else results,
            view.values(name),
            query.filters.get(name, ()),
        )
        for name in FACETS
    }


def _newest(index: FacetIndex, group: int, found: BitMap, after: Position | None) -> Iterator[Position]:
    behind = (after.day, after.doc) if after is not None and after.group == group else None
    if after is not None and after.group > group:
        return
    for day, doc in index.newest_first(found, behind):
        yield Position(group, day, doc)


def _by_name(connection: Connection, found: BitMap, after: Position | None) -> Iterator[Position]:
    name, doc = (after.name, after.doc) if after is not None else ("", -1)
    if len(found) <= _FEW_NAMES:
        query = f"SELECT sort_name, doc FROM search_docs WHERE {among(connection, 'doc')}"  # noqa: S608  names of ours
        rows = driver_sql(connection, query, (numbers(connection, found),)).fetchall()
        behind = sorted((row[0], row[1]) for row in rows if (row[0], row[1]) > (name, doc))
        yield from (Position(0, 0, one[1], one[0]) for one in behind)
        return
    query = "SELECT sort_name, doc FROM search_docs WHERE (sort_name, doc) > (?, ?) ORDER BY sort_name, doc"
    with driver_sql(connection, query, (name, doc)) as rows_in_order:
        for sort_name, one_doc in rows_in_order:
            if one_doc in found:
                yield Position(0, 0, one_doc, sort_name)


def _named(connection: Connection, question: Question) -> BitMap:
    named = "SELECT doc FROM search_names WHERE name = ? UNION ALL SELECT doc FROM identifiers WHERE id = ?"
    rows = driver_sql(connection, named, (question.key, question.identifier))
    return BitMap(rows.scalars())


def _names_beginning(connection: Connection, question: Question, *, whole: bool) -> BitMap:
    """Documents with a name that goes on after the question: with another word, or in the middle of one."""
    key = question.key
    if not key:
        return BitMap()
    key += " " if whole and not is_run(key[-1]) else ""
    begins = "FROM search_names WHERE name >= ? AND name < ?"
    return BitMap(all_of(connection, "doc", begins, (key, key + _LAST)))
