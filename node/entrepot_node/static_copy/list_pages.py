"""The directory of a static copy: all records by name, in pages whose borders hardly ever move. Pure.

A page ends at a record whose random letters say so, about every 128. So a new, changed or withdrawn record touches
the page it stands on and no other, and a page is named after the record that ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entrepot_node.static_copy.manifest import PageFacts

_LAST = "end"


@dataclass(frozen=True, slots=True)
class Hit:
    """One record in a list."""

    letters: str
    facts: PageFacts


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of the directory."""

    name: str
    hits: tuple[Hit, ...]

    @property
    def first(self) -> str:
        """The title it begins with."""
        return self.hits[0].facts.title

    @property
    def last(self) -> str:
        """The title it ends with."""
        return self.hits[-1].facts.title


def list_pages(facts: Mapping[str, PageFacts]) -> list[ListPage]:
    """Divide all records into pages, in the order of their titles."""
    ordered = sorted(facts, key=lambda letters: (facts[letters].title.casefold(), letters))
    pages: list[ListPage] = []
    hits: list[Hit] = []
    for letters in ordered:
        hits.append(Hit(letters, facts[letters]))
        if ends_page(letters):
            pages.append(ListPage(letters, tuple(hits)))
            hits = []
    if hits:
        pages.append(ListPage(_LAST, tuple(hits)))
    return pages


def ends_page(letters: str) -> bool:
    """Whether a page ends at this record: one in 32 letters twice would be 1,024, an eighth of those is 128."""
    return letters[-3] == "a" and letters[-4] in "abcdefgh"
