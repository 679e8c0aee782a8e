"""A node with data in it, for the profiles that read a node behind a URL: a shim starts it and fills it."""

from __future__ import annotations

from typing import Any

from entrepot_conformance.lying.peer import Peer
from entrepot_conformance.suite.target import Target

ORIGIN = "biomed.example"
PEER = "honest.example"
_PLACE = {"country": "DE", "locality": {"de": "Stuttgart"}}
_COMMON = {"locations": [_PLACE], "status": "active", "updated": "2026-05-04"}
CLUSTER = {**_COMMON, "type": "cluster", "kind": "clusterOrganisation", "name": {"en": "BioMed Cluster"}}
ENTRIES = 300
"""More than one bundle, so that there are tiles of two levels."""


def start_standing_node(target: Target) -> None:
    """Start a node, fill it, and let the target read it by its URL."""
    node = target.start_shim("standing")
    node.init(ORIGIN, time="2026-05-20T08:00:00Z", mirroring="any")
    (cluster,) = node.must("publish", profiles=[CLUSTER]).details["ids"]
    first, *rest = [_company(number, cluster) for number in range(ENTRIES)]
    # What readers look for stands among the first changes, since they read no more than a few pages.
    ids = node.must("publish", profiles=[first, *rest[:4]]).details["ids"]
    peer = _peer()
    target.at_close(peer.close)
    node.must("publish", profiles=[{**first, "id": ids[0], "founded": "2001"}, _relation(cluster, peer)])
    node.must("withdraw", ids=ids[1:3])
    node.must("publish", profiles=[{**rest[1], "id": ids[2]}])
    node.must("add-peer", url=peer.url, fingerprint=peer.identity.scid, mirror=False)
    node.must("sync-once", origin=PEER)
    node.must("publish", profiles=rest[4:])
    target.node_url = node.url


def _company(number: int, cluster: str) -> dict[str, Any]:
    sector = "biopharma" if number % 3 else "digitalHealth"
    profile = {**_COMMON, "type": "company", "name": {"en": f"Company {number}"}, "sectors": [sector]}
    if number == 3:
        profile |= {"identifiers": [{"scheme": "LEI", "id": "529900T8BM49AURSDO55"}]}
    return {**profile, "memberOf": [{"cluster": cluster}]}


def _relation(cluster: str, peer: Peer) -> dict[str, Any]:
    ends = {"from": cluster, "to": peer.feed.subject("company 0")}
    stated = {"relationType": "softLandingGuest", "commitment": "contact", "status": "proposed"}
    return {"type": "relation", **ends, **stated, "updated": "2026-05-04"}


def _peer() -> Peer:
    """A peer with two good records, one that is refused, and one that was withdrawn."""
    peer = Peer(PEER, 3)
    feed = peer.feed
    feed.publish("bad", feed.signed(feed.draft("bad"), cryptosuite="none"))
    feed.withdraw("company 1")
    peer.tell()
    return peer
