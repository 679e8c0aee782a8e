"""What can be asked for: words and filters, the same for `/search` and `/records.jsonl`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import StringConstraints

from entrepot_node.searching.question import MOST_CHARACTERS
from entrepot_node.storage.search import SearchQuery

_MOST_VALUES = 50
_PATTERNS = {
    "type": "^[a-z]{1,32}$",
    "country": "^[A-Z]{2}$",
    "subdivision": "^[A-Z]{2}-[A-Z0-9]{1,3}$",
    "code": "^[A-Za-z0-9.-]{1,100}$",
    "subject": "^https://[a-z0-9.-]{1,253}/id/[a-z2-7]{26}$",
    "origin": "^[a-z0-9.-]{1,253}$",
}


def _several(what: str, example: str) -> Any:
    return Query(
        default_factory=list, max_length=_MOST_VALUES, description=f"{what} Repeat it for any of several.",
        examples=[[example]],
    )  # fmt: skip


def _text(kind: str) -> Any:
    return StringConstraints(pattern=_PATTERNS[kind])


Freshness = Literal["3months", "12months", "older"]
Sort = Literal["relevance", "newest", "name"]
_Types = Annotated[list[Annotated[str, _text("type")]], _several("Type of the record.", "company")]
_Countries = Annotated[
    list[Annotated[str, _text("country")]], _several("Country of a location, ISO 3166-1.", "DE")
]
_Subdivisions = Annotated[
    list[Annotated[str, _text("subdivision")]],
    _several("Region of a location, ISO 3166-2.", "DE-BY"),
]
_Sectors = Annotated[list[Annotated[str, _text("code")]], _several("Code of a sector.", "biopharma")]
_Kinds = Annotated[
    list[Annotated[str, _text("code")]],
    _several("Kind of a cluster, institution or opportunity.", "network"),
]
_Clusters = Annotated[
    list[Annotated[str, _text("subject")]],
    _several(
        "Id of a cluster: itself, and what belongs to it.",
        "https://biomed.example/id/aaaaaaaaaaaaaaaaaaaaaaaaab",
    ),
]
_Origins = Annotated[list[Annotated[str, _text("origin")]], _several("Origin that signed.", "biomed.example")]
_Freshness = Annotated[
    list[Freshness],
    _several("How long ago the record says it was updated: within 3 or 12 months, or longer.", "3months"),
]
_Words = Annotated[
    str,
    Query(
        max_length=MOST_CHARACTERS,
        description="Words to look for, in any language; Chinese from one character up. Not a query language.",
        examples=["antibody"],
    ),
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words and filters of a request. Filters combine with *and*, the values of one with *or*."""

    words: str
    filters: dict[str, tuple[str, ...]]

    def query(self, **settings: Any) -> SearchQuery:
        """Make a question to the store of it."""
        return SearchQuery(self.words, self.filters, **settings)

    def name(self, now: datetime) -> str:
        """Name it, for a tag: what is fresh depends on the day."""
        day = now.date().isoformat() if "freshness" in self.filters else ""
        return repr(
            (self.words.strip(), sorted((name, sorted(values)) for name, values in self.filters.items()), day)
        )


def read_wanted(
    type: _Types,
    country: _Countries,
    subdivision: _Subdivisions,
    sector: _Sectors,
    kind: _Kinds,
    cluster: _Clusters,
    origin: _Origins,
    freshness: _Freshness,
    q: _Words = "",
) -> Wanted:
    """Read words and filters from the query."""
    given: dict[str, list[Any]] = {
        "type": type, "country": country, "subdivision": subdivision, "sector": sector, "kind": kind,
        "cluster": cluster, "origin": origin, "freshness": freshness,
    }  # fmt: skip
    return Wanted(q, {name: tuple(values) for name, values in given.items() if values})


WantedRecords = Annotated[Wanted, Depends(read_wanted)]
