"""`/peers/known`: nodes that peers of this node say they follow (FED-69)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from entrepot_node.routes.api.cursors import read_number
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.paging import fill_page, list_body
from entrepot_node.routes.api.parameters import Cursor, Limit
from entrepot_node.routes.api.shapes import Next, OriginName
from entrepot_node.routes.caching import HEAD, cached
from entrepot_node.storage.acquaintance import KnownNode
from entrepot_node.storage.interface import Store

_LIST = "known"


class KnownItem(BaseModel):
    """What one peer says of a node that it follows and this node does not. Hearsay: nobody here has looked."""

    origin: str = Field(description="The name of that node.", examples=["agri.example"])
    fingerprint: str = Field(
        description="Fingerprint under which the peer follows it.",
        examples=["QmUXA3kkXnVPEBHpQtKfYUyX4wTqhKZ7rUmTPf2kZ6MxJn"],
    )
    base_url: str = Field(description="Where the peer fetches it.", examples=["https://node.agri.example"])
    through: OriginName


class KnownPage(BaseModel):
    """A page of known nodes; one item for each peer that names one."""

    items: list[KnownItem]
    next: Next


def add_known(router: APIRouter, store: Store) -> None:
    """Add the list of known nodes."""

    @router.get(
        "/peers/known",
        response_model=KnownPage,
        **operation("listKnownNodes", "Node", "List nodes that peers follow"),
    )
    def known(request: Request, limit: Limit = 100, cursor: Cursor = "") -> Response:
        """Nodes that the peers of this node say they follow, for whoever looks for more to follow.

        This node has not fetched, followed or verified any of them. Compare a fingerprint with the operator of that node.
        """

        def read(after: int, wanted: int) -> list[tuple[int, KnownNode]]:
            return [(one.place, one) for one in store.known_nodes(after=after, limit=wanted)]

        def write(one: KnownNode) -> bytes:
            item = KnownItem(
                origin=one.origin, fingerprint=one.scid, base_url=one.base_url, through=one.through
            )
            return item.model_dump_json().encode()

        page = fill_page(read, write, read_number(_LIST, cursor, 0), limit)
        return cached(request, list_body(page, _LIST), "application/json", HEAD, compress=True)
