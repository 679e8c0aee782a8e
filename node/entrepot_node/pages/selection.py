"""What a visitor asks of the directory: words, filters, order and place, all of it in the address of the page.

    selection = read_selection(request.query_params)
    selection.without("sector").pairs()     # the address of the same page with one filter less

The names in the address are those of `/api/v1/search`, so that a page and its data differ in the path only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from entrepot_node.storage.search import FACETS, SearchQuery
from entrepot_schema.errors import Misuse

SORTS = ("relevance", "newest", "name")
MAX_WORDS = 200
_MAX_VALUE = 300
_MAX_VALUES = 50
_MAX_CURSOR = 2000


class Parameters(Protocol):
    """The parameters of an address, some of them several times."""

    def get(self, key: str, default: str, /) -> str: ...

    def getlist(self, key: str, /) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Selection:
    """One view of the directory. `opened` names the facet whose values are all listed."""

    words: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "relevance"
    cursor: str = ""
    opened: str = ""

    def query(self, limit: int) -> SearchQuery:
        """The question to the store."""
        return SearchQuery(self.words, self.filters, self.sort, limit, self.cursor)

    def has(self, facet: str, value: str) -> bool:
        """Whether a value is chosen."""
        return value in self.filters.get(facet, ())

    def toggled(self, facet: str, value: str) -> Selection:
        """The same with one value more or less, from the first page on."""
        chosen = self.filters.get(facet, ())
        after = tuple(one for one in chosen if one != value) if value in chosen else (*chosen, value)
        return self._first(filters={**self.filters, facet: after})

    def without(self, facet: str) -> Selection:
        """The same without one facet's filter."""
        return self._first(filters={name: chosen for name, chosen in self.filters.items() if name != facet})

    def without_words(self) -> Selection:
        """The same filters for all records."""
        return self._first(words="")

    def sorted_by(self, sort: str) -> Selection:
        """The same in another order."""
        return self._first(sort=sort)

    def at(self, cursor: str) -> Selection:
        """The page behind a cursor; empty for the first one."""
        return replace(self, cursor=cursor)

    def opening(self, facet: str) -> Selection:
        """The same with all values of one facet listed."""
        return replace(self, opened=facet)

    def narrowing(self) -> list[tuple[str, str]]:
        """Words and filters as pairs for an address: what an export of this view needs."""
        chosen = [(name, value) for name in FACETS for value in self.filters.get(name, ())]
        return [("q", self.words), *chosen] if self.words else chosen

    def pairs(self) -> list[tuple[str, str]]:
        """All of it as pairs for an address."""
        rest = (
            ("sort", self.sort if self.sort != SORTS[0] else ""),
            ("cursor", self.cursor),
            ("all", self.opened),
        )
        return [*self.narrowing(), *(pair for pair in rest if pair[1])]

    @property
    def narrowed(self) -> bool:
        """Whether this is less than the whole directory."""
        return bool(self.narrowing())

    def _first(self, **changes: object) -> Selection:
        return replace(self, cursor="", **changes)  # type: ignore[arg-type]  # names are those of the fields


def read_selection(parameters: Parameters) -> Selection:
    """Read the parameters of an address; `Misuse` for what no page of ours would have written."""
    words = " ".join(parameters.get("q", "").split())
    filters = {}
    for name in FACETS:
        chosen = tuple(dict.fromkeys(value for value in parameters.getlist(name) if value))
        if chosen:
            filters[name] = chosen
    sort, cursor = parameters.get("sort", "") or SORTS[0], parameters.get("cursor", "")
    opened = parameters.get("all", "")
    values = [value for chosen in filters.values() for value in chosen]
    _require(len(words) <= MAX_WORDS, f"q has more than {MAX_WORDS} characters")
    _require(sort in SORTS, "sort is none of " + ", ".join(SORTS))
    _require(not opened or opened in FACETS, "all names no facet")
    _require(len(cursor) <= _MAX_CURSOR, "cursor was not given by this node")
    _require(len(values) <= _MAX_VALUES, f"more than {_MAX_VALUES} filters")
    _require(all(len(value) <= _MAX_VALUE for value in values), "a filter is too long")
    return Selection(words, filters, sort, cursor, opened)


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise Misuse("http.parameter", message)
