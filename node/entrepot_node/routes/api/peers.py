"""`/peers`: the feeds held here and how their pulls go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from entrepot_node.live_feed import live_feeds
from entrepot_node.pages.node_facts import Hidden, NodeFacts
from entrepot_node.problems import problem
from entrepot_node.receipts import known_mirrors
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.parameters import Origin
from entrepot_node.routes.api.shapes import FeedNameText, OriginName
from entrepot_node.routes.caching import HEAD, MINUTE, cached
from entrepot_node.served_checkpoint import Vouching, vouching
from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.interface import FeedCounts, Store
from entrepot_node.storage.receipts import ReceiptRow
from entrepot_node.storage.vouching import PushRow
from entrepot_sync.feed_store import FeedRow, Held

Seconds = Annotated[
    float | None, Field(description="POSIX seconds; null where there is none.", examples=[1795424400.0])
]

_KEY_LOG_EXAMPLE = (
    '{"versionId":"1-QmUX…","versionTime":"2026-11-23T09:30:00Z","parameters":{},"state":{},"proof":[]}\n'
)


class Counts(BaseModel):
    """Live subjects of a feed by what is held of their content, and what is not live."""

    live: int = Field(description="Subjects that are live.", examples=[120])
    stored: int = Field(description="Of these: content is held and shown.", examples=[118])
    missing: int = Field(description="Of these: content could not be fetched yet.", examples=[1])
    refused: int = Field(description="Of these: content breaks a rule.", examples=[1])
    kept: int = Field(description="Of these: content is of a newer version of the standard.", examples=[0])
    withdrawn: int = Field(description="Subjects that were withdrawn.", examples=[3])
    inert: int = Field(description="Entries without effect.", examples=[0])
    hidden: int = Field(
        description="Stored records that the operator of this node does not show.", examples=[0]
    )

    @classmethod
    def of(cls, counts: FeedCounts, hidden: int) -> Counts:
        """Take over the counts of the store."""
        return cls(**asdict(counts), hidden=hidden)


class Cosigner(BaseModel):
    """A peer that cosigned the newest head of this node."""

    origin: OriginName
    name: str = Field(description="Name of its witness key.", examples=["agri.example/witness/1"])
    time: int = Field(description="When it did last, POSIX seconds.", ge=0, examples=[1795424400])


class Cosigned(BaseModel):
    """Who vouches for the newest head of this node, of the peers that can."""

    by: list[Cosigner]
    of: int = Field(description="How many peers that are followed name a witness.", ge=0, examples=[3])


class Push(BaseModel):
    """How it goes with the witness of a peer."""

    size: int = Field(description="The newest head of ours that it cosigned.", ge=0, examples=[124])
    code: str = Field(description="Why it did not cosign last; empty where it did.", examples=[""])
    message: str = Field(description="The same for people.", examples=[""])
    last_success: Seconds
    next_push: Seconds
    failures: int = Field(description="Pushes that failed since the last success.", ge=0, examples=[0])


class KnownMirror(BaseModel):
    """A peer that has vouched for a copy of this node's feed."""

    origin: OriginName
    size: int = Field(description="The head it vouched for last.", ge=1, examples=[124])
    newest: bool = Field(description="Whether that is the newest head.", examples=[True])
    last_answer: Seconds
    code: str = Field(description="Why it did not answer since; empty where it did.", examples=[""])


class Braked(BaseModel):
    """A mass withdrawal: the records are out of view, their contents are deleted later."""

    subjects: int = Field(description="How many subjects.", ge=1, examples=[120])
    until: float = Field(
        description="When the first are deleted at the latest, POSIX seconds.", examples=[1795510800.0]
    )


class Peer(BaseModel):
    """A feed held here and how its pulls go."""

    origin: OriginName
    feed: FeedNameText
    own: bool = Field(description="Whether it is this node's own.", examples=[False])
    fingerprint: str = Field(
        description="SCID of the key log, to compare with what the other side says of itself.",
        examples=["QmUXA3kkXnVPEBHpQtKfYUyX4wTqhKZ7rUmTPf2kZ6MxJn"],
    )
    size: int = Field(description="Entries that the newest believed head names.", examples=[124])
    root: str = Field(description="Root hash of that head, hex.", examples=["ab" * 32])
    head_time: Annotated[
        float | None,
        Field(
            description="Since when this head is the newest one here, POSIX seconds; null before the first. A head that "
            "stands still is no fault: nothing was published, or it is held back from this node.",
            examples=[1795424400.0],
        ),
    ]
    stored: int = Field(description="Entries held so far.", examples=[124])
    state: str = Field(
        description="`live`, `silent` (pulls fail), `waiting`, `damaged`, `forked` and others.",
        examples=["live"],
    )
    code: str = Field(description="Why it is not live; empty where it is.", examples=[""])
    message: str = Field(description="The same for people.", examples=[""])
    counts: Counts
    base_url: str | None = Field(
        description="Where it is fetched; null for our own.", examples=["https://agri.example"]
    )
    paused: bool = Field(description="Whether the operator has paused it.", examples=[False])
    last_success: Seconds
    next_pull: Seconds
    mirrored: bool = Field(description="Whether this node keeps and serves a whole copy.", examples=[False])
    source: str = Field(
        description="Origin of the mirror it came from last, while its own node is silent; else empty.",
        examples=[""],
    )
    source_time: Seconds
    failures: int = Field(description="Pulls that failed since the last success.", examples=[0])
    cosigned: Cosigned | None = Field(description="Of this node's own live feed; null for others.")
    push: Push | None = Field(description="Of a peer whose witness was asked; null for others.")
    mirrors: list[KnownMirror] | None = Field(
        description="Who keeps a whole copy of this node's own live feed; null for others."
    )
    held: Braked | None = Field(description="What the feed withdrew in a mass and is not deleted yet.")
    evidence: list[str] = Field(
        description="Evidence of a fork, as paths of this node; anybody can check it offline. Of this node's own feed "
        "it says that a peer holds another history, signed with the same key.",
        examples=[["/evidence/" + "ab" * 32]],
    )


class Peers(BaseModel):
    """All feeds held here, our own first; always one page."""

    items: list[Peer]
    next: Annotated[str, Field(description="Always empty.", examples=[""])] = ""


def add_peers(router: APIRouter, store: Store, facts: NodeFacts, now: Callable[[], datetime]) -> None:
    """Add the list of feeds."""

    @router.get("/peers", response_model=Peers, **operation("listPeers", "Node", "List the feeds held here"))
    def peers(request: Request) -> Response:
        """The feeds of this node and of those it follows, our own first, and how they stand."""
        follows = {follow.feed_id: follow for follow in store.follows()}
        time = now().timestamp()
        pushes = {row.origin: row for row in store.pushes()}
        live, braked = facts.own_feed(), store.held_by_feed()
        items = []
        hidden = Hidden(store)
        for feed in live_feeds(store):
            counts = facts.counts(feed, time)
            shown = Counts.of(counts, hidden.of(feed, counts))
            peer = _peer(feed, shown, follows.get(feed.id))
            if feed.name == live.name:
                peer.cosigned = _cosigned(vouching(store, feed))
                peer.mirrors = _mirrors(feed, store.receipts())
                peer.evidence = _evidence(facts, feed)
            elif not feed.own:
                peer.push = _push(pushes.get(feed.origin))
                peer.held = _braked(braked.get(feed.id))
                if feed.state == "forked":
                    peer.evidence = _evidence(facts, feed)
            items.append(peer)
        answer = Peers(items=items)
        return cached(request, answer.model_dump_json().encode(), "application/json", HEAD, compress=True)

    @router.get(
        "/peers/{origin}/keys.jsonl",
        **operation(
            "readKeyLog", "Node", "Read the key log of an origin", 404,
            media_type="application/jsonl", schema={"type": "string"}, example=_KEY_LOG_EXAMPLE,
        ),
    )  # fmt: skip
    def keys(request: Request, origin: Origin) -> Response:
        """The key log of an origin as it is pinned here: to verify records offline, once its fingerprint is compared."""
        newest = next((feed for feed in live_feeds(store) if feed.origin == origin), None)
        if newest is None:
            return problem(404, "peer.unknown", "no feed of this origin is held here")
        return cached(request, newest.key_log.to_bytes(), "application/jsonl", MINUTE, compress=True)


def _peer(feed: FeedRow, counts: Counts, follow: FollowRow | None) -> Peer:
    failed = feed.state == "live" and follow is not None and follow.failures > 0
    return Peer(
        origin=feed.origin,
        feed=feed.name,
        own=feed.own,
        fingerprint=feed.key_log.scid,
        size=feed.head.size,
        root=feed.head.root.hex(),
        head_time=feed.head_at if feed.head.size else None,
        stored=feed.size,
        state="silent" if failed else feed.state,
        code=follow.last_code if failed and follow else feed.state_code,
        message=follow.last_text if failed and follow else feed.state_text,
        counts=counts,
        base_url=follow.base_url if follow else None,
        paused=bool(follow and follow.paused),
        last_success=follow.success_at if follow else None,
        next_pull=follow.next_at if follow else None,
        mirrored=bool(follow and follow.mirror),
        source=follow.source if follow else "",
        source_time=follow.source_at if follow else None,
        failures=follow.failures if follow else 0,
        cosigned=None,
        push=None,
        mirrors=None,
        held=None,
        evidence=[],
    )


def _cosigned(found: Vouching) -> Cosigned:
    by = [Cosigner(origin=one.origin, name=one.name, time=one.time) for one in found.by]
    return Cosigned(by=by, of=found.of)


def _mirrors(feed: FeedRow, receipts: list[ReceiptRow]) -> list[KnownMirror]:
    return [
        KnownMirror(
            origin=row.origin,
            size=row.size,
            newest=row.size >= feed.head.size,
            last_answer=row.success_at,
            code=row.code,
        )
        for row in known_mirrors(receipts, feed.name)
    ]


def _evidence(facts: NodeFacts, feed: FeedRow) -> list[str]:
    return [f"/evidence/{name}" for name in sorted(facts.evidence(feed))]


def _braked(held: Held | None) -> Braked | None:
    if held is None or held.due_at is None:
        return None
    return Braked(subjects=held.subjects, until=held.due_at)


def _push(row: PushRow | None) -> Push | None:
    if row is None:
        return None
    return Push(
        size=row.size,
        code=row.last_code,
        message=row.last_text,
        last_success=row.success_at,
        next_push=row.next_at,
        failures=row.failures,
    )
