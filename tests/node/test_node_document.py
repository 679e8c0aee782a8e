"""Node documents of peers: asked for again by their tag, and verified all the same."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from entrepot_node.following import Puller
from entrepot_node.peer_document import PATH, ask_peer_document, fetch_node_document
from entrepot_schema.errors import Refused
from entrepot_sync.peer_url import parse_base_url
from entrepot_sync.testing.simulated_peer import Answer, SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed
from entrepot_sync.transport import NOT_MODIFIED, OK, Fetched, HttpTransport, PeerTransport

from .federation import Federation, listening

JSON = "application/json"


class Observed(HttpTransport):
    """Notes what came for the node document."""

    def __init__(self, url: str, noted: list[Fetched]) -> None:
        super().__init__(parse_base_url(url, allow_private=True), allow_private=True)
        self._noted = noted

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        fetched = await super().fetch(path, max_bytes=max_bytes, etag=etag)
        if path == PATH:
            self._noted.append(fetched)
        return fetched


def test_a_document_that_is_the_same_is_not_sent_again(federation: Federation) -> None:
    """FED-11: over a socket; asking costs 300 bytes both ways at most, and counts as fetched."""
    one, two, _ = federation
    one.follow(two)
    noted: list[Fetched] = []
    with listening(two.app) as url:

        def open_transport(_base_url: str, _allow_private: bool) -> PeerTransport:
            return Observed(url, noted)

        puller = Puller(
            one.store, open_transport, owner="one", now=federation.now, random=lambda: 0.5, poll_seconds=300
        )
        for _ in range(3):
            federation.clock.move(minutes=10)
            asyncio.run(puller.pull(one.row(two)))
            asyncio.run(puller.pull(one.row(two)))

    assert [fetched.status for fetched in noted] == [OK, NOT_MODIFIED, NOT_MODIFIED]
    assert noted[2].wire_bytes <= 300
    held = one.store.peer_document("b.example")
    assert held is not None
    assert (held.raw, held.etag, held.fetched_at) == (noted[0].body, noted[0].etag, federation.now())


@pytest.fixture(scope="module")
def feed() -> SmallFeed:
    return SmallFeed("peer.example")


def test_a_document_that_changed_comes_whole_with_its_own_tag(feed: SmallFeed) -> None:
    """FED-11."""
    peer = SimulatedPeer(feed)
    held = asyncio.run(ask_peer_document(peer, None, feed.key_log, now=1.0))
    changed = feed.node_document(revision=2)
    peer.answers[PATH] = Answer(OK, changed, JSON)

    again = asyncio.run(ask_peer_document(peer, held, feed.key_log, now=2.0))

    assert (again.raw, again.fetched_at) == (changed, 2.0)
    assert held.etag
    assert again.etag not in ("", held.etag)


def test_what_is_said_to_be_the_same_is_verified_with_the_key_in_force() -> None:
    """FED-11: a key may have gone out of force since; no cache that says 304 keeps it alive."""
    feed = SmallFeed("peer.example")
    peer = SimulatedPeer(feed)
    peer.answers[PATH] = Answer(OK, feed.node_document(), JSON)
    held = asyncio.run(ask_peer_document(peer, None, feed.key_log, now=1.0))
    assert asyncio.run(ask_peer_document(peer, held, feed.key_log, now=2.0)) == replace(held, fetched_at=2.0)

    feed.rotate(record=True)

    with pytest.raises(Refused):
        asyncio.run(ask_peer_document(peer, held, feed.key_log, now=3.0))


def test_a_document_from_the_second_path_has_no_tag(feed: SmallFeed) -> None:
    """EXC-96, EXC-32: a host may give one tag to both, and at the first path it is of another media type."""
    peer = SimulatedPeer(feed)
    document = feed.node_document()
    peer.answers[PATH] = Answer(OK, document, "application/octet-stream")
    peer.answers[f"{PATH}.json"] = Answer(OK, document, JSON)

    fetched = asyncio.run(fetch_node_document(peer))
    again = asyncio.run(ask_peer_document(peer, None, feed.key_log, now=1.0))

    assert (fetched.body, fetched.etag, again.etag) == (document, None, "")
