"""Pages for people: who this node is and a page for each record. Server-rendered, no scripts, nothing from elsewhere.

Routes read and answer; what is said, and how, is decided in `entrepot_node.pages`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from entrepot_node.pages.links import mail_link, web_link
from entrepot_node.pages.node_facts import NodeFacts
from entrepot_node.pages.peer_view import PeerView, peer_view, urgent_first
from entrepot_node.pages.places import territory_name
from entrepot_node.pages.record_view import line, references
from entrepot_node.pages.rendering import Site, Visit
from entrepot_node.pages.showing import Showing
from entrepot_node.pages.subject_facts import SubjectFacts, load_known, load_subject, profile_of
from entrepot_node.pages.subject_view import subject_view
from entrepot_node.problems import problem
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.settings import Settings
from entrepot_node.storage.interface import Store
from entrepot_schema.catalog import TYPES
from entrepot_schema.origin import subject_of

PAGE_RECORDS = 50
_NEWEST = 8
_HOME_PEERS = 30
_CURSOR = re.compile(r"(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,17})", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MERGED_SLASHES = re.compile(r"https:/(?!/)")


def page_routes(store: Store, settings: Settings, *, now: Callable[[], float] = time.time) -> APIRouter:
    """The routes of all pages."""
    router = APIRouter(include_in_schema=False)
    pages = _Pages(store, settings, now)
    for path, endpoint in (
        ("/", pages.home),
        ("/records", pages.records),
        ("/record/{subject:path}", pages.record),
        ("/id/{letters}", pages.own_id),
        ("/peers", pages.peers),
        ("/evidence/{name}", pages.evidence),
        ("/static/entrepot.css", pages.site.style_sheet),
    ):
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], response_model=None)
    return router


class _Pages:
    def __init__(self, store: Store, settings: Settings, now: Callable[[], float]) -> None:
        self._store = store
        self._settings = settings
        self._now = now
        self._facts = NodeFacts(store)
        self.site = Site(settings)

    def home(self, request: Request) -> Response:
        visit, now = Visit(request), self._now()
        own = self._facts.own_feed()
        peers = self._peers(visit, now)
        newest = [
            line(profile, version.origin, entry_time, visit.reader, visit.messages)
            for version, profile, entry_time in self._facts.newest(_NEWEST)
        ]
        return self.site.page(
            visit,
            "home.html",
            active="home",
            feed=own,
            own_records=self._facts.counts(own, now).stored,
            peer_records=sum(peer.records for peer in peers),
            peer_count=len(peers),
            peers=peers[:_HOME_PEERS],
            newest=newest,
            territory=lambda code: territory_name(code, visit.reader.page),
            takedown_mail=mail_link(self._settings.takedown_email),
            takedown_form=web_link(self._settings.takedown_form),
        )

    def records(self, request: Request) -> Response:
        visit = Visit(request)
        kind, cursor = request.query_params.get("type", ""), request.query_params.get("cursor", "")
        match = _CURSOR.fullmatch(cursor)
        if (kind and kind not in TYPES) or (cursor and not match):
            return self.site.fault(visit, 400, "http.parameter", "type or cursor is not one of this node's")
        after = (int(match[1]), int(match[2])) if match else (-1, -1)
        found = self._store.live_records(after=after, limit=PAGE_RECORDS + 1, type=kind)
        shown = found[:PAGE_RECORDS]
        following = "{}.{}".format(*shown[-1][0]) if len(found) > PAGE_RECORDS else ""
        lines = [
            line(profile, version.origin, "", visit.reader, visit.messages)
            for _, version in shown
            if (profile := profile_of(version)) is not None
        ]
        show = Showing(visit.reader, visit.messages)
        types = [(name, show.code(name, "recordType").text) for name in TYPES]
        return self.site.page(
            visit,
            "records.html",
            active="records",
            lines=lines,
            types=types,
            kind=kind,
            cursor=cursor,
            next=following,
        )

    def peers(self, request: Request) -> Response:
        visit = Visit(request)
        return self.site.page(visit, "peers.html", active="peers", peers=self._peers(visit, self._now()))

    def own_id(self, request: Request, letters: str) -> Response:
        return self.record(request, subject_of(self._settings.origin, letters))

    def record(self, request: Request, subject: str) -> Response:
        visit = Visit(request)
        # Some proxies merge slashes, also those within a subject.
        facts = load_subject(self._store, _MERGED_SLASHES.sub("https://", subject, count=1))
        if facts is None:
            return self.site.fault(visit, 404, "record.unknown", "no entry here names this subject")
        return self._subject(visit, facts)

    def evidence(self, request: Request, name: str) -> Response:
        raw = self._facts.find_evidence(name) if _HASH.fullmatch(name) else None
        if raw is None:
            return self.site.fault(
                Visit(request), 404, "evidence.unknown", "there is no such evidence file here"
            )
        return cached(request, raw, "application/json", MINUTE)

    def _subject(self, visit: Visit, facts: SubjectFacts) -> Response:
        if facts.live is None and not visit.wants_page:
            return problem(410, "record.withdrawn", "this record was withdrawn; its contents are erased")
        profile = facts.profile
        known = load_known(self._store, references(profile)) if profile else {}
        page = subject_view(facts, known, self._now(), visit.reader, visit.messages)
        return self.site.page(visit, "record.html", 200 if facts.live else 410, active="", page=page)

    def _peers(self, visit: Visit, now: float) -> list[PeerView]:
        views = []
        for peer in self._facts.peers(now):
            evidence = sorted(self._facts.evidence(peer.feed)) if peer.feed.state == "forked" else []
            views.append(peer_view(peer.feed, peer.follow, peer.counts, evidence, now, visit.messages))
        return urgent_first(views)
