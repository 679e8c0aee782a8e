"""H14: off feed paths a document must come as what it claims to be (EXC-32)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from entrepot_node.app import create_app
from entrepot_node.following import Introduction, meet
from entrepot_node.genesis import found_node
from entrepot_node.home import Home
from entrepot_node.node_document import refresh_node_document
from entrepot_node.settings import Settings
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.errors import PeerFault
from entrepot_sync.peer_url import parse_base_url
from entrepot_sync.transport import Fetched, HttpTransport, PeerTransport

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
URL = "http://127.0.0.1:8101"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[FastAPI]:
    settings = Settings(origin="biomed.example", takedown_email="info@biomed.example", base_url=URL)
    home = Home(tmp_path / "node")
    found_node(home, settings, now=lambda: NOW)
    store: SqlStore = home.open_store()
    refresh_node_document(
        store, settings, store.feeds()[0], home.keyring(1), now=lambda: NOW, random_bytes=lambda n: bytes(n)
    )
    yield create_app(store, settings)
    store.close()


class Relabelled:
    """A host that serves the node document under another media type."""

    def __init__(self, inner: PeerTransport, media_type: str) -> None:
        self._inner = inner
        self._media_type = media_type

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        fetched = await self._inner.fetch(path, max_bytes=max_bytes, etag=etag)
        return replace(fetched, media_type=self._media_type) if path == "/.well-known/entrepot" else fetched

    async def aclose(self) -> None:
        await self._inner.aclose()


def introduce(app: FastAPI, media_type: str | None) -> Introduction:
    async def run() -> Introduction:
        wire = httpx.ASGITransport(app=app)
        honest = HttpTransport(parse_base_url(URL, allow_private=True), allow_private=True, inner=wire)
        transport: PeerTransport = honest if media_type is None else Relabelled(honest, media_type)
        try:
            return await meet(URL, transport)
        finally:
            await transport.aclose()

    return asyncio.run(run())


def test_an_honest_node_document_is_taken(node: FastAPI) -> None:
    assert introduce(node, None).origin == "biomed.example"


@pytest.mark.parametrize(
    "media_type", ["text/html", "text/plain", "", "application/ld+json", "application/json; x=y"]
)
def test_h14_a_node_document_under_another_media_type_is_refused(node: FastAPI, media_type: str) -> None:
    """EXC-32: an upload on an honest host is no node document."""
    with pytest.raises(PeerFault) as refused:
        introduce(node, media_type)

    assert refused.value.code == "peer.media-type"
