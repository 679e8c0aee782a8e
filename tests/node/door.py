"""A node with a door for those who publish over HTTP, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from entrepot_node.admission import Admission
from entrepot_node.app import create_app
from entrepot_node.publish import Publisher
from entrepot_node.publish_desk import PublishDesk
from entrepot_node.routes.api.publishing import Door

API = "/api/v1"
LOOPBACK = ("127.0.0.1", 50_000)


@dataclass
class OpenDoor:
    """The door of a node; `open` and `is_awaited` are what its desk is made with."""

    node: Any
    base_url: str = "http://127.0.0.1:8101"
    seconds: float = 0.0
    desk: PublishDesk = field(init=False)
    app: Any = field(init=False)

    def __post_init__(self) -> None:
        node = self.node
        self.tokens = node.home.token_file()
        self.desk = PublishDesk(self.open, lambda: node.home.is_append_awaited(1))
        admission = Admission(self.tokens, self.base_url, now=lambda: self.seconds)
        self.app = create_app(node.store, node.settings, now=node.clock, door=Door(admission, self.desk))

    @contextmanager
    def open(self) -> Iterator[Publisher]:
        with self.node.home.append_lock(1):
            yield self.node.publisher()

    def token(self, name: str = "register") -> str:
        secret: str = self.tokens.add(name, made="2026-11-23T09:30:00Z", random_bytes=self.node.random_bytes)
        return secret

    def ask(
        self, method: str, path: str, body: bytes = b"", *, token: str = "", address: tuple[str, int] = LOOPBACK, **headers: str
    ) -> httpx.Response:  # fmt: skip
        """Send one request; `idempotency_key="1"` and the like are header lines."""
        lines = {name.replace("_", "-"): text for name, text in headers.items()}
        if token:
            lines["authorization"] = f"Bearer {token}"

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=address)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                return await client.request(method, API + path, content=body, headers=lines)

        return asyncio.run(send())
