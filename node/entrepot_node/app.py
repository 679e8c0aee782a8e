"""The node as a web application: wires store, routes, pages and headers, once."""

from __future__ import annotations

from fastapi import FastAPI

from entrepot_node.live_feed import live_feed
from entrepot_node.problems import install_problems
from entrepot_node.routes.api import api_routes
from entrepot_node.routes.feed import feed_routes
from entrepot_node.routes.pages import page_routes
from entrepot_node.routes.well_known import well_known_routes
from entrepot_node.security_headers import SecurityHeaders
from entrepot_node.settings import Settings
from entrepot_node.storage.interface import Store
from entrepot_node.version import version
from entrepot_schema.errors import Misuse
from entrepot_sync.feed_store import FeedRow


def create_app(store: Store, settings: Settings) -> FastAPI:
    """Build the application. It only reads; publishing and pulling happen elsewhere."""
    app = FastAPI(
        title=f"Entrepot node {settings.origin}",
        version=version(),
        docs_url=None,  # FastAPI's pages load scripts from other hosts
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,
    )

    own_name = live_feed(store).name

    def own_feed() -> FeedRow:
        """Our live feed, read anew: another process may have published."""
        feed = store.feed(own_name)
        if feed is None:
            raise Misuse("node.no-feed", "this node has no feed")
        return feed

    install_problems(app)
    app.add_middleware(SecurityHeaders)
    app.include_router(feed_routes(store, own_feed), prefix="/feed")
    app.include_router(well_known_routes(store, own_feed))
    app.include_router(api_routes(store))
    app.include_router(page_routes(store, settings))
    return app
