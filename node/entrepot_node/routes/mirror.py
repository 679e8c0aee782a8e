"""`/mirror/<feed hash>`: the feeds of others that we mirror, by the code that serves our own (FED-21)."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request

from entrepot_node.mirroring import Mirrors
from entrepot_node.routes.feed import feed_routes
from entrepot_node.routes.short_answers import ShortAnswers
from entrepot_node.storage.interface import Store
from entrepot_sync.feed_store import FeedRow


def mirror_routes(store: Store, mirrors: Mirrors, short: ShortAnswers) -> APIRouter:
    """The paths of every mirrored feed; 404 for all others."""

    def find_feed(request: Request) -> FeedRow:
        feed = mirrors.find(request.path_params["feed_hash"])
        if feed is None:
            raise HTTPException(404, headers={"cache-control": "no-store"})
        return feed

    return feed_routes(store, find_feed, mirrors.checkpoint, short=short, prefix="/mirror/{feed_hash}")
