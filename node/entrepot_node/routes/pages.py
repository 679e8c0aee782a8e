"""Pages for people: server-rendered, no scripts, nothing from elsewhere; and the same as JSON for programs.

Routes read and answer; what is said, and how, is decided in `entrepot_node.pages`.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from entrepot_node.pages.rendering import Site
from entrepot_node.routes.directory import DirectoryPages
from entrepot_node.routes.node_pages import NodePages
from entrepot_node.routes.record_pages import RecordPages
from entrepot_node.storage.interface import Store


def page_routes(store: Store, site: Site, *, now: Callable[[], float]) -> APIRouter:
    """The routes of all pages."""
    router = APIRouter(include_in_schema=False)
    node = NodePages(store, site, now)
    records = RecordPages(store, site, now)
    directory = DirectoryPages(store, site, now)
    for path, endpoint in (
        ("/", node.home),
        ("/index.json", node.home_data),
        ("/search", directory.page),
        ("/search.json", directory.data),
        ("/record/{subject:path}/history", records.history),
        ("/record/{subject:path}/history.json", records.history_data),
        ("/record/{subject:path}.json", records.data),
        ("/record/{subject:path}", records.page),
        ("/id/{letters}", records.own),
        ("/peers", node.peers),
        ("/peers.json", node.peers_data),
        ("/refused", node.refused),
        ("/refused.json", node.refused_data),
        ("/evidence/{name}", node.evidence),
        ("/static/entrepot.css", site.style_sheet),
    ):
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], response_model=None)
    return router
