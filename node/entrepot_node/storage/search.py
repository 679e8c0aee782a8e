"""The part of the storage contract about searching: live stored records of the live feed of each origin, as far as they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pyroaring import BitMap

from entrepot_node.storage.reading import VersionRow

MOST_ROWS = 1_000
FACETS: tuple[str, ...] = (
    "type", "country", "subdivision", "sector", "kind", "cluster", "origin", "freshness",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What to look for among live stored records.

    `words` as a person typed them; never a query language. `filters` maps a facet to the values wanted (any of them);
    facets combine with *and*. `after` is the `next` of the page before. `sort`: `relevance` (newest first without
    words), `newest` or `name`.
    """

    words: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "relevance"
    limit: int = 20
    after: str = ""
    with_facets: bool = True


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many of the found records have a value. A facet's own filter does not narrow its counts."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of found records, best first. `total` counts all of them; `next` is empty on the last page."""

    hits: list[VersionRow]
    total: int
    facets: dict[str, list[FacetCount]]
    next: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """What there is to find: how many records, how many of each facet value, the newest day (YYYY-MM-DD)."""

    total: int
    facets: dict[str, list[FacetCount]]
    newest: str


class SearchStore(Protocol):
    """See `interface` for what all methods promise."""

    def search(self, query: SearchQuery, *, now: float) -> SearchPage:
        """One page of what a query finds; `Misuse` for a facet, an order or a cursor that there is not."""
        ...

    def stream(self, query: SearchQuery, *, now: float) -> Iterator[bytes]:
        """All records a query finds, as they were signed, in the order they came in; in constant memory.

        Its order, limit and facets do not count. What is withdrawn meanwhile is not given any more; what is replaced
        is given anew, or for the first time.
        """
        ...

    def shown_documents(self, *, now: float) -> BitMap:
        """The number of each record that can be found. A version has a number of its own, which is never given again."""
        ...

    def document_records(self, docs: Sequence[int]) -> list[tuple[int, bytes]]:
        """The records with these numbers that are still there and shown, as they were signed, each with its number."""
        ...

    def warm_up(self, *, now: float) -> None:
        """Make ready what answers come from before anybody asks; it takes a while, and ends early when the store is closed."""
        ...

    def by_identifier(
        self, scheme: str, identifier: str, *, after: int = -1, limit: int = MOST_ROWS
    ) -> list[tuple[int, VersionRow]]:
        """Records that carry an identifier, whatever separators and case it is written with, behind a position."""
        ...

    def relations_of(
        self, subject: str, *, other: str = "", after: int = -1, limit: int = MOST_ROWS
    ) -> list[tuple[int, VersionRow]]:
        """Relation records behind a position, each with its own: from or to a subject, or from it to another."""
        ...

    def relation_edges(self, *, after: int, limit: int) -> list[tuple[int, VersionRow]]:
        """Relation records in a fixed order behind a position (-1 for the start), each with its own position."""
        ...

    def statistics(self, *, now: float) -> Statistics:
        """Count all that can be found."""
        ...
