"""Pages for people: who this node is and a page for each record. Server-rendered, no scripts, nothing from elsewhere."""

from __future__ import annotations

from fastapi import APIRouter

from entrepot_node.settings import Settings
from entrepot_node.storage.interface import Store


def page_routes(store: Store, settings: Settings) -> APIRouter:
    """The routes of all pages."""
    return APIRouter(include_in_schema=False)
