"""Approved followers: pushed to and asked like peers, and yet not followed. Nodes in one process, real routes."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from entrepot_node.correspondents import correspondents
from entrepot_node.followers import REFRESH_SECONDS, approve
from entrepot_node.mark_file import Mark
from entrepot_node.receipts import ReceiptReader
from entrepot_node.served_checkpoint import MAX_COSIGNATURES, vouching
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.acquaintance import HelloRow
from entrepot_node.storage.vouching import HeadCosignature
from entrepot_schema.errors import Misuse, Refused
from entrepot_schema.keys import SigningKey
from entrepot_sync import note

from .federation import Federation, Member
from .test_hello import hello, keys_of, said


@pytest.fixture
def pair(federation: Federation) -> tuple[Member, Member]:
    """Us, and a node that follows us, was heard and approved; we do not follow it."""
    us, follower, _ = federation
    follower.follow(us)
    follower.greet(us)
    us.approve(follower)
    return us, follower


def cosigners(member: Member) -> list[str]:
    return [line.name for line in note.split(member.checkpoint()).signatures][1:]


def test_nothing_is_fetched_before_the_operator_approves(federation: Federation) -> None:
    """FED-62, FED-67: then who it is, at the base URL of its hello."""
    us, follower, _ = federation
    follower.follow(us)
    follower.greet(us)
    assert [url for url in federation.asked if "b.example" in url] == []
    asyncio.run(us.followers().round())
    assert [url for url in federation.asked if "b.example" in url] == []

    us.approve(follower)

    assert [url for url in federation.asked if "b.example" in url] == [
        "GET https://b.example/feed/keys.jsonl",
        "GET https://b.example/.well-known/entrepot",
    ]


def test_an_approved_follower_gets_new_heads_and_vouches(pair: tuple[Member, Member]) -> None:
    """FED-66: it is pushed to, its line stands in our checkpoint, and its pull starts."""
    us, follower = pair
    us.publish("First")
    assert us.due() == ["b.example"]

    us.push(follower)

    assert cosigners(us) == ["b.example/witness/1"]
    assert follower.news == [us.feed.name]
    assert us.due() == []


def test_an_approved_follower_is_not_followed_and_does_not_count(pair: tuple[Member, Member]) -> None:
    """FED-66, FED-08: "cosigned by k of n" is about peers that the operator follows."""
    us, follower = pair
    us.push(follower)

    assert us.store.follows() == []
    assert (vouching(us.store, us.feed).by, vouching(us.store, us.feed).of) == ((), 0)
    us.follow(follower)
    assert [one.origin for one in vouching(us.store, us.feed).by] == ["b.example"]
    assert vouching(us.store, us.feed).of == 1


def test_lines_of_approved_followers_come_last(pair: tuple[Member, Member]) -> None:
    """FED-66: a checkpoint has room for a few lines; who is merely approved crowds nobody out."""
    us, follower = pair
    line = us.push(follower)
    assert line is not None
    for number in range(MAX_COSIGNATURES):
        name = f"z{number}.example/witness/1"
        us.store.put_cosignature(us.feed.id, HeadCosignature(name, us.feed.size, f"— {name} AAAA\n", 5))
    assert "b.example/witness/1" not in us.checkpoint().decode()

    us.follow(follower)

    served = us.checkpoint().decode()
    assert "b.example/witness/1" in served
    assert served.count("/witness/1") == MAX_COSIGNATURES


def test_what_the_operator_said_of_a_follow_counts_first(pair: tuple[Member, Member]) -> None:
    """FED-62, FED-66: one node, one push, at the base URL of the follow."""
    us, follower = pair
    us.follow(follower)
    (row,) = us.store.follows()
    us.store.add_follow(row.feed_id, "https://other.b.example", allow_private=False, growth_limit=9, now=0.0)

    assert [target.base_url for target in us.pusher().targets()] == ["https://other.b.example"]
    us.store.remove_follow(row.feed_id)
    assert [target.base_url for target in us.pusher().targets()] == ["https://b.example"]


def test_an_approved_follower_is_asked_for_receipts_and_for_what_it_saw(pair: tuple[Member, Member]) -> None:
    """FED-66, FED-34, FED-41."""
    us, follower = pair
    us.push(follower)
    federation = us.federation
    federation.asked.clear()
    receipts = ReceiptReader(us.store, federation.open_transport, now=federation.now, random=lambda: 0.5)
    gate = SigningGate(us.store, us.home.mark_file, federation.open_transport)

    asyncio.run(receipts.round())
    gate.require(us.feed)

    asked = [url.split("/")[3] for url in federation.asked if url.startswith("GET https://b.example")]
    assert asked == ["mirror", "witness"]
    mark = Mark(us.feed.name, us.feed.size, us.feed.head.root, (), awaiting=True)
    assert [one.base_url for one in gate.vouchers(us.feed, mark)] == ["https://b.example"]


def test_a_later_hello_with_another_base_url_waits_again(pair: tuple[Member, Member]) -> None:
    """FED-67, FED-62: until then the one that was approved counts."""
    us, follower = pair
    us.federation.clock.move(minutes=5)

    assert follower.greet(us).state == "approved"
    assert follower.greet(us, "https://new.b.example").state == "waiting"

    assert [target.base_url for target in us.pusher().targets()] == ["https://b.example"]
    us.approve(follower)
    assert [target.base_url for target in us.pusher().targets()] == ["https://new.b.example"]


def test_f10_another_key_log_for_an_approved_name_is_refused_and_told(pair: tuple[Member, Member]) -> None:
    """FED-64."""
    us, follower = pair
    rival, key = keys_of("b.example", "a rival")
    assert said(us, hello(us, "b.example", keys=(rival, key))) == (422, "key.log-history")
    assert us.store.followers()[0].scid == follower.feed.key_log.scid
    assert [row.scid for row in us.store.rivals()] == [rival.scid]


def test_documents_are_asked_for_again_hourly(pair: tuple[Member, Member]) -> None:
    """FED-67, FED-11."""
    us, _ = pair
    assert us.followers().due() == []
    us.federation.clock.move(seconds=REFRESH_SECONDS)

    assert [row.origin for row in us.followers().due()] == ["b.example"]


def test_a_follower_whose_keys_do_not_extend_is_not_believed(pair: tuple[Member, Member]) -> None:
    """FED-67: who has taken over the host has not the key log."""
    us, _ = pair
    held = us.store.peer_document("b.example")
    rival, _ = keys_of("b.example", "a rival")
    us.federation.answers["https://b.example/feed/keys.jsonl"] = httpx.Response(200, content=rival.to_bytes())
    us.federation.clock.move(seconds=REFRESH_SECONDS)

    asyncio.run(us.followers().round())

    (row,) = us.store.followers()
    assert (row.code, row.failures) == ("key.log-history", 1)
    assert us.store.peer_document("b.example") == held


def test_a_node_that_cannot_be_asked_is_asked_later_and_not_pushed_to(federation: Federation) -> None:
    """FED-67: a witness that no verified document names is not pushed to."""
    us, follower, _ = federation
    follower.follow(us)
    follower.greet(us)
    us.federation.answers["https://b.example/feed/keys.jsonl"] = httpx.Response(500)

    assert us.approve(follower).code == "peer.status"
    assert us.pusher().targets() == []
    us.federation.answers.clear()
    us.federation.clock.move(minutes=5)
    asyncio.run(us.followers().round())

    assert [target.origin for target in us.pusher().targets()] == ["b.example"]
    assert us.store.followers()[0].failures == 0


def test_a_private_base_url_needs_the_flag(federation: Federation) -> None:
    """FED-66, EXC-24: a hello cannot make us call an address inside our own network."""
    us, follower, _ = federation
    key_log = follower.feed.key_log
    row = HelloRow(
        "b.example", key_log.scid, "http://10.0.0.8:8101", key_log.to_bytes(), 5, 5.0, refused=False
    )

    with pytest.raises(Misuse) as caught:
        approve(us.store, row, allow_private=False, now=5.0)
    assert (caught.value.code, us.store.followers()) == ("peer.url", [])
    assert approve(us.store, row, allow_private=True, now=5.0).base_url == "http://10.0.0.8:8101"
    assert [one.allow_private for one in correspondents(us.store)] == [True]


def test_who_signs_with_a_published_test_key_is_not_approved(federation: Federation) -> None:
    """FED-66: anybody can sign in its name."""
    key_log, _ = keys_of("b.example", "anybody", record=SigningKey.from_seed(bytes(32)))
    row = HelloRow("b.example", key_log.scid, "https://b.example", key_log.to_bytes(), 5, 5.0, refused=False)

    with pytest.raises(Refused) as caught:
        approve(federation.members["a.example"].store, row, allow_private=False, now=5.0)

    assert caught.value.code == "key.published"
