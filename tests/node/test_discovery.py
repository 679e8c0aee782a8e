"""Whom peers follow: read from them, shown, and never trusted. Nodes in one process, real routes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from entrepot_node.commands.known import known_rows
from entrepot_node.commands.node import Node
from entrepot_node.discovery import MOST_NODES, MOST_OF_ONE, READ_SECONDS, PeerListReader

from .federation import Federation, Member

LIST = "https://b.example/api/v1/peers"
SCID = "QmUXA3kkXnVPEBHpQtKfYUyX4wTqhKZ7rUmTPf2kZ6MxJn"


@pytest.fixture
def us(federation: Federation) -> Member:
    """A node that follows another, which follows a third."""
    us, peer, third = federation
    us.follow(peer)
    peer.follow(third)
    federation.asked.clear()
    return us


def reader(us: Member) -> PeerListReader:
    return PeerListReader(
        us.store, us.origin, us.federation.open_transport, now=us.federation.now, random=lambda: 0.5
    )


def read(us: Member) -> list[str]:
    asyncio.run(reader(us).round())
    return [one.origin for one in us.store.known_nodes(limit=MOST_NODES)]


def known(us: Member, query: str = "") -> Any:
    answer = us.federation.get(f"{us.url}/api/v1/peers/known{query}")
    assert answer.status_code == 200
    return answer.json()


def listed(*origins: str) -> httpx.Response:
    items = [{"origin": one, "fingerprint": SCID, "base_url": f"https://{one}"} for one in origins]
    return httpx.Response(200, content=json.dumps({"items": items, "next": ""}).encode())


def test_whom_a_peer_follows_is_known_through_it(us: Member) -> None:
    """FED-69: with the fingerprint under which the peer follows it, which is still to be compared."""
    third = us.federation.members["c.example"]

    assert read(us) == ["c.example"]

    claim = {"fingerprint": third.feed.key_log.scid, "through": "b.example"}
    assert known(us) == {
        "items": [{"origin": "c.example", "base_url": third.url, **claim}], "next": "",
    }  # fmt: skip
    rows = known_rows(Node(us.home, us.home.settings(), us.store))
    assert rows == [{"origin": "c.example", "claims": [{"baseUrl": third.url, **claim}]}]


def test_f17_nothing_is_fetched_followed_or_trusted_because_it_is_listed(us: Member) -> None:
    """FED-69."""
    read(us)
    read(us)

    assert us.federation.asked == [f"GET {LIST}"]
    assert [row.origin for row in us.store.follows()] == ["b.example"]
    assert (us.greets(), [target.origin for target in us.pusher().targets()]) == (
        ["b.example"],
        ["b.example"],
    )


def test_a_list_is_read_daily_and_replaced(us: Member) -> None:
    """FED-69."""
    read(us)
    us.federation.clock.move(seconds=READ_SECONDS)
    assert reader(us).due() == []
    us.federation.clock.move(hours=5)
    us.federation.answers[LIST] = listed("d.example")

    assert read(us) == ["d.example"]


def test_who_is_followed_then_is_not_merely_known(us: Member) -> None:
    """FED-69."""
    read(us)
    us.follow(us.federation.members["c.example"])

    assert known(us)["items"] == []


def test_f17_a_peer_that_lists_very_many_gets_its_share(us: Member) -> None:
    """FED-69."""
    us.federation.answers[LIST] = listed(*(f"n{number}.example" for number in range(MOST_OF_ONE + 100)))

    assert len(read(us)) == MOST_OF_ONE

    page = known(us, "?limit=600")
    rest = known(us, f"?limit=600&cursor={page['next']}")
    assert [len(page["items"]), len(rest["items"]), rest["next"]] == [600, MOST_OF_ONE - 600, ""]
    assert len({item["origin"] for item in page["items"] + rest["items"]}) == MOST_OF_ONE


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(200, content=b"x" * (2 * 1024 * 1024 + 1)), "peer.too-large"),
        (httpx.Response(200, content=b"<html>"), "peer.protocol"),
        (httpx.Response(404), "peer.status"),
        (httpx.Response(302, headers={"location": "https://c.example"}), "peer.redirect"),
    ],
)
def test_f17_what_is_no_list_leaves_the_one_before(us: Member, answer: httpx.Response, code: str) -> None:
    """FED-69: and is tried again later and later."""
    read(us)
    us.federation.answers[LIST] = answer
    us.federation.clock.move(days=2)

    assert read(us) == ["c.example"]
    first = us.store.list_readings()[0]
    us.federation.clock.time = us.federation.clock.time.fromtimestamp(
        first.next_at, us.federation.clock.time.tzinfo
    )
    read(us)

    second = us.store.list_readings()[0]
    assert (first.code, first.failures, second.failures) == (code, 1, 2)
    assert second.next_at - us.federation.now() > 3_600


def test_peers_that_do_not_agree_are_shown_so(us: Member) -> None:
    """FED-69: who names what, side by side."""
    third = us.federation.members["c.example"]
    us.follow(third)
    us.federation.answers[LIST] = listed("d.example")
    us.federation.answers["https://c.example/api/v1/peers"] = httpx.Response(
        200,
        content=json.dumps(
            {
                "items": [
                    {
                        "origin": "d.example",
                        "fingerprint": third.feed.key_log.scid,
                        "base_url": "https://evil.example",
                    }
                ]
            }
        ).encode(),
    )

    read(us)

    (row,) = known_rows(Node(us.home, us.home.settings(), us.store))
    assert [(claim["through"], claim["baseUrl"]) for claim in row["claims"]] == [
        ("b.example", "https://d.example"), ("c.example", "https://evil.example"),
    ]  # fmt: skip
