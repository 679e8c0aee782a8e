"""The whole of `/api/v1`: its resources, once to be served and once to be described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from fastapi.routing import APIRoute

from entrepot_node.pages.node_facts import NodeFacts
from entrepot_node.routes.api.catalogue import add_catalogue
from entrepot_node.routes.api.change_streams import ChangeStreams
from entrepot_node.routes.api.changes import add_changes
from entrepot_node.routes.api.check import add_check
from entrepot_node.routes.api.entry import add_entry
from entrepot_node.routes.api.identifiers import add_identifiers
from entrepot_node.routes.api.known import add_known
from entrepot_node.routes.api.lines import add_lines
from entrepot_node.routes.api.peers import add_peers
from entrepot_node.routes.api.proofs import add_proofs
from entrepot_node.routes.api.publishing import Door, add_publishing
from entrepot_node.routes.api.records import add_records
from entrepot_node.routes.api.refused import add_refused
from entrepot_node.routes.api.relations import add_relations
from entrepot_node.routes.api.route import ApiRoute
from entrepot_node.routes.api.schemas import add_schemas
from entrepot_node.routes.api.searching import add_search
from entrepot_node.routes.api.statistics import add_statistics
from entrepot_node.routes.api.subjects import add_subjects
from entrepot_node.routes.api.versions import add_versions
from entrepot_node.routes.api.withdrawals import add_withdrawals
from entrepot_node.routes.short_answers import ShortAnswers
from entrepot_node.served_checkpoint import Leaving
from entrepot_node.settings import Settings
from entrepot_node.storage.interface import Store

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Sources:
    """What the API reads; `leaving` sees our feed before a head of it leaves. With a `door` it publishes too."""

    store: Store
    settings: Settings
    streams: ChangeStreams
    now: Callable[[], datetime]
    leaving: Leaving
    short: ShortAnswers
    door: Door | None = None


def api_router(sources: Sources, route_class: type[APIRoute] = ApiRoute) -> APIRouter:
    """Build the routes. With the plain route class they are what the description is made of."""
    router = APIRouter(prefix=PREFIX, route_class=route_class)
    store, facts = sources.store, NodeFacts(sources.store)
    add_entry(router, sources.settings)
    add_records(router, store)
    add_lines(router, store, sources.now)
    add_search(router, store, sources.now)
    add_identifiers(router, store)
    add_subjects(router, store, sources.now, sources.short)
    add_versions(router, store, sources.short)
    add_proofs(router, store, sources.leaving)
    add_relations(router, store, sources.now)
    add_changes(router, store, sources.streams)
    add_statistics(router, store, facts, sources.now)
    add_peers(router, store, facts, sources.now)
    add_known(router, store)
    add_refused(router, store)
    add_withdrawals(router, store)
    add_catalogue(router, store, sources.settings, sources.now)
    add_schemas(router)
    add_check(router, sources.now)
    if sources.door is not None:
        add_publishing(router, sources.door, sources.settings, route_class)
    return router
