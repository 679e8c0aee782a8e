"""The pages of the node as a whole: start page, peers, refused records, evidence; each with the same as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable

from fastapi import Request, Response

from entrepot_node.pages.card import Card, card, clusters_of
from entrepot_node.pages.facets import Facet, facet_view
from entrepot_node.pages.federation_view import (
    FederationView,
    erasure_views,
    frozen_logs,
    mirror_views,
    mirrored_text,
)
from entrepot_node.pages.home_view import HomeView
from entrepot_node.pages.links import mail_link, web_link
from entrepot_node.pages.node_facts import NodeFacts
from entrepot_node.pages.peer_view import PeerView, peer_view, urgent_first
from entrepot_node.pages.places import territory_name
from entrepot_node.pages.record_view import references
from entrepot_node.pages.refused_view import RefusedView, refused_views
from entrepot_node.pages.rendering import Site, Visit
from entrepot_node.pages.selection import Selection
from entrepot_node.pages.showing import Showing
from entrepot_node.pages.subject_facts import load_known
from entrepot_node.pages.times import date_text
from entrepot_node.pages.twins import federation_data, home_data, peer_data, refused_data
from entrepot_node.pages.vouching_view import vouches_text, vouching_view
from entrepot_node.routes.api.cursors import read_cursor, write_cursor
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.served_checkpoint import vouching
from entrepot_node.storage.interface import Store
from entrepot_node.storage.reading import LAST
from entrepot_schema.errors import Misuse

_NEWEST = 8
_HOME_PEERS = 30
_WITHDRAWALS = 20
_REFUSED_LIST = "refused"
PAGE_REFUSED = 100
_STATISTICS = ("type", "country", "sector")
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


class NodePages:
    """Answers for the pages of the node."""

    def __init__(self, store: Store, site: Site, now: Callable[[], float]) -> None:
        self._store = store
        self._settings = site.settings
        self._now = now
        self._facts = NodeFacts(store)
        self._site = site

    def home(self, request: Request) -> Response:
        """Who this node is, what it holds, what is newest."""
        visit = Visit(request)
        view = self._home(visit)
        return self._site.page(
            visit,
            "home.html",
            active="home",
            page=view,
            hidden=visit.languages(),
            peers=view.peers[:_HOME_PEERS],
            territory=lambda code: territory_name(code, visit.reader.page),
            takedown_mail=mail_link(self._settings.takedown_email),
            takedown_form=web_link(self._settings.takedown_form),
        )

    def home_data(self, request: Request) -> Response:
        """The same as JSON."""
        visit = Visit(request)
        return self._site.data(visit, home_data(self._home(visit), self._settings))

    def peers(self, request: Request) -> Response:
        """How it stands with each peer, and what others vouch for of this node."""
        visit = Visit(request)
        now = self._now()
        return self._site.page(
            visit,
            "peers.html",
            active="peers",
            peers=self._peers(visit, now),
            page=self._federation(visit, now),
        )

    def peers_data(self, request: Request) -> Response:
        """The same as JSON."""
        visit = Visit(request)
        now = self._now()
        items = [peer_data(peer) for peer in self._peers(visit, now)]
        return self._site.data(visit, {"items": items, **federation_data(self._federation(visit, now))})

    def refused(self, request: Request) -> Response:
        """What was refused, and why."""
        visit = Visit(request)
        try:
            views, following = self._refused(visit)
        except Misuse as wrong:
            return self._site.fault(visit, 400, wrong.code, wrong.message)
        total = self._facts.refused()
        after = visit.link("/refused", cursor=following) if following else ""
        return self._site.page(
            visit, "refused.html", active="refused", refused=views, total=total, next=after
        )

    def refused_data(self, request: Request) -> Response:
        """The same as JSON."""
        visit = Visit(request)
        views, following = self._refused(visit)
        total, items = self._facts.refused(), [refused_data(view) for view in views]
        return self._site.data(visit, {"total": total, "items": items, "next": following})

    def evidence(self, request: Request, name: str) -> Response:
        """The evidence file of a fork, by the hash of its bytes."""
        raw = self._facts.find_evidence(name) if _HASH.fullmatch(name) else None
        if raw is None:
            return self._site.fault(
                Visit(request), 404, "evidence.unknown", "there is no such evidence file here"
            )
        return cached(request, raw, "application/json", MINUTE)

    def _refused(self, visit: Visit) -> tuple[tuple[RefusedView, ...], str]:
        cursor = visit.request.query_params.get("cursor", "")
        before = read_cursor(_REFUSED_LIST, cursor, LAST)
        visit.keep([("cursor", cursor)] if cursor else [])
        rows = self._store.refused(before=before, limit=PAGE_REFUSED + 1)
        shown = rows[:PAGE_REFUSED]
        views = refused_views((row for _, row in shown), visit.reader, visit.messages)
        return views, write_cursor(_REFUSED_LIST, *shown[-1][0]) if len(rows) > len(shown) else ""

    def _home(self, visit: Visit) -> HomeView:
        now, own = self._now(), self._facts.own_feed()
        return HomeView(
            fingerprint=own.key_log.scid,
            total=self._facts.statistics(now).total,
            own_records=self._facts.counts(own, now).stored,
            refused=self._facts.refused(),
            statistics=self._statistics(visit, now),
            newest=tuple(self._newest(visit, now)),
            peers=tuple(self._peers(visit, now)),
            vouching=vouching_view(vouching(self._store, own), now, visit.messages),
            mirrored=mirrored_text(
                mirror_views(own, self._store.receipts(), now, visit.messages), visit.messages
            ),
        )

    def _federation(self, visit: Visit, now: float) -> FederationView:
        own, receipts = self._facts.own_feed(), self._store.receipts()
        withdrawals = self._store.withdrawals(own.id, limit=_WITHDRAWALS + 1)
        mirrors = mirror_views(own, receipts, now, visit.messages)
        return FederationView(
            vouching=vouching_view(vouching(self._store, own), now, visit.messages),
            mirrors=mirrors,
            mirrored=mirrored_text(mirrors, visit.messages),
            erasures=erasure_views(own, withdrawals[:_WITHDRAWALS], receipts, now, visit.messages),
            more=len(withdrawals) > _WITHDRAWALS,
            frozen=frozen_logs(self._facts.log_evidence()),
            accused=frozen_logs(self._facts.own_evidence()),
        )

    def _statistics(self, visit: Visit, now: float) -> tuple[Facet, ...]:
        """What is held, by type and territory; each number leads to its list."""
        found, show = self._facts.statistics(now), Showing(visit.reader, visit.messages)
        return tuple(
            facet_view(name, found.facets.get(name, ()), Selection(), show, visit.at) for name in _STATISTICS
        )

    def _newest(self, visit: Visit, now: float) -> list[Card]:
        found = self._facts.newest(_NEWEST, now)
        named = [
            subject for _, profile, _ in found for subject in (*clusters_of(profile), *references(profile))
        ]
        known = load_known(self._store, dict.fromkeys(named))
        cards = []
        for version, profile, entry_time in found:
            day = date_text(entry_time[:10], visit.reader.page)
            published = visit.messages("card.published", date=day) if entry_time else ""
            cards.append(card(profile, version.origin, now, visit.reader, visit.messages, known, published))
        return cards

    def _peers(self, visit: Visit, now: float) -> list[PeerView]:
        views = []
        found = vouching(self._store, self._facts.own_feed())
        pushes = {row.origin: row for row in self._store.pushes()}
        for peer in self._facts.peers(now):
            origin = peer.feed.origin
            vouches = vouches_text(origin, found, pushes.get(origin), now, visit.messages)
            evidence = sorted(self._facts.evidence(peer.feed)) if peer.feed.state == "forked" else []
            views.append(peer_view(peer, evidence, now, visit.messages, vouches))
        return urgent_first(views)
