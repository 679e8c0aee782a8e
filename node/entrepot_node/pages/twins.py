"""What a page shows, as JSON: lean, in the visitor's language, with ids and codes to go on from. Pure.

Whoever wants whole signed records takes `/api/v1`; each page says where.
"""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from entrepot_node.pages.card import Card
from entrepot_node.pages.directory import DirectoryView
from entrepot_node.pages.facets import Facet
from entrepot_node.pages.federation_view import FederationView
from entrepot_node.pages.home_view import HomeView
from entrepot_node.pages.peer_view import PeerView
from entrepot_node.pages.refused_view import RefusedView
from entrepot_node.pages.values import Variant
from entrepot_node.settings import Settings


def directory_data(view: DirectoryView) -> dict[str, Any]:
    """The directory: total, records, facets, and where to go when nothing was found."""
    return {
        "total": view.total,
        "items": [card_data(card) for card in view.cards],
        "facets": {
            facet.name: [
                {**counted, "chosen": choice.chosen}
                for choice, counted in zip(facet.choices, _counts(facet), strict=True)
            ]
            for facet in view.facets
        },
        "without": [
            {
                "title": plain(drop.title),
                "labels": [plain(label) for label in drop.labels],
                "total": drop.total,
            }
            for drop in view.drops
        ],
        "next": view.next_cursor,
    }


def card_data(card: Card) -> dict[str, Any]:
    """One record of a list; members without a value are left out."""
    shown = {
        "id": card.subject,
        "type": card.type,
        "name": text_data(card.name) if card.name else {"text": plain(card.heading)},
        "original": text_data(card.original) if card.original else None,
        "town": text_data(card.place) if card.place else None,
        "country": card.country,
        "kinds": list(card.kinds),
        "sectors": list(card.sectors),
        "clusters": [
            {"id": cluster.subject, "name": cluster.name.text} for cluster in card.clusters if cluster.name
        ],
        "origin": card.origin,
        "updated": card.updated,
    }
    return {name: value for name, value in shown.items() if value}


def text_data(variant: Variant) -> dict[str, str]:
    """A text and its language, `und` where nobody knows."""
    return {"text": variant.text, "language": variant.lang or "und"}


def plain(text: str) -> str:
    """A text of a page without the elements around it."""
    return text.striptags() if isinstance(text, Markup) else text


def home_data(view: HomeView, settings: Settings) -> dict[str, Any]:
    """The start page: who this node is, what it holds, what is newest."""
    return {
        "origin": settings.origin,
        "name": settings.name,
        "fingerprint": view.fingerprint,
        "territory": list(settings.territory),
        "license": settings.license,
        "takedown": {"email": settings.takedown_email, "form": settings.takedown_form},
        "records": {
            "total": view.total, "own": view.own_records, "peers": view.peer_records, "refused": view.refused,
        },
        "statistics": {facet.name: _counts(facet) for facet in view.statistics},
        "newest": [card_data(card) for card in view.newest],
        "peers": [peer_data(peer) for peer in view.peers],
        "cosigned": {"by": view.vouching.by, "of": view.vouching.of},
    }  # fmt: skip


def peer_data(peer: PeerView) -> dict[str, Any]:
    """The state of one peer."""
    return {
        "origin": peer.origin,
        "fingerprint": peer.scid,
        "state": peer.state,
        "text": f"{plain(peer.title)}: {plain(peer.text)}",
        "code": peer.code,
        "records": peer.records,
        "entries": peer.entries,
        "evidence": [f"/evidence/{name}" for name in peer.evidence],
        "vouches": plain(peer.vouches),
        "held": plain(peer.braked),
    }


def federation_data(view: FederationView) -> dict[str, Any]:
    """What others vouch for of this node."""
    return {
        "cosigned": {"by": view.vouching.by, "of": view.vouching.of},
        "mirrors": [
            {"origin": mirror.origin, "size": mirror.size, "newest": mirror.newest, "heard": plain(mirror.heard),
             "code": mirror.code}
            for mirror in view.mirrors
        ],
        "withdrawals": [
            {"id": one.subject, "type": one.type, "gone": one.gone, "mirrors": one.known,
             "text": plain(one.text), "others": [plain(other) for other in one.others]}
            for one in view.erasures
        ],
        "frozen": [{"log": one.log, "evidence": f"/evidence/{one.evidence}"} for one in view.frozen],
        "accused": [{"feed": one.log, "evidence": f"/evidence/{one.evidence}"} for one in view.accused],
    }  # fmt: skip


def refused_data(row: RefusedView) -> dict[str, Any]:
    """One refused record: place and reason."""
    return {
        "id": row.subject,
        "type": row.type,
        "origin": row.origin,
        "index": row.index,
        "code": row.code,
        "pointer": row.pointer,
        "meaning": row.meaning,
    }


def _counts(facet: Facet) -> list[dict[str, Any]]:
    return [
        {"value": choice.value, "label": plain(choice.label), "count": choice.count}
        for choice in facet.choices
    ]
