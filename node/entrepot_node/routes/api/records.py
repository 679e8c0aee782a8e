"""`/records`: all live records, page by page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from entrepot_node.routes.api.cursors import read_cursor
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.items import record_item
from entrepot_node.routes.api.paging import fill_page, list_body
from entrepot_node.routes.api.parameters import Cursor, Limit, OneOrigin, OneType
from entrepot_node.routes.api.shapes import RecordPage
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.storage.interface import Store
from entrepot_node.storage.reading import Position, VersionRow

JSON = "application/json"
_LIST = "records"


def add_records(router: APIRouter, store: Store) -> None:
    """Add the list of records."""

    @router.get(
        "/records", response_model=RecordPage, **operation("listRecords", "Records", "List live records")
    )
    def records(
        request: Request, limit: Limit = 100, cursor: Cursor = "", type: OneType = "", origin: OneOrigin = ""
    ) -> Response:
        """All live records held here, our own first, in a fixed order, each as it was signed.

        To keep a copy up to date, read this once and then `/changes`.
        """

        def read(after: Position, wanted: int) -> list[tuple[Position, VersionRow]]:
            return store.live_records(after=after, limit=wanted, type=type, origin=origin)

        page = fill_page(read, record_item, read_cursor(_LIST, cursor, (-1, -1)), limit)
        return cached(request, list_body(page, _LIST), JSON, MINUTE, compress=True)
