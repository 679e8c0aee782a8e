"""`/api/v1/openapi.json` and `/api/docs`: the description for programs and, from the same document, for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from entrepot_node.routes.api.route import ApiRoute
from entrepot_node.routes.caching import MINUTE, cached


def reference_routes(description: Callable[[], dict[str, Any]]) -> APIRouter:
    """The routes of the description."""
    router = APIRouter(include_in_schema=False, route_class=ApiRoute)

    @router.get("/api/v1/openapi.json")
    def openapi(request: Request) -> Response:
        return cached(request, orjson.dumps(description()), "application/json", MINUTE, compress=True)

    return router
