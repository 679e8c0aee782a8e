"""The simulator is honest until it lies: our own reader, and all checks of a node, accept what it serves."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot_conformance.checks import CHECKS, Check
from entrepot_conformance.http_reader import HttpReader
from entrepot_conformance.lying import wire
from entrepot_conformance.lying.feed import Feed
from entrepot_conformance.lying.peer import Peer, at
from entrepot_conformance.lying.server import PeerServer, Request
from entrepot_conformance.node_under_test import NodeUnderTest
from entrepot_conformance.reason_codes import known_codes, require_code
from entrepot_conformance.toy_node import Response


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    """A feed of several bundles, with all that can happen in one."""
    peer = Peer("liar.example", 300)
    peer.feed.withdraw("company 7")
    peer.feed.publish("company 7", founded="2001")
    peer.identity.rotate()
    peer.feed.commit_to_line(2)
    peer.feed.publish("company 8", founded="2002")
    peer.identity.rotate(log=1)
    peer.feed.commit_to_line(3)
    peer.grow()
    yield peer
    peer.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_an_honest_peer_passes_each_check(check: Check, peer: Peer) -> None:
    check(NodeUnderTest(peer.url))


def test_a_next_feed_opens_with_all_lines() -> None:
    peer = Peer("liar.example", 2)
    peer.identity.rotate(log=2)
    peer.feed = Feed(peer.identity)
    peer.grow()
    for check in CHECKS:
        check(NodeUnderTest(peer.url))
    peer.close()


def test_peers_of_two_origins_share_no_key_and_one_origin_is_always_the_same() -> None:
    one, same, other = (Peer(origin) for origin in ("a.example", "a.example", "b.example"))

    assert one.identity.key_log == same.identity.key_log
    assert one.identity.scid != other.identity.scid
    for peer in (one, same, other):
        peer.close()


def test_a_lie_is_told_at_its_place_only_and_ends_with_the_truth(peer: Peer) -> None:
    honest = HttpReader(peer.url).get("/feed/checkpoint").body
    peer.lie = at("checkpoint")(lambda told: Response(503))
    assert HttpReader(peer.url).get("/feed/checkpoint").status == 503
    assert HttpReader(peer.url).get("/feed/keys.jsonl").status == 200
    peer.tell()
    assert HttpReader(peer.url).get("/feed/checkpoint").body == honest


@pytest.mark.parametrize(
    "bend", [wire.chunked, lambda told: wire.just(wire.plain(told))], ids=["chunks", "hangs up"]
)
def test_odd_but_good_ways_to_send_are_good(bend: Any, peer: Peer) -> None:
    honest = HttpReader(peer.url).get("/feed/keys.jsonl").body
    peer.lie = at("keys")(bend)
    assert HttpReader(peer.url).get("/feed/keys.jsonl").body == honest
    peer.tell()


def test_a_server_that_is_closed_lets_go_of_whoever_it_held() -> None:
    server = PeerServer(lambda request: wire.silent(b"HTTP/1.1 200 OK\r\n"))
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as link:
        link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert link.recv(17) == b"HTTP/1.1 200 OK\r\n"
        server.close()
        assert link.recv(1) == b""
    assert server.requests == [Request("GET", "/", {"host": "x"})]


def test_messages_are_dumped_for_replay(tmp_path: Path) -> None:
    peer = Peer("liar.example", dump=tmp_path)
    HttpReader(peer.url).get("/feed/checkpoint")
    peer.close()

    (file,) = tmp_path.iterdir()
    assert '"get": "/feed/checkpoint"' in file.read_text("utf-8")


def test_reason_codes_are_read_from_the_text_of_the_standard() -> None:
    assert {"log.fork", "json.duplicate-member", "schema.additionalProperties"} <= known_codes()
    require_code("log.fork", ("log.*",), "x")
    require_code("http.404", ("http.*",), "x")
    for code, due in (("log.fork", "log.rollback"), ("log.nonsense", "log.*"), ("", "*")):
        with pytest.raises(AssertionError):
            require_code(code, (due,), "x")
