"""`/api/v1/`: the way in, with links to all that is there."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.shapes import OriginName
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.settings import Settings
from entrepot_node.version import version

_LINKS = {
    "openapi": "/api/v1/openapi.json",
    "documentation": "/api/docs",
    "records": "/api/v1/records",
    "lines": "/api/v1/records.jsonl",
    "search": "/api/v1/search",
    "identifier": "/api/v1/identifiers/{scheme}/{id}",
    "subject": "/api/v1/subjects/{origin}/{letters}",
    "relations": "/api/v1/relations",
    "changes": "/api/v1/changes",
    "changesStream": "/api/v1/changes/stream",
    "statistics": "/api/v1/statistics",
    "peers": "/api/v1/peers",
    "knownNodes": "/api/v1/peers/known",
    "keyLog": "/api/v1/peers/{origin}/keys.jsonl",
    "refused": "/api/v1/refused",
    "catalogue": "/api/v1/catalogue",
    "schemas": "/api/v1/schemas",
    "context": "/api/v1/context",
    "check": "/api/v1/check",
    "health": "/health",
    "node": "/.well-known/entrepot",
    "feed": "/feed/checkpoint",
}


class Entry(BaseModel):
    """Who answers, and what there is."""

    name: str = Field(description="What people call the cluster.", examples=["BioMed"])
    origin: OriginName
    version: str = Field(description="Version of the software.", examples=["0.1.0"])
    spec_versions: list[str] = Field(description="Versions of the standard it speaks.", examples=[["1.0"]])
    demo: bool = Field(description="Whether the data is a demo.", examples=[False])
    links: dict[str, str] = Field(
        description="Paths by name, some of them with places to fill in.", examples=[_LINKS]
    )


def add_entry(router: APIRouter, settings: Settings) -> None:
    """Add the way in."""
    body = (
        Entry(
            name=settings.name or settings.origin,
            origin=settings.origin,
            version=version(),
            spec_versions=["1.0"],
            demo=settings.demo,
            links=_LINKS,
        )
        .model_dump_json()
        .encode()
    )

    def entry(request: Request) -> Response:
        """Who this node is and where everything lies. Nothing here needs a key."""
        return cached(request, body, "application/json", MINUTE, compress=True)

    described = operation("readEntry", "Node", "Find everything")
    router.add_api_route("/", entry, response_model=Entry, **described)
    router.add_api_route("", entry, include_in_schema=False)
