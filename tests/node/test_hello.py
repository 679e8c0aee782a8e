"""Hellos at the door: what waits for the operator, what is refused, and that nothing is done for any of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from entrepot_node.hello_desk import AGAIN_SECONDS, MOST_HELLOS, WAITING_SECONDS, HelloDesk
from entrepot_node.storage.contract_feed import extended, key_log_of, key_of
from entrepot_schema.errors import EntrepotError
from entrepot_schema.key_log import KeyLog, create_key_log
from entrepot_schema.key_state import build_state
from entrepot_schema.keys import SigningKey
from entrepot_schema.timestamp import format_timestamp
from entrepot_sync.hello import MAX_HELLO_BYTES, write_hello
from entrepot_sync.note import VerifierKey

from .federation import Federation, Member

SENDER = "sender.example"
URL = "https://node.sender.example"


@pytest.fixture
def us(federation: Federation) -> Member:
    """A node that nobody knows yet."""
    return federation.members["a.example"]


def keys_of(origin: str, seed: str, record: SigningKey | None = None) -> tuple[KeyLog, SigningKey]:
    """Other keys than `key_log_of` makes for the same name: anybody can make some."""
    record, log = (
        record or key_of(f"record {seed}"),
        VerifierKey(f"{origin}/feed/1", key_of(f"log {seed}").public),
    )
    state = build_state(origin, record.public, {1: str(log)})
    cards = (key_of("card a").public, key_of("card b").public)
    return create_key_log(state, cards=cards, update_key=key_of(seed), time="2026-11-23T09:00:00Z"), record


def hello(us: Member, origin: str = SENDER, url: str = URL, **how: Any) -> bytes:
    """A hello of an origin to us, now."""
    key_log, key = how.get("keys") or (key_log_of(origin), key_of(f"record of {origin}"))
    time = how.get("time") or format_timestamp(us.federation.clock())
    return write_hello(how.get("to", us.origin), url, key_log, key=key, time=time)


def outcome(answer: httpx.Response) -> tuple[int, str]:
    """Status, and the state or the code."""
    body = answer.json()
    return answer.status_code, body.get("code") or body["state"]


def said(us: Member, raw: bytes) -> tuple[int, str]:
    return outcome(us.hello(raw))


def waiting(us: Member) -> list[tuple[str, str]]:
    return [(row.origin, row.base_url) for row in us.store.hellos() if not row.refused]


def test_a_hello_waits_and_nothing_is_done_for_it(us: Member) -> None:
    """P05, FED-60, FED-62: no fetch, no push, no follow, whatever base URL it names."""
    answer = us.hello(hello(us))

    assert outcome(answer) == (200, "waiting")
    assert answer.headers["cache-control"] == "no-store"
    assert waiting(us) == [(SENDER, URL)]
    assert us.federation.asked == ["POST https://a.example/hello"]
    assert (us.store.follows(), us.store.followers(), us.pusher().targets()) == ([], [], [])
    assert us.greets() == []


def test_the_newest_hello_of_one_fingerprint_waits(us: Member) -> None:
    """FED-63: and one that was overtaken takes nothing back."""
    first = hello(us)
    said(us, first)
    us.federation.clock.move(seconds=AGAIN_SECONDS)
    newer = hello(us, url="https://new.sender.example")
    late = hello(us, url="https://late.sender.example")

    assert said(us, newer) == (200, "waiting")
    assert said(us, late) == (409, "hello.stale")
    assert said(us, first) == (409, "hello.stale")
    assert waiting(us) == [(SENDER, "https://new.sender.example")]


def test_a_hello_that_is_replayed_changes_nothing(us: Member) -> None:
    """FED-63: neither its time nor its place."""
    raw = hello(us)
    said(us, raw)
    before = us.store.hellos()
    us.federation.clock.move(seconds=30)

    assert [said(us, raw) for _ in range(3)] == [(200, "waiting")] * 3
    assert us.store.hellos() == before


def test_a_name_that_waits_does_not_flap(us: Member) -> None:
    """FED-63, FED-65: what it says changes once a minute at most."""
    said(us, hello(us))
    us.federation.clock.move(seconds=20)

    answer = us.hello(hello(us, url="https://new.sender.example"))

    assert outcome(answer) == (429, "hello.busy")
    assert answer.headers["retry-after"] == "40"
    assert waiting(us) == [(SENDER, URL)]


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (lambda us: hello(us, to="b.example"), (422, "hello.recipient")),
        (lambda us: hello(us, time="2026-11-23T09:19:59Z"), (422, "hello.time")),
        (lambda us: hello(us, time="2026-11-23T09:40:01Z"), (422, "hello.time")),
        (lambda us: hello(us, origin="a.example"), (422, "peer.self")),
        (lambda us: hello(us, keys=(key_log_of(SENDER), key_of("a thief"))), (422, "key.unknown")),
        (lambda us: hello(us).replace(b"sender.example/feed", b"sander.example/feed"), (422, "key.log-scid")),
        (lambda us: hello(us).replace(b"node.sender", b"evil.sender"), (422, "key.signature")),
        (lambda us: hello(us)[:-1], (422, "json.syntax")),
        (lambda us: b"{}", (400, "hello.request")),
        (lambda us: json.dumps(json.loads(hello(us))).encode(), (422, "json.not-canonical")),
        (lambda us: b" " * (MAX_HELLO_BYTES + 1), (413, "hello.request")),
    ],
)
def test_what_is_no_hello_to_us_now_is_refused(us: Member, raw: Any, refusal: tuple[int, str]) -> None:
    """FED-60, FED-61: as a problem with a stable code, and nothing is kept."""
    answer = us.hello(raw(us))

    assert outcome(answer) == refusal
    assert answer.headers["content-type"] == "application/problem+json"
    assert us.store.hellos() == []


def test_only_a_post_of_the_right_type_to_the_very_path_is_heard(us: Member) -> None:
    """FED-60, EXC-93."""
    assert outcome(us.hello(hello(us), "text/plain")) == (415, "http.415")
    assert us.federation.post(f"{us.url}/hello/", hello(us), "application/json").status_code == 404
    assert us.federation.get(f"{us.url}/hello").status_code == 405
    assert us.store.hellos() == []


# --- names that we know


def test_f10_a_second_key_log_for_a_followed_name_is_refused_and_told(
    federation: Federation, us: Member
) -> None:
    """FED-64: the pinned one stays, and the operator sees who claims the name."""
    peer = federation.members["b.example"]
    us.follow(peer)
    rival, key = keys_of("b.example", "a rival")

    refusal = said(us, hello(us, "b.example", "https://evil.example", keys=(rival, key)))

    assert refusal == (422, "key.log-history")
    assert us.copy_of(peer).key_log == peer.feed.key_log
    assert [(row.origin, row.scid) for row in us.store.rivals()] == [("b.example", rival.scid)]
    assert us.store.hellos() == []


def test_a_peer_that_is_followed_is_pushed_to_anyway(federation: Federation, us: Member) -> None:
    """FED-62: where our operator says, not where its hello does."""
    peer = federation.members["b.example"]
    us.follow(peer)
    record = peer.home.keyring(1).record

    answer = said(us, hello(us, "b.example", "https://new.example", keys=(peer.feed.key_log, record)))

    assert answer == (200, "approved")
    assert [target.base_url for target in us.pusher().targets()] == [peer.url]
    assert us.store.hellos() == []


def test_f10_a_second_key_log_for_a_name_that_waits_is_refused_and_told(us: Member) -> None:
    """FED-64: the first keeps its place until the operator says otherwise."""
    said(us, hello(us))
    us.federation.clock.move(minutes=5)
    rival = keys_of(SENDER, "a rival")

    assert said(us, hello(us, url="https://evil.example", keys=rival)) == (422, "key.log-history")
    assert waiting(us) == [(SENDER, URL)]
    assert [row.scid for row in us.store.rivals()] == [rival[0].scid]


def test_sig49_another_continuation_of_one_key_log_is_refused(us: Member) -> None:
    """FED-64: one fingerprint, and neither extends the other; nor does an older one come back."""
    longer = (extended(key_log_of(SENDER)), key_of("new record key"))
    said(us, hello(us, keys=longer))
    us.federation.clock.move(minutes=5)

    assert said(us, hello(us)) == (422, "key.log-history")
    assert us.store.hellos()[0].key_log == longer[0].to_bytes()


def test_who_was_refused_is_told_so_and_others_may_have_the_name(us: Member) -> None:
    """FED-64, FED-68."""
    said(us, hello(us))
    (row,) = us.store.hellos()
    us.store.put_hello(replace(row, refused=True), most=MOST_HELLOS, since=0.0)
    us.federation.clock.move(minutes=5)

    assert said(us, hello(us)) == (403, "hello.refused")
    assert waiting(us) == []
    honest = keys_of(SENDER, "honest")
    assert said(us, hello(us, keys=honest)) == (200, "waiting")
    assert said(us, hello(us)) == (422, "key.log-history")


# --- floods


def test_a_flood_from_one_address_is_turned_away_unread(us: Member) -> None:
    """P05, FED-65: before the body is read."""
    read: list[int] = []

    async def flood() -> list[int]:
        async def body(number: int) -> AsyncIterator[bytes]:
            read.append(number)
            yield b"{}"

        headers = {"content-type": "application/json"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(us.app), base_url=us.url) as client:
            posts = [client.post("/hello", content=body(number), headers=headers) for number in range(50)]
            return [(await post).status_code for post in posts]

    assert asyncio.run(flood()) == [400] * 10 + [429] * 40
    assert read == list(range(10))
    us.federation.clock.move(seconds=10)
    assert said(us, hello(us)) == (200, "waiting")


def desk(us: Member) -> HelloDesk:
    """A desk that is called from no address; only what it keeps and how much it judges counts."""
    return HelloDesk(us.store, us.origin, now=us.federation.now)


def codes(us: Member, at: HelloDesk, names: list[str]) -> list[str]:
    """Say hello under each name, a second apart."""
    found = []
    for name in names:
        try:
            found.append(at.receive(hello(us, name)))
        except EntrepotError as error:
            found.append(error.code)
        us.federation.clock.move(seconds=1)
    return found


def test_a_flood_from_many_addresses_costs_few_signatures(us: Member) -> None:
    """P05, FED-65: what costs is bounded in all, whoever asks."""
    at = desk(us)
    raw = [hello(us, f"n{number}.example") for number in range(60)]
    found = []
    for one in raw:
        try:
            found.append(at.receive(one))
        except EntrepotError as error:
            found.append(error.code)

    assert found == ["waiting"] * 20 + ["hello.busy"] * 40
    assert len(us.store.hellos()) == 20


def test_a_flood_of_names_does_not_grow_the_list(us: Member) -> None:
    """P05, FED-65: beyond the bound not even keys are judged; who waits already is heard; after a month there is room again."""
    at = desk(us)
    names = [f"n{number}.example" for number in range(MOST_HELLOS + 5)]

    found = codes(us, at, names)

    assert found == ["waiting"] * MOST_HELLOS + ["hello.full"] * 5
    assert codes(us, at, names[:1]) == ["waiting"]
    us.federation.clock.move(seconds=WAITING_SECONDS)
    assert codes(us, at, names[-1:]) == ["waiting"]
    assert waiting(us) == [(names[-1], URL)]


def test_a_full_list_says_when_to_come_again(us: Member) -> None:
    """FED-65."""
    said(us, hello(us))
    (row,) = us.store.hellos()
    for number in range(MOST_HELLOS - 1):
        more = replace(row, origin=f"n{number}.example")
        us.store.put_hello(more, most=MOST_HELLOS, since=0.0)

    answer = us.hello(hello(us, "late.example"))

    assert outcome(answer) == (503, "hello.full")
    forged = hello(us, "late.example").replace(b"node.sender", b"evil.sender")
    assert said(us, forged) == (503, "hello.full"), "no key is looked at"
    assert int(answer.headers["retry-after"]) >= 600


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", True),
        ("2001:db8:1:1::1", "2001:db8:1:2::1", False),
        ("", "", True),
    ],
)
def test_one_customer_is_one_caller(us: Member, one: str, other: str, same: bool) -> None:
    """FED-65: an IPv6 customer has more addresses than anybody could remember."""
    at = desk(us)
    for _ in range(10):
        at.require_turn(one)
    try:
        at.require_turn(other)
    except EntrepotError as error:
        assert (same, error.code) == (True, "hello.busy")
    else:
        assert not same
