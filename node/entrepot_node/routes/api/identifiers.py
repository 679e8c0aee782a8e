"""`/identifiers/{scheme}/{id}`: who carries an identifier, whoever says so."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from entrepot_node.routes.api.cursors import read_number
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.items import record_item
from entrepot_node.routes.api.paging import fill_page, list_body
from entrepot_node.routes.api.parameters import Cursor, Limit
from entrepot_node.routes.api.shapes import RecordPage
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.storage.interface import Store
from entrepot_node.storage.reading import VersionRow

_LIST = "identifiers"
Scheme = Annotated[
    str,
    Path(
        pattern="^[A-Za-z][A-Za-z0-9.-]{0,63}$",
        description="Scheme of the identifier, as in the standard's list.",
        examples=["LEI"],
    ),
]
Identifier = Annotated[
    str,
    Path(
        min_length=1,
        max_length=200,
        description="The identifier; separators and case do not matter.",
        examples=["529900D6BF99LW9R2E68"],
    ),
]


def add_identifiers(router: APIRouter, store: Store) -> None:
    """Add the look-up by identifier."""

    @router.get(
        "/identifiers/{scheme}/{id:path}",
        response_model=RecordPage,
        **operation("findByIdentifier", "Records", "Find records by identifier", 404),
    )
    def identified(
        request: Request, scheme: Scheme, id: Identifier, limit: Limit = 100, cursor: Cursor = ""
    ) -> Response:
        """Live records that carry an identifier, of all origins; none is an empty list.

        An identifier is what a cluster says of a subject. Two records with the same one speak of the same
        organisation if both are right.
        """

        def read(after: int, wanted: int) -> list[tuple[int, VersionRow]]:
            return store.by_identifier(scheme, id, after=after, limit=wanted)

        page = fill_page(read, record_item, read_number(_LIST, cursor, -1), limit)
        return cached(request, list_body(page, _LIST), "application/json", MINUTE, compress=True)
