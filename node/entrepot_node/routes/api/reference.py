"""`/api/v1/openapi.json` and `/api/docs`: the description for programs and, from the same document, for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from entrepot_node.pages.reference_view import paragraphs, reference_view
from entrepot_node.pages.rendering import Site, Visit
from entrepot_node.routes.api.route import ApiRoute
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.settings import Settings


def reference_routes(description: Callable[[], dict[str, Any]], settings: Settings) -> APIRouter:
    """The routes of the description."""
    router = APIRouter(include_in_schema=False)
    site = Site(settings)

    def openapi(request: Request) -> Response:
        return cached(request, orjson.dumps(description()), "application/json", MINUTE, compress=True)

    def page(request: Request) -> Response:
        document = description()
        return site.page(
            Visit(request),
            "reference.html",
            active="",
            twin=False,
            intro=paragraphs(document["info"]["description"]),
            groups=reference_view(document),
        )

    router.routes.append(ApiRoute("/api/v1/openapi.json", openapi, include_in_schema=False))
    router.add_api_route("/api/docs", page, methods=["GET", "HEAD"], response_model=None)
    return router
