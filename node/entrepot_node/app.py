"""The node as a web application: wires store, routes, pages and headers, once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute

from entrepot_node.hello_desk import HelloDesk
from entrepot_node.live_feed import live_feed
from entrepot_node.mirroring import Mirrors
from entrepot_node.pages.rendering import Site
from entrepot_node.problems import install_problems
from entrepot_node.routes.api.change_streams import ChangeStreams
from entrepot_node.routes.api.description import describe
from entrepot_node.routes.api.publishing import Door
from entrepot_node.routes.api.reference import reference_routes
from entrepot_node.routes.api.surface import Sources, api_router
from entrepot_node.routes.feed import feed_routes
from entrepot_node.routes.health import health_routes
from entrepot_node.routes.hello import hello_routes
from entrepot_node.routes.mirror import mirror_routes
from entrepot_node.routes.pages import page_routes
from entrepot_node.routes.short_answers import ShortAnswers
from entrepot_node.routes.well_known import well_known_routes
from entrepot_node.routes.witness import witness_routes
from entrepot_node.security_headers import SecurityHeaders
from entrepot_node.served_checkpoint import Leaving, served_checkpoint
from entrepot_node.settings import Settings
from entrepot_node.storage.interface import Store
from entrepot_node.version import version
from entrepot_node.witnessing import Witness
from entrepot_sync.feed_store import FeedRow


def create_app(
    store: Store,
    settings: Settings,
    *,
    streams: ChangeStreams | None = None,
    mirrors: Mirrors | None = None,
    witness: Witness | None = None,
    hellos: HelloDesk | None = None,
    leaving: Leaving = lambda feed: None,
    door: Door | None = None,
    written: Store | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """Build the application. It reads, and hands what comes through the `door` to the write path; pulling happens elsewhere.

    Where `store` is a replica, `written` is the store that it follows. `leaving` sees our feed before anything of it leaves.
    Whoever serves the application should end `streams` before it waits for open connections: they last as long as their
    readers.
    """
    streams = streams or ChangeStreams(store)

    app = _bare_app(settings, streams)
    live_feed(store)  # a folder that was never founded whole is refused now, not at its first request

    def own_feed(_request: Request) -> FeedRow:
        """Our live feed, read anew: another process may have published."""
        feed = live_feed(store)
        leaving(feed)
        return feed

    short = ShortAnswers(is_near=store.is_near)
    sources = Sources(store, settings, streams, now, leaving, short, door)

    @cache
    def description() -> dict[str, Any]:
        """Describe the API when it is first asked for: that takes longer than all else here."""
        routers = (api_router(sources, APIRoute), health_routes(store, leaving, APIRoute))
        return describe([route for router in routers for route in router.routes], settings)

    site = Site(settings)
    install_problems(app, site.missing)
    app.add_middleware(SecurityHeaders)
    routers = [feed_routes(store, own_feed, partial(served_checkpoint, store), short=short, prefix="/feed")]
    if mirrors is not None:
        routers.append(mirror_routes(store, mirrors, short))
    routers.append(well_known_routes(store, own_feed, short))
    if witness is not None:
        routers.append(witness_routes(witness))
    if hellos is not None:
        routers.append(hello_routes(hellos))
    routers += [
        api_router(sources),
        health_routes(written or store, leaving),
        reference_routes(description, settings),
        page_routes(store, site, now=lambda: now().timestamp()),
    ]
    for router in routers:
        # As they are: `include_router` makes each route anew at the first request, and looks for it twice in all of them.
        app.router.routes += router.routes
    return app


def _bare_app(settings: Settings, streams: ChangeStreams) -> FastAPI:
    """An application without routes."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        streams.close()

    return FastAPI(
        title=f"Entrepot node {settings.origin}",
        version=version(),
        docs_url=None,  # FastAPI's pages load scripts from other hosts
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=life,
    )
