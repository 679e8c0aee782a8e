"""`/catalogue` and `/subjects/…/schema.org`: the node and its records in the words of others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import orjson
from fastapi import APIRouter, Request, Response

from entrepot_node.linked_data.catalogue import CatalogueFacts, catalogue
from entrepot_node.linked_data.schema_org import schema_org
from entrepot_node.live_feed import live_feed
from entrepot_node.routes.absent import absent
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.parameters import Letters, Origin
from entrepot_node.routes.api.subjects import SUBJECT, withdrawn
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.settings import Settings
from entrepot_node.storage.interface import Store
from entrepot_schema.canonical import read_canonical
from entrepot_schema.origin import subject_of
from entrepot_schema.timestamp import format_seconds
from entrepot_sync.entry import parse_entry
from entrepot_sync.feed_store import Status

LD_JSON = "application/ld+json"
_OBJECT = {
    "type": "object",
    "properties": {"@context": {}, "@type": {"type": "string"}},
    "required": ["@context", "@type"],
}
_CATALOGUE = {
    "@context": {"dcat": "http://www.w3.org/ns/dcat#"},
    "@type": "dcat:Catalog",
    "@id": "https://biomed.example/api/v1/catalogue",
}
_RECORD = {
    "@context": "https://schema.org",
    "@type": "Organization",
    "name": [{"@value": "Acme Bio", "@language": "en"}],
}


def add_catalogue(router: APIRouter, store: Store, settings: Settings, now: Callable[[], datetime]) -> None:
    """Add the catalogue entry and the records of schema.org."""

    @router.get(
        "/catalogue",
        **operation(
            "readCatalogue", "Node", "Read the catalogue entry",
            media_type=LD_JSON, schema=_OBJECT, example=_CATALOGUE,
        ),
    )  # fmt: skip
    def entry(request: Request) -> Response:
        """The node for data portals: DCAT-AP 3 in JSON-LD, with one dataset, its distributions and this API."""
        return cached(
            request, orjson.dumps(catalogue(_facts(store, settings, now()))), LD_JSON, MINUTE, compress=True
        )

    @router.get(
        SUBJECT + "/schema.org",
        **operation(
            "readSchemaOrg", "Subjects", "Read a subject in the words of schema.org", 404, 410,
            media_type=LD_JSON, schema=_OBJECT, example=_RECORD,
        ),
    )  # fmt: skip
    def record(request: Request, origin: Origin, letters: Letters) -> Response:
        """The live record as JSON-LD of schema.org, with its licence and a link to the signed record it comes from."""
        found = store.history(subject_of(origin, letters), limit=1, with_content=True)
        if found and not found[0][1].live:
            return withdrawn()
        if not found or found[0][1].status is not Status.STORED:
            return absent(store, subject_of(origin, letters), "there is no such record here")
        document = read_canonical(found[0][1].raw or b"{}")
        return cached(
            request, orjson.dumps(schema_org(document, settings.base_url)), LD_JSON, MINUTE, compress=True
        )


def _facts(store: Store, settings: Settings, now: datetime) -> CatalogueFacts:
    feed = live_feed(store)
    newest = max(held.head_at for held in store.feeds())
    held = store.statistics(now=now.timestamp()).facets.get("country", ())
    return CatalogueFacts(
        name=settings.name or settings.origin,
        origin=settings.origin,
        language=settings.language,
        base_url=settings.base_url,
        license=settings.license,
        contact_email=settings.takedown_email,
        contact_form=settings.takedown_form,
        countries=(*settings.territory, *(one.value for one in held)),
        issued=parse_entry(store.entries(feed.id, 0, 1)[0]).time,
        modified=format_seconds(newest),
        demo=settings.demo,
    )
