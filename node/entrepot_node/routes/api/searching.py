"""`/search`: live records that match words and filters, with counts for narrowing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.items import record_item
from entrepot_node.routes.api.paging import page_body
from entrepot_node.routes.api.parameters import Limit
from entrepot_node.routes.api.search_parameters import Sort, WantedRecords
from entrepot_node.routes.api.shapes import RecordPage
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.storage.interface import Store
from entrepot_node.storage.search import FacetCount

JSON = "application/json"
_MAX_CURSOR = 2_000  # it may hold a name
SearchCursor = Annotated[
    str,
    Query(
        max_length=_MAX_CURSOR,
        description="The `next` of the page before, with the same words, filters and order.",
        examples=[""],
    ),
]


class ValueCount(BaseModel):
    """How many of the found records have a value."""

    value: str = Field(description="The value, as the filter takes it.", examples=["DE"])
    count: int = Field(description="How many.", ge=0, examples=[12])


Facets = Annotated[
    dict[str, list[ValueCount]],
    Field(
        description="Counts by filter; a filter's own values do not narrow its counts.",
        examples=[{"country": [{"value": "DE", "count": 12}], "type": [{"value": "company", "count": 12}]}],
    ),
]


class SearchResults(RecordPage):
    """A page of found records. `facets` is empty where it was not asked for."""

    total: int = Field(description="How many records match in all.", ge=0, examples=[1])
    facets: Facets


def add_search(router: APIRouter, store: Store, now: Callable[[], datetime]) -> None:
    """Add the search."""

    @router.get(
        "/search",
        response_model=SearchResults,
        **operation("searchRecords", "Records", "Search live records"),
    )
    def search(
        request: Request,
        wanted: WantedRecords,
        sort: Annotated[
            Sort,
            Query(
                description="`relevance` (the newest first where no words are given), `newest` or `name`.",
                examples=["relevance"],
            ),
        ] = "relevance",
        limit: Limit = 20,
        cursor: SearchCursor = "",
        facets: Annotated[
            bool, Query(description="Whether to count values for narrowing.", examples=[True])
        ] = True,
    ) -> Response:
        """Live records that have all words and pass all filters; without any, all of them.

        Words are looked for in names first, then in all texts, in every language a record has. They are never an
        expression: quotes and operators are just characters.
        """
        query = wanted.query(sort=sort, limit=limit, after=cursor, with_facets=facets)
        page = store.search(query, now=now().timestamp())
        body = page_body(
            (record_item(row) for row in page.hits),
            next=orjson.dumps(page.next),
            total=orjson.dumps(page.total),
            facets=orjson.dumps(facet_counts(page.facets)),
        )
        return cached(request, body, JSON, MINUTE, compress=True)


def facet_counts(facets: dict[str, list[FacetCount]]) -> dict[str, list[dict[str, object]]]:
    """Counts as they stand in an answer."""
    return {
        name: [{"value": found.value, "count": found.count} for found in counts]
        for name, counts in facets.items()
    }
