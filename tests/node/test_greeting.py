"""Saying hello: to whom, when again, and what is made of the answers. Nodes in one process, real routes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest

from entrepot_node.node_document import node_profile
from entrepot_schema.keys import SigningKey
from entrepot_schema.record import NODE_TYPE, Statement, sign_record

from .federation import Federation, Member

HELLO = "https://b.example/hello"


@pytest.fixture
def pair(federation: Federation) -> tuple[Member, Member]:
    """A node that follows another, and that other."""
    us, peer, _ = federation
    us.follow(peer)
    return us, peer


def answers(us: Member, status: int, body: bytes = b"", **headers: str) -> None:
    us.federation.answers[HELLO] = httpx.Response(status, content=body, headers=headers)


def after(us: Member, **by: float) -> list[str]:
    """Who is greeted after a while; the clock is put back."""
    now = us.federation.clock.time
    us.federation.clock.time += timedelta(**by)
    found = us.greets()
    us.federation.clock.time = now
    return found


def test_a_peer_is_greeted_once(pair: tuple[Member, Member]) -> None:
    """FED-68: it then knows who follows it and where to push to; while it waits it is told again weekly."""
    us, peer = pair
    assert us.greets() == ["b.example"]

    asyncio.run(us.greeter().round())

    (row,) = peer.store.hellos()
    assert (row.origin, row.base_url, row.scid) == (us.origin, us.url, us.feed.key_log.scid)
    assert [greeting.state for greeting in us.store.greetings()] == ["waiting"]
    assert (us.greets(), after(us, days=6.9), after(us, days=7)) == ([], [], ["b.example"])


def test_it_is_said_again_when_it_has_changed(pair: tuple[Member, Member]) -> None:
    """FED-68."""
    us, peer = pair
    us.greet(peer)

    assert us.greeter("https://new.a.example").due() != []


def test_a_peer_that_takes_no_hellos_is_left_alone(pair: tuple[Member, Member]) -> None:
    """FED-68: its node document says whether it does."""
    us, peer = pair
    profile = node_profile(peer.home.settings(), peer.feed.name)
    profile["capabilities"] = ["api", "delta"]
    held = us.store.peer_document("b.example")
    assert held is not None
    statement = Statement("did:web:b.example", NODE_TYPE, "2026-11-23T09:30:00Z", 9)
    key: SigningKey = peer.home.keyring(1).record
    raw = sign_record(
        profile, statement, key=key, origin="b.example", license="CC-BY-4.0", nonce="AAAAAAAAAAAAAAAAAAAAAA"
    )
    us.store.put_peer_document(type(held)(held.origin, raw, "", held.fetched_at))

    assert us.greets() == []


def test_approval_is_remembered_for_a_month(pair: tuple[Member, Member]) -> None:
    """FED-68."""
    us, peer = pair
    peer.follow(us)

    assert us.greet(peer).state == "approved"
    assert (after(us, days=29), after(us, days=30)) == ([], ["b.example"])


def test_a_refusal_is_honoured_for_a_month(pair: tuple[Member, Member]) -> None:
    """FED-68: also when there would be something else to say."""
    us, peer = pair
    answers(us, 403)

    assert us.greet(peer).code == "hello.refused"
    us.federation.clock.move(days=29)
    assert (us.greets(), us.greeter("https://new.a.example").due()) == ([], [])
    us.federation.clock.move(days=1)
    assert us.greets() == ["b.example"]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, b"", "hello.none"),
        (200, b"", "hello.answer"),
        (200, b'{"state":"friends"}', "hello.answer"),
        (200, b'{"state":1.5}', "hello.answer"),
        (200, b"<html>" * 5_000, "peer.too-large"),
        (422, b'{"code":"hello.time"}', "hello.answer"),
        (409, b'{"code":"\\u001b[2J"}', "hello.answer"),
        (302, b"", "peer.redirect"),
        (202, b'{"state":"waiting"}', "peer.status"),
        (500, b"", "peer.status"),
    ],
)
def test_other_answers_are_failures_that_wait_longer_and_longer(
    pair: tuple[Member, Member], status: int, body: bytes, code: str
) -> None:
    """FED-68."""
    us, peer = pair
    answers(us, status, body, location="https://c.example")
    waits = []
    for _ in range(4):
        row = us.greet(peer)
        assert (row.code, row.state) == (code, "failed")
        waits.append(row.next_at - us.federation.now())

    assert waits == sorted(set(waits))
    assert us.greets() == []
    assert not any("c.example" in url for url in us.federation.asked)


def test_a_peer_that_asks_to_wait_is_not_asked_earlier(pair: tuple[Member, Member]) -> None:
    """FED-68, EXC-26."""
    us, peer = pair
    answers(us, 429, **{"retry-after": "3000"})

    assert us.greet(peer).code == "peer.throttled"
    assert (after(us, minutes=49), after(us, minutes=50)) == ([], ["b.example"])


def test_a_base_url_that_the_peer_cannot_reach_is_not_said(pair: tuple[Member, Member]) -> None:
    """FED-68: only whom we reach at a private address could reach us at one."""
    us, peer = pair

    assert us.greet(peer, "http://127.0.0.1:8101").code == "hello.base-url"

    assert not any(url.startswith("POST") for url in us.federation.asked)
    assert us.greeter("http://127.0.0.1:8101").due() == []
    assert us.greets() == ["b.example"]


def test_nothing_is_signed_with_a_key_that_is_not_in_force(pair: tuple[Member, Member]) -> None:
    """FED-61: in the midst of a rotation."""
    us, peer = pair
    greeter = us.greeter(record=SigningKey.from_seed(b"x" * 32))

    asyncio.run(greeter.round())

    assert [row.code for row in us.store.greetings()] == ["hello.keys"]
    assert peer.store.hellos() == []


def test_a_peer_that_is_not_followed_any_more_is_not_greeted(pair: tuple[Member, Member]) -> None:
    """FED-68."""
    us, peer = pair
    us.store.remove_follow(us.row(peer).feed_id)

    assert us.greets() == []
