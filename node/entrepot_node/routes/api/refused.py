"""`/refused`: live records that break a rule, with the reason and never the content."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from entrepot_node.routes.api.cursors import read_cursor
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.items import place_of
from entrepot_node.routes.api.paging import fill_page, list_body
from entrepot_node.routes.api.parameters import Cursor, Limit
from entrepot_node.routes.api.shapes import RefusedItem, RefusedPage
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.storage.interface import Store
from entrepot_node.storage.reading import LAST, Position, VersionRow
from entrepot_schema.reason_codes import reason_codes

_LIST = "refused"


def add_refused(router: APIRouter, store: Store) -> None:
    """Add the list of refused records."""

    @router.get(
        "/refused", response_model=RefusedPage, **operation("listRefused", "Node", "List refused records")
    )
    def refused(request: Request, limit: Limit = 100, cursor: Cursor = "") -> Response:
        """Live records that this node holds no content of, because it breaks a rule of the standard.

        Whoever signed a record finds here what to mend.
        """

        def read(before: Position, wanted: int) -> list[tuple[Position, VersionRow]]:
            return store.refused(before=before, limit=wanted)

        page = fill_page(read, _item, read_cursor(_LIST, cursor, LAST), limit)
        return cached(request, list_body(page, _LIST), "application/json", MINUTE, compress=True)


def _item(row: VersionRow) -> bytes:
    known = reason_codes().get(row.code)
    item = RefusedItem(
        **place_of(row).model_dump(),
        subject=row.subject,
        code=row.code,
        pointer=row.pointer,
        meaning=known.meaning if known else "",
    )
    return item.model_dump_json().encode()
