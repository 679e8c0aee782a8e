"""`/.well-known`: who this node is, for peers and for third-party verifiers of did:web."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from entrepot_node.problems import problem
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.routes.feed import FindFeed, require_plain_path
from entrepot_node.routes.short_answers import ShortAnswers
from entrepot_node.storage.interface import NODE_DOCUMENT, Store
from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.key_state import did_web_document


def well_known_routes(store: Store, find_feed: FindFeed, short: ShortAnswers) -> APIRouter:
    """Node document, key log and its did:web twin."""
    router = APIRouter(
        prefix="/.well-known", include_in_schema=False, dependencies=[Depends(require_plain_path)]
    )

    def node_document(request: Request) -> Response:
        raw = store.document(NODE_DOCUMENT)
        if raw is None:
            return problem(404, "node.no-document", "this node has not signed its node document yet")
        return cached(request, raw, "application/json", MINUTE)

    def key_log(request: Request) -> Response:
        return cached(request, find_feed(request).key_log.to_bytes(), "application/jsonl", MINUTE)

    def did_document(request: Request) -> Response:
        raw = canonical_bytes(did_web_document(find_feed(request).key_log.latest))
        response = cached(request, raw, "application/did+json", MINUTE)
        response.headers["access-control-allow-origin"] = "*"
        return response

    for path, endpoint in (
        ("/entrepot", node_document),
        ("/did.jsonl", key_log),
        ("/did.json", did_document),
    ):
        router.add_api_route(path, short.endpoint(endpoint), methods=["GET", "HEAD"])
    return router
