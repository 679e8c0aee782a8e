"""A few founded nodes in one process that reach each other by their base URLs: real stores, keys, routes and HTTP bodies."""

from __future__ import annotations

import asyncio
import random
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from entrepot_node.app import create_app
from entrepot_node.comparing import Comparer
from entrepot_node.correspondents import Correspondent
from entrepot_node.cosigner import Cosigner
from entrepot_node.followers import Followers, approve
from entrepot_node.following import Puller, meet, pin
from entrepot_node.genesis import found_node
from entrepot_node.greeting import Greeter
from entrepot_node.head_gate import WitnessGate
from entrepot_node.hello_desk import HelloDesk
from entrepot_node.home import Home
from entrepot_node.http_server import server_config
from entrepot_node.keyring import WITNESS
from entrepot_node.live_feed import live_feed
from entrepot_node.node_document import refresh_node_document
from entrepot_node.orders import Publication
from entrepot_node.publish import Publisher
from entrepot_node.push_targets import PushTarget
from entrepot_node.pushing import Pusher
from entrepot_node.settings import Settings
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.acquaintance import FollowerRow, GreetingRow
from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.sql_store import SqlStore
from entrepot_node.storage.vouching import PushRow
from entrepot_node.witnessing import Witness
from entrepot_schema.errors import EntrepotError
from entrepot_schema.keys import SigningKey
from entrepot_sync.cosignature import Cosignature
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.peer_url import parse_base_url
from entrepot_sync.pull import PullReport
from entrepot_sync.transport import HttpTransport

from .conftest import Clock

ORIGINS = ("a.example", "b.example", "c.example")


def found_all(folder: Path) -> None:
    """Found the nodes once; tests work on copies."""
    for number, origin in enumerate(ORIGINS):
        settings = Settings(
            origin=origin, base_url=f"https://{origin}", takedown_email=f"info@{origin}", name=origin
        )
        found_node(Home(folder / origin), settings, now=Clock(), random_bytes=random.Random(number).randbytes)


@dataclass
class Member:
    """One node of the federation."""

    origin: str
    home: Home
    federation: Federation
    store: SqlStore
    witness: Cosigner
    news: list[str] = field(default_factory=list)
    app: FastAPI = field(default_factory=FastAPI)

    @property
    def feed(self) -> FeedRow:
        return live_feed(self.store)

    @property
    def url(self) -> str:
        return f"https://{self.origin}"

    @property
    def log_key(self) -> SigningKey:
        return self.home.keyring(1).log

    def copy_of(self, other: Member) -> FeedRow:
        row = self.store.feed(other.feed.name)
        assert row is not None
        return row

    def publish(self, *names: str) -> None:
        publisher = Publisher(
            self.store, self.feed.name, self.home.keyring(1), now=self.federation.clock,
            random_bytes=random.Random(f"{self.origin} {names}").randbytes,
        )  # fmt: skip
        publisher.publish([Publication(company(name), "CC0-1.0") for name in names])

    def follow(self, other: Member) -> FollowRow:
        async def introduce() -> None:
            transport = self.federation.open_transport(other.url, False)
            met = await meet(other.url, transport)
            pin(
                self.store, met, allow_private=False, growth_limit=1_000_000, now=self.federation.now(),
                own_origin=self.origin,
            )  # fmt: skip

        asyncio.run(introduce())
        return self.row(other)

    def row(self, other: Member) -> FollowRow:
        return next(row for row in self.store.follows() if row.origin == other.origin)

    def pull(self, other: Member, *, pushed: bool = False) -> PullReport:
        return asyncio.run(self.puller().pull(self.row(other), pushed=pushed))

    def puller(self) -> Puller:
        return Puller(
            self.store, self.federation.open_transport, owner=self.origin, now=self.federation.now,
            random=lambda: 0.5, poll_seconds=300, gate=self.gate,
        )  # fmt: skip

    @property
    def gate(self) -> WitnessGate:
        return WitnessGate(self.store, self.witness, now=self.federation.now)

    def pusher(self, owner: str = "", witnesses: Sequence[PushTarget] = ()) -> Pusher:
        gate = SigningGate(self.store, self.home.mark_file, self.federation.open_transport)
        return Pusher(
            self.store, self.federation.open_transport, gate.keep, owner=owner or self.origin,
            now=self.federation.now, random=lambda: 0.5, witnesses=witnesses,
        )  # fmt: skip

    def comparer(self) -> Comparer:
        return Comparer(self.store, self.witness, self.federation.open_transport, now=self.federation.now)

    def greeter(self, base_url: str = "", record: SigningKey | None = None) -> Greeter:
        return Greeter(
            self.store, base_url or self.url, lambda: record or self.home.keyring(1).record, self.federation.open_transport,
            now=self.federation.clock, random=lambda: 0.5,
        )  # fmt: skip

    def greets(self) -> list[str]:
        return [peer.origin for peer in self.greeter().due()]

    def greet(self, other: Member, base_url: str = "") -> GreetingRow:
        """Say hello to a peer, whether or not it is due."""
        row = self.row(other)
        peer = Correspondent(row.origin, row.base_url, row.allow_private)
        return asyncio.run(self.greeter(base_url).greet(peer))

    def followers(self) -> Followers:
        return Followers(
            self.store, self.federation.open_transport, now=self.federation.now, random=lambda: 0.5
        )

    def approve(self, other: Member) -> FollowerRow:
        """Approve the hello of another node, and ask it who it is."""
        hello = self.store.hello(other.origin)
        assert hello is not None
        row = approve(self.store, hello, allow_private=False, now=self.federation.now())
        return asyncio.run(self.followers().refresh(row))

    def hello(self, raw: bytes, media_type: str = "application/json") -> httpx.Response:
        return self.federation.post(f"{self.url}/hello", raw, media_type)

    def push(self, other: Member) -> Cosignature | None:
        """Push our newest head to another node, whether or not it is due."""
        pusher = self.pusher()
        target = next(target for target in pusher.targets() if target.origin == other.origin)
        return asyncio.run(pusher.push(target))

    def push_fault(self, other: Member) -> str:
        try:
            self.push(other)
        except EntrepotError as error:
            return error.code
        return ""

    def due(self) -> list[str]:
        return [target.origin for target in self.pusher().due()]

    def noted(self, other: Member) -> PushRow:
        return next(row for row in self.store.pushes() if row.origin == other.origin)

    def checkpoint(self) -> bytes:
        return self.federation.get(f"{self.url}/feed/checkpoint").content

    def add_checkpoint(self, body: bytes) -> httpx.Response:
        return self.federation.post(f"{self.url}/witness/add-checkpoint", body)


class Federation:
    """All nodes by base URL. `answers` are what a URL answers in place of its node, and may raise."""

    def __init__(self, folder: Path, founded: Path) -> None:
        self.clock = Clock()
        self.answers: dict[str, httpx.Response] = {}
        self.asked: list[str] = []
        self.members = {origin: self._open(folder, founded, origin) for origin in ORIGINS}

    def __iter__(self) -> Any:
        return iter(self.members.values())

    def now(self) -> float:
        return self.clock().timestamp()

    def close(self) -> None:
        for member in self:
            member.store.close()

    def open_transport(self, base_url: str, allow_private: bool) -> HttpTransport:
        url = parse_base_url(base_url, allow_private=allow_private)
        return HttpTransport(url, allow_private=allow_private, inner=_Wire(self), now=self.clock)

    def get(self, url: str, **headers: str) -> httpx.Response:
        return asyncio.run(self._send("GET", url, b"", headers))

    def post(self, url: str, body: bytes, media_type: str = "text/plain") -> httpx.Response:
        return asyncio.run(self._send("POST", url, body, {"content-type": media_type}))

    async def _send(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        async with httpx.AsyncClient(transport=_Wire(self)) as client:
            return await client.request(method, url, content=body, headers=headers)

    def _open(self, folder: Path, founded: Path, origin: str) -> Member:
        home = Home(shutil.copytree(founded / origin, folder / origin))
        store, settings = home.open_store(), home.settings()
        witness = home.cosigner(WITNESS, origin)
        assert witness is not None
        member = Member(origin, home, self, store, witness)
        refresh_node_document(
            store, settings, member.feed, home.keyring(1), now=self.clock,
            random_bytes=random.Random(origin).randbytes,
        )  # fmt: skip
        desk = Witness(
            store, witness, settings.witness_logs, now=self.now,
            news=lambda feed: member.news.append(feed.name),
        )  # fmt: skip
        hellos = HelloDesk(store, origin, now=self.now)
        member.app = create_app(store, settings, witness=desk, hellos=hellos, now=self.clock)
        return member


class _Wire(httpx.AsyncBaseTransport):
    """The network between the nodes: by host name, in memory."""

    def __init__(self, federation: Federation) -> None:
        self._federation = federation

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        self._federation.asked.append(f"{request.method} {url}")
        if url in self._federation.answers:
            given = self._federation.answers[url]
            stream = httpx.ByteStream(given.content)
            return httpx.Response(given.status_code, headers=given.headers, stream=stream)
        member = self._federation.members.get(request.url.host)
        if member is None:
            raise httpx.ConnectError("there is no such node")
        return await httpx.ASGITransport(member.app).handle_async_request(request)


def company(name: str) -> dict[str, Any]:
    """The profile of a new company."""
    return {
        "type": "company", "name": {"en": name}, "locations": [{"country": "DE"}], "status": "active",
        "updated": "2026-11-23",
    }  # fmt: skip


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Serve an application on a socket of this process."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()  # who comes before the server runs waits for it
        server = uvicorn.Server(server_config(app, grace_seconds=1))
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
