"""Which documents have which facet values, as bitmaps in memory: counts of all facets in a few milliseconds.

A `FacetIndex` is never changed: `grown` makes the next one and shares what stays the same, so that a search goes on
with the state it began with while others move on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import TypeVar

from pyroaring import BitMap

from entrepot_node.storage.search import FacetCount

MOST_COUNTS = 200  # values shown of one facet, the most frequent first
FRESHNESS = ("3months", "12months", "older")

Bitmaps = Mapping[str, BitMap]
K = TypeVar("K", str, int)
_NONE = BitMap()


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A row of the store's documents."""

    doc: int
    feed_id: int
    updated: int
    facets: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class FacetIndex:
    """All documents up to `last_doc`, without those removed up to `last_removed`."""

    last_doc: int = 0
    last_removed: int = 0
    everything: BitMap = field(default_factory=BitMap)
    facets: Mapping[str, Bitmaps] = field(default_factory=dict)
    feeds: Mapping[int, BitMap] = field(default_factory=dict)
    days: Mapping[int, BitMap] = field(default_factory=dict)

    def grown(
        self, new: Iterable[IndexedDocument], removed: Iterable[int], *, last_removed: int
    ) -> FacetIndex:
        """The index after some more documents came and some went."""
        gone = BitMap(removed)
        docs: list[int] = []
        facets: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        feeds: dict[int, list[int]] = defaultdict(list)
        days: dict[int, list[int]] = defaultdict(list)
        for one in new:
            docs.append(one.doc)
            feeds[one.feed_id].append(one.doc)
            days[one.updated].append(one.doc)
            for facet, values in one.facets.items():
                by_value = facets[facet]
                for value in values:
                    by_value[value].append(one.doc)
        names = self.facets.keys() | facets.keys()
        return FacetIndex(
            last_doc=max(chain((self.last_doc,), docs)),
            last_removed=last_removed,
            everything=(self.everything | BitMap(docs)) - gone,
            facets={name: _merged(self.facets.get(name, {}), facets[name], gone) for name in names},
            feeds=_merged(self.feeds, feeds, gone),
            days=_merged(self.days, days, gone),
        )

    def newest_first(self, found: BitMap, after: tuple[int, int] | None = None) -> Iterator[tuple[int, int]]:
        """(day, doc) of found documents, the newest day first, behind a position."""
        left = len(found)
        for day in sorted(self.days, reverse=True):
            if not left:
                return
            if after is not None and day > after[0]:
                continue
            docs = found & self.days[day]
            left -= len(docs)
            if after is not None and day == after[0]:
                docs &= BitMap(range(after[1]))
            for doc in _descending(docs):
                yield day, doc

    def freshness(self, today: int) -> Bitmaps:
        """Documents by how long ago they were confirmed."""
        quarter, year = _months_before(today, 3), _months_before(today, 12)
        recent = BitMap.union(_NONE, *(docs for day, docs in self.days.items() if day >= quarter))
        within = BitMap.union(_NONE, *(docs for day, docs in self.days.items() if quarter > day >= year))
        return dict(zip(FRESHNESS, (recent, within, self.everything - recent - within), strict=True))


def count(found: BitMap, values: Bitmaps, always: Iterable[str] = ()) -> list[FacetCount]:
    """How many found documents have each value: the most frequent first, and those asked for in any case."""
    numbers = {value: docs.intersection_cardinality(found) for value, docs in values.items()}
    ranked = sorted(
        (value for value in numbers if numbers[value]), key=lambda value: (-numbers[value], value)
    )
    shown = ranked[:MOST_COUNTS]
    shown += sorted(set(always) - set(shown))
    return [FacetCount(value, numbers.get(value, 0)) for value in shown]


def with_any(values: Bitmaps, wanted: Iterable[str]) -> BitMap:
    """Documents with any of the values."""
    return BitMap.union(_NONE, *(values[value] for value in wanted if value in values))


def _merged(old: Mapping[K, BitMap], new: Mapping[K, list[int]], gone: BitMap) -> dict[K, BitMap]:
    merged = dict(old)
    for key, docs in new.items():
        merged[key] = merged.get(key, _NONE) | BitMap(docs)
    if gone:
        touched = [key for key, docs in merged.items() if docs.intersect(gone)]
        merged |= {key: merged[key] - gone for key in touched}
    return {key: docs for key, docs in merged.items() if docs}


def _descending(docs: BitMap) -> Iterator[int]:
    """Documents, the highest number first, in slices: a page needs a few of many."""
    end = len(docs)
    while end > 0:
        begin = max(0, end - 64)
        yield from reversed(docs[begin:end])
        end = begin


def _months_before(today: int, months: int) -> int:
    day = date.fromordinal(today)
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first = date(year, month + 1, 1).toordinal()
    return first + min(day.day, _days_in(year, month + 1)) - 1


def _days_in(year: int, month: int) -> int:
    after = date(year + month // 12, month % 12 + 1, 1)
    return after.toordinal() - date(year, month, 1).toordinal()
