"""Founded nodes in one process that mirror each other: real stores, keys and routes; the line between two can be cut."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from entrepot_node.app import create_app
from entrepot_node.following import Puller, meet, pin
from entrepot_node.genesis import found_node
from entrepot_node.head_gate import WitnessGate
from entrepot_node.home import Home
from entrepot_node.keyring import MIRROR, WITNESS
from entrepot_node.live_feed import live_feed
from entrepot_node.mirroring import Mirrors
from entrepot_node.node_document import refresh_node_document
from entrepot_node.orders import Publication
from entrepot_node.publish import Publisher
from entrepot_node.settings import Settings
from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.sql_store import SqlStore
from entrepot_sync.feed_paths import mirror_path
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.peer_url import parse_base_url
from entrepot_sync.pull import PullReport
from entrepot_sync.transport import HttpTransport

from .conftest import Clock


def profile_of(origin: str, number: int, name: str = "") -> dict[str, Any]:
    letters = "".join("abcdefghij"[int(digit)] for digit in f"{number:026}")
    return {
        "id": f"https://{origin}/id/{letters}",
        "type": "company",
        "name": {"en": name or f"Company {number} of {origin}"},
        "locations": [{"country": "DE"}],
        "status": "active",
        "updated": "2026-11-23",
    }


@dataclass
class Line(httpx.AsyncBaseTransport):
    """The network between the nodes: host names to applications."""

    members: dict[str, Member] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    """Who answers that one should come back in half an hour."""
    asked: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        self.asked.append(f"{host}{request.url.path}")
        if host in self.silent:
            raise httpx.ConnectError("the line is cut")
        if host in self.busy:
            return httpx.Response(429, headers={"retry-after": "1800"}, stream=httpx.ByteStream(b""))
        return await httpx.ASGITransport(self.members[host].app).handle_async_request(request)

    def open(self, base_url: str, allow_private: bool) -> HttpTransport:
        url = parse_base_url(base_url, allow_private=allow_private)
        return HttpTransport(url, allow_private=allow_private, inner=self)


@dataclass
class Member:
    """One node."""

    home: Home
    settings: Settings
    store: SqlStore
    line: Line
    clock: Clock
    app: FastAPI

    @property
    def origin(self) -> str:
        return self.settings.origin

    @property
    def feed(self) -> FeedRow:
        return live_feed(self.store)

    @property
    def mirrors(self) -> Mirrors:
        cosigner = self.home.cosigner(MIRROR, self.origin)
        return Mirrors(self.store, cosigner, origin=self.origin, now=lambda: self.clock().timestamp())

    def serve(self) -> None:
        refresh_node_document(
            self.store, self.settings, self.feed, self.home.keyring(1), now=self.clock,
            random_bytes=random.Random(self.origin).randbytes,
        )  # fmt: skip
        self.app = create_app(self.store, self.settings, mirrors=self.mirrors, now=self.clock)

    def publisher(self) -> Publisher:
        draw = random.Random(f"{self.origin} {self.feed.size}").randbytes
        return Publisher(self.store, self.feed.name, self.home.keyring(1), now=self.clock, random_bytes=draw)

    def publish(self, *numbers: int) -> None:
        profiles = [profile_of(self.origin, number) for number in numbers]
        self.publisher().publish([Publication(profile, "CC0-1.0") for profile in profiles])

    def withdraw(self, *numbers: int) -> None:
        self.publisher().withdraw([str(profile_of(self.origin, number)["id"]) for number in numbers])

    def follow(self, other: Member, *, mirror: bool = False) -> None:
        async def introduce() -> None:
            met = await meet(other.settings.base_url, self.line.open(other.settings.base_url, False))
            pin(
                self.store, met, allow_private=False, growth_limit=10_000, own_origin=self.origin,
                now=self.clock().timestamp(), mirror=mirror,
            )  # fmt: skip

        asyncio.run(introduce())

    def row(self, other: Member) -> FollowRow:
        return next(row for row in self.store.follows() if row.origin == other.origin)

    def copy_of(self, other: Member) -> FeedRow:
        feed = self.store.feed(other.feed.name)
        assert feed is not None
        return feed

    def puller(self) -> Puller:
        witness = self.home.cosigner(WITNESS, self.origin)
        assert witness is not None

        def now() -> float:
            return self.clock().timestamp()

        return Puller(
            self.store, self.line.open, owner=self.origin, now=now, random=lambda: 0.5, poll_seconds=300,
            gate=WitnessGate(self.store, witness, now=now), mirrors=self.mirrors,
        )  # fmt: skip

    def pull(self, other: Member) -> PullReport:
        return asyncio.run(self.puller().pull(self.row(other)))

    def get(self, path: str, **headers: str) -> httpx.Response:
        async def send() -> httpx.Response:
            client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="https://x.example")
            async with client:
                return await client.get(path, headers=headers)

        return asyncio.run(send())

    def mirror_path(self, other: Member) -> str:
        return mirror_path(other.feed.name)


def found(folder: Path, line: Line, clock: Clock, origin: str, **settings: Any) -> Member:
    """Found a node and put it on the line."""
    home = Home(folder / origin)
    given = Settings(origin=origin, base_url=f"https://{origin}", takedown_email=f"info@{origin}", **settings)
    found_node(home, given, now=clock, random_bytes=random.Random(origin).randbytes)
    member = Member(home, given, home.open_store(), line, clock, FastAPI())
    line.members[origin] = member
    member.serve()
    return member
