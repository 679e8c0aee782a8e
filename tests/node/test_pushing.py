"""Pushing our heads: who gets them, what comes back, and what a peer that lies can reach. Nodes in one process, real routes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from entrepot_node.commands.node import Node
from entrepot_node.commands.peers import cosigned_text, feed_rows
from entrepot_node.node_document import node_profile
from entrepot_node.peer_document import read_peer_document
from entrepot_node.pushing import (
    MAX_RETRY_SECONDS,
    NOT_FOLLOWED_SECONDS,
    REFRESH_SECONDS,
)
from entrepot_node.served_checkpoint import MAX_COSIGNATURES, vouching
from entrepot_node.storage.interface import AHEAD_DOCUMENT
from entrepot_node.storage.vouching import HeadCosignature
from entrepot_schema.errors import EntrepotError
from entrepot_schema.keys import SigningKey
from entrepot_schema.record import NODE_TYPE, Statement, sign_record
from entrepot_sync import note
from entrepot_sync.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from entrepot_sync.cosignature import cosign, cosignatures_of
from entrepot_sync.evidence import verify_fork_evidence
from entrepot_sync.peer_trust import log_keys
from entrepot_sync.witness import LogHead

from .federation import Federation, Member

ADD = "https://b.example/witness/add-checkpoint"


@pytest.fixture
def friends(federation: Federation) -> tuple[Member, Member]:
    """Two nodes that follow each other."""
    one, two, _ = federation
    one.follow(two)
    two.follow(one)
    return one, two


def cosigners_in(member: Member, *others: Member) -> list[str]:
    """Who cosigned the checkpoint that a node serves."""
    opened = open_checkpoint(
        member.checkpoint(), member.feed.name, log_keys(member.feed.key_log, member.feed.name)
    )
    found = cosignatures_of(opened.note, [other.witness.public for other in others])
    return [cosignature.key.name for cosignature in found]


def answer(status: int, body: bytes = b"", media_type: str = "text/plain") -> httpx.Response:
    return httpx.Response(status, headers={"content-type": media_type}, content=body)


# --- what is pushed, to whom, and what comes back


def test_a_new_head_is_pushed_and_its_cosignature_served(friends: tuple[Member, Member]) -> None:
    """FED-01, FED-06: only followed peers that name a witness, at the base URL the operator configured."""
    one, two = friends
    one.publish("First")
    assert one.due() == ["b.example"]

    assert one.push(two) is not None

    assert cosigners_in(one, two) == ["b.example/witness/1"]
    assert one.due() == []
    assert two.witness.seen(one.feed.name).size == one.feed.size
    assert [url for url in one.federation.asked if url.startswith("POST")] == [f"POST {ADD}"]


def test_a_push_carries_our_own_signature_lines_and_nothing_else(
    federation: Federation, friends: tuple[Member, Member]
) -> None:
    """FED-02: neither what other peers cosigned nor what a note may hold besides."""
    one, two = friends
    three = federation.members["c.example"]
    one.follow(three)
    three.follow(one)
    one.push(three)
    assert cosigners_in(one, three) == ["c.example/witness/1"]

    one.push(two)

    cosigned = two.witness.note(one.feed.name)
    assert cosigned == one.feed.head.note
    assert [line.name for line in note.split(cosigned or b"").signatures] == [one.feed.name]


def test_pushes_go_on_from_the_size_that_was_cosigned_last(friends: tuple[Member, Member]) -> None:
    """FED-02: one request each, no 409 in between."""
    one, two = friends
    for name in ("First", "Second", "Third"):
        one.publish(name)
        one.push(two)

    assert sum(url.startswith("POST") for url in one.federation.asked) == 3
    assert one.noted(two).size == one.feed.size


def test_several_heads_while_a_push_is_under_way_are_one_push(friends: tuple[Member, Member]) -> None:
    """FED-02: the newest head, not each one."""
    one, two = friends
    for name in ("First", "Second", "Third"):
        one.publish(name)

    one.push(two)

    assert two.witness.seen(one.feed.name).size == one.feed.size
    assert one.due() == []


def test_a_head_that_came_during_a_push_is_due_at_that_witness_again(friends: tuple[Member, Member]) -> None:
    """FED-02: asked of the one that was pushed to, unless it is not followed any more."""
    one, two = friends
    one.publish("First")
    (target,) = one.pusher().due()
    one.push(two)
    assert not one.pusher().is_due_again(target)

    one.publish("Second")
    assert one.pusher().is_due_again(target)

    one.store.remove_follow(one.copy_of(two).id)
    assert not one.pusher().is_due_again(target)


def test_a_lost_answer_is_mended_by_the_size_that_409_names(friends: tuple[Member, Member]) -> None:
    """FED-04: the peer has stored the head and died before it answered; the next push gets the line."""
    one, two = friends
    one.publish("First")
    honest = one.push(two)
    one.publish("Second")
    one.federation.answers[ADD] = answer(500)
    assert one.push_fault(two) == "peer.status"
    one.federation.answers.clear()
    two.witness.cosign(
        two.witness.seen(one.feed.name), _log_head(one), one.feed.head.note, now=one.federation.now()
    )
    one.federation.asked.clear()

    again = one.push(two)

    assert again is not None
    assert honest is not None
    assert sum(url.startswith("POST") for url in one.federation.asked) == 2
    assert one.noted(two).size == one.feed.size


def _log_head(member: Member) -> LogHead:
    return LogHead(member.feed.name, member.feed.size, member.feed.head.root)


def test_a_witness_that_names_one_size_after_the_other_is_asked_twice_and_no_more(
    friends: tuple[Member, Member],
) -> None:
    """FED-04."""
    one, two = friends
    one.publish("First")
    one.federation.answers[ADD] = answer(409, b"0\n", "text/x.tlog.size")
    one.federation.asked.clear()

    assert one.push_fault(two) == "push.stale"
    assert len(one.federation.asked) == 2


def test_the_checkpoint_says_who_cosigned_this_head_only(friends: tuple[Member, Member]) -> None:
    """FED-06: a line belongs to its size."""
    one, two = friends
    one.push(two)
    assert cosigners_in(one, two) == ["b.example/witness/1"]

    one.publish("First")

    assert cosigners_in(one, two) == []
    assert one.checkpoint() == one.feed.head.note


def test_a_refresh_leaves_the_served_checkpoint_as_it_is_for_an_hour(friends: tuple[Member, Member]) -> None:
    """FED-06, FED-07: idle followers get 304; people see the fresh time."""
    one, two = friends
    one.push(two)
    served = one.checkpoint()
    one.federation.clock.move(seconds=REFRESH_SECONDS - 1)
    assert one.due() == []
    one.federation.clock.move(seconds=1)
    assert one.due() == ["b.example"]

    one.push(two)
    assert one.checkpoint() == served
    assert vouching(one.store, one.feed).by[0].time == int(one.federation.now())

    one.federation.clock.move(seconds=3600)
    one.push(two)
    assert one.checkpoint() != served
    assert cosigners_in(one, two) == ["b.example/witness/1"]


def test_the_checkpoint_has_no_more_lines_than_every_reader_takes(friends: tuple[Member, Member]) -> None:
    """C2SP signed-note: 16 lines are always taken."""
    one, _ = friends
    for number in range(40):
        name = f"n{number:02}.example/witness/1"
        line = f"— {name} {note.encode_base64(bytes(76))}\n"
        one.store.put_cosignature(one.feed.id, HeadCosignature(name, one.feed.head.size, line, 5))

    assert len(note.split(one.checkpoint()).signatures) == 1 + MAX_COSIGNATURES


# --- k of n


def test_vouching_counts_peers_that_are_followed_once_each(
    federation: Federation, friends: tuple[Member, Member]
) -> None:
    """FED-08, L27, F21: by the key a peer names now; not a second key of it, not a stranger's."""
    one, two = friends
    three = federation.members["c.example"]
    one.follow(three)
    one.push(two)
    text = note.split(one.feed.head.note).text
    for name in ("b.example/witness/2", "stranger.example/witness/1"):
        line = str(cosign(text, name, SigningKey.from_seed(b"x" * 32), time=9))
        one.store.put_cosignature(one.feed.id, HeadCosignature(name, one.feed.head.size, line, 9))

    found = vouching(one.store, one.feed)

    assert [(voucher.origin, voucher.name) for voucher in found.by] == [("b.example", "b.example/witness/1")]
    assert found.of == 2


# --- when


def test_a_peer_that_does_not_follow_us_is_asked_less_and_less_often(federation: Federation) -> None:
    """FED-05."""
    one, two, _ = federation
    one.follow(two)
    waits = []
    for number in range(9):
        assert one.push_fault(two) == "push.not-followed"
        waits.append(one.noted(two).next_at - federation.now())
        one.publish(f"Company {number}")
        assert one.due() == []
        federation.clock.move(seconds=waits[-1])
        assert one.due() == ["b.example"]

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == NOT_FOLLOWED_SECONDS


def test_a_peer_that_begins_to_follow_us_shows_it_by_its_own_push(federation: Federation) -> None:
    """FED-05: then ours goes out at once, not in an hour."""
    one, two, _ = federation
    one.follow(two)
    one.push_fault(two)
    two.follow(one)

    two.push(one)

    assert one.due() == ["b.example"]
    assert one.push(two) is not None


def test_failures_wait_longer_and_longer_and_new_heads_do_not_shorten_the_wait(
    friends: tuple[Member, Member],
) -> None:
    """FED-03."""
    one, two = friends
    one.federation.answers[ADD] = answer(500)
    waits = []
    for number in range(10):
        assert one.push_fault(two) == "peer.status"
        waits.append(one.noted(two).next_at - one.federation.now())
        one.publish(f"Company {number}")
        assert one.due() == []
        one.federation.clock.move(seconds=waits[-1])
        assert one.due() == ["b.example"]

    assert waits == sorted(waits)
    assert waits[0] == 10
    assert waits[-1] == MAX_RETRY_SECONDS


def test_a_peer_that_says_how_long_to_wait_is_not_asked_earlier(friends: tuple[Member, Member]) -> None:
    """EXC-26."""
    one, two = friends
    one.federation.answers[ADD] = httpx.Response(429, headers={"retry-after": "1800"})

    assert one.push_fault(two) == "peer.throttled"
    assert one.noted(two).next_at - one.federation.now() == 1800


def test_one_process_pushes_to_a_peer_at_a_time(friends: tuple[Member, Member]) -> None:
    """FED-03."""
    one, two = friends
    other = one.pusher("another process")
    target = other.targets()[0]
    one.store.lease_push(
        two.origin, one.feed.name, str(target.witness), "the first process", now=one.federation.now(),
        until=one.federation.now() + 5,
    )  # fmt: skip

    assert asyncio.run(other.push(target)) is None
    assert one.federation.asked[-1].startswith("GET")
    one.federation.clock.move(seconds=6)
    assert asyncio.run(other.push(target)) is not None


def test_publishing_does_not_wait_for_a_peer(friends: tuple[Member, Member]) -> None:
    """FED-03: the write path knows nothing of peers."""
    one, _ = friends
    one.federation.asked.clear()

    one.publish("First")

    assert one.federation.asked == []


# --- peers that lie


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (answer(200, b""), "push.cosignature"),
        (answer(200, b"nonsense\n"), "push.cosignature"),
        (answer(200, b"\xff" * 400), "push.cosignature"),
        (answer(200, b"x" * 20_000), "peer.too-large"),
        (answer(201, b""), "peer.status"),
        (answer(204), "peer.status"),
        (answer(302, b"", "text/plain"), "peer.redirect"),
        (answer(307, b"", "text/plain"), "peer.redirect"),
        (answer(400), "push.refused"),
        (answer(403), "push.unknown-key"),
        (answer(405), "push.refused"),
        (answer(409, b"1\n"), "push.refused"),
        (answer(409, b"1\n", "text/x.tlog.size; charset=utf-8"), "push.refused"),
        (answer(409, b"1", "text/x.tlog.size"), "push.refused"),
        (answer(409, b"+1\n", "text/x.tlog.size"), "push.refused"),
        (answer(409, b"01\n", "text/x.tlog.size"), "push.refused"),
        (answer(409, "١\n".encode(), "text/x.tlog.size"), "push.refused"),
        (answer(409, b"%d\n" % (2**63 - 1), "text/x.tlog.size"), "push.ahead"),
        (answer(409, b"%d\n" % 2**63, "text/x.tlog.size"), "push.refused"),
        (answer(409, b"9" * 20 + b"\n", "text/x.tlog.size"), "push.refused"),
        (answer(413), "push.refused"),
        (answer(422), "push.inconsistent"),
        (answer(500), "peer.status"),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_cosignature_brings_none(
    friends: tuple[Member, Member], given: httpx.Response, code: str
) -> None:
    """L07, FED-04 to FED-06: whatever it is, it is noted, and the served checkpoint stays as it was."""
    one, two = friends
    one.publish("First")
    one.federation.answers[ADD] = given

    assert one.push_fault(two) == code

    assert one.checkpoint() == one.feed.head.note
    assert one.noted(two).last_code == code
    assert vouching(one.store, one.feed).by == ()


@pytest.mark.parametrize("lie", ["other name", "other key", "other text", "time 0", "far future", "no time"])
def test_l28_a_line_that_is_not_the_peers_for_this_head_does_not_count(
    friends: tuple[Member, Member], lie: str
) -> None:
    """LOG-71, FED-06: a peer cosigns in its own name, for the head it was asked for, at a time that can be."""
    one, two = friends
    one.publish("First")
    text = note.split(one.feed.head.note).text
    key = next(cosigner.key for cosigner in two.home.keyring(1).cosigners if cosigner.role == "witness")
    now = int(one.federation.now())
    name = two.witness.name
    lines = {
        "other name": lambda: cosign(text, "c.example/witness/1", key, time=now),
        "other key": lambda: cosign(text, name, SigningKey.from_seed(b"o" * 32), time=now),
        "other text": lambda: cosign(b"b.example/feed/1\n1\nAAAA\n", name, key, time=now),
        "time 0": lambda: note.SignatureLine(name, two.witness.public.key_id, bytes(8) + key.sign(text)),
        "far future": lambda: cosign(text, name, key, time=now + 601),
        "no time": lambda: note.SignatureLine(name, two.witness.public.key_id, key.sign(text)),
    }
    one.federation.answers[ADD] = answer(200, str(lines[lie]()).encode())

    assert one.push_fault(two) == "push.cosignature"
    assert one.checkpoint() == one.feed.head.note


def test_a_size_above_ours_is_an_alarm_that_is_noted(friends: tuple[Member, Member]) -> None:
    """P01, FED-04, D07: but a mere claim is not kept as if our key had signed it."""
    one, two = friends
    one.push(two)
    one.federation.answers[ADD] = answer(409, b"999\n", "text/x.tlog.size")

    assert one.push_fault(two) == "push.ahead"

    assert (one.noted(two).ahead_size, one.noted(two).last_code) == (999, "push.ahead")
    assert one.store.document(AHEAD_DOCUMENT) is None


def test_d07_a_larger_head_that_our_own_key_signed_is_kept(
    friends: tuple[Member, Member], tmp_path: Path
) -> None:
    """FED-04: what a restored backup looks like from the peers' side."""
    one, two = friends
    backup = (tmp_path / "backup.db", one.home.store_file)
    one.store.close()
    backup[0].write_bytes(backup[1].read_bytes())
    one.store = one.home.open_store()
    one.publish("Lost later")
    one.push(two)
    lost = one.feed.head
    one.store.close()
    for path in one.home.path.glob("entrepot.db-*"):
        path.unlink()
    backup[1].write_bytes(backup[0].read_bytes())
    one.store = one.home.open_store()
    assert one.feed.head.size < lost.size

    assert one.push_fault(two) == "push.ahead"

    kept = one.store.document(AHEAD_DOCUMENT)
    assert kept is not None
    assert kept.startswith(lost.note)
    assert one.noted(two).ahead_size == lost.size


def test_d08_two_histories_under_our_own_key_are_evidence(friends: tuple[Member, Member]) -> None:
    """A clone of the machine published too: the peer refuses with 422, and what it saw proves it. Detected, not prevented."""
    one, two = friends
    one.push(two)
    size = one.feed.size + 1
    clone = sign_checkpoint(Checkpoint(one.feed.name, size, b"c" * 32), one.feed.name, one.log_key)
    two.witness.cosign(
        two.witness.seen(one.feed.name),
        LogHead(one.feed.name, size, b"c" * 32),
        clone,
        now=one.federation.now(),
    )
    one.publish("Mine")
    assert one.feed.size == size

    assert one.push_fault(two) == "push.inconsistent"

    (raw,) = one.store.evidence(one.feed.id)
    assert verify_fork_evidence(raw).smaller.size == size


def test_a_peer_that_never_answers_does_not_keep_others_from_vouching(
    federation: Federation, friends: tuple[Member, Member]
) -> None:
    one, _two = friends
    three = federation.members["c.example"]
    one.follow(three)
    three.follow(one)
    del federation.members["b.example"]

    for target in one.pusher().due():
        try:
            asyncio.run(one.pusher().push(target))
        except EntrepotError as error:
            assert error.code == "peer.unreachable"

    assert cosigners_in(one, three) == ["c.example/witness/1"]


# --- node documents of peers


def test_the_node_document_of_a_peer_is_kept_from_the_first_meeting_on(
    friends: tuple[Member, Member],
) -> None:
    """FED-11."""
    one, two = friends
    held = one.store.peer_document("b.example")

    assert held is not None
    assert held.witness == str(two.witness.public)
    assert held.raw == two.store.document("node")


def test_it_is_fetched_again_with_a_pull_ten_minutes_later(friends: tuple[Member, Member]) -> None:
    """FED-11."""
    one, two = friends
    one.pull(two)
    document = "GET https://b.example/.well-known/entrepot"
    assert one.federation.asked.count(document) == 1

    one.federation.clock.move(minutes=10)
    one.pull(two)
    one.pull(two)

    assert one.federation.asked.count(document) == 2


@pytest.mark.parametrize("lie", ["nonsense", "signed by another", "another peer's", "older"])
def test_a_document_that_does_not_verify_or_is_older_replaces_none(
    federation: Federation, friends: tuple[Member, Member], lie: str
) -> None:
    """FED-11: the pull goes on, and the keys that were named stay."""
    one, two = friends
    three = federation.members["c.example"]
    held = one.store.peer_document("b.example")
    raws = {
        "nonsense": b"{}", "signed by another": (held.raw if held else b"").replace(b"b.example", b"c.example"),
        "another peer's": three.store.document("node") or b"", "older": b"",
    }  # fmt: skip
    url = "https://b.example/.well-known/entrepot"
    one.federation.answers[url] = answer(200, raws[lie], "application/json")
    one.federation.clock.move(minutes=11)
    two.publish("News")

    report = one.pull(two)

    assert report.size_after == two.feed.size
    assert one.store.peer_document("b.example") == held


def test_a_document_that_names_the_witness_of_another_is_refused(federation: Federation) -> None:
    """P03, FED-11: else one node would vouch in the name of many."""
    one, _, _ = federation
    feed = one.feed
    ring = one.home.keyring(1)
    profile = node_profile(one.home.settings(), feed.name, ring.cosigners)
    public = ring.cosigners[0].public("c.example")
    profile["witness"] = {"name": public.name, "vkey": str(public)}
    statement = Statement("did:web:a.example", NODE_TYPE, "2026-11-23T09:30:00Z", 1)
    raw = sign_record(
        profile, statement, key=ring.record, origin="a.example", license="CC0-1.0", nonce="A" * 22
    )

    with pytest.raises(EntrepotError) as error:
        read_peer_document(raw, feed.key_log, now=0.0)

    assert error.value.code == "key.log-state"


# --- what people see


def test_people_and_programs_are_told_who_vouches(
    federation: Federation, friends: tuple[Member, Member]
) -> None:
    """EXC-63, FED-08: on the pages, in the API and on the command line."""
    one, two = friends
    three = federation.members["c.example"]
    one.follow(three)
    one.push(two)
    one.push_fault(three)
    federation.clock.move(minutes=2)

    home = federation.get(f"{one.url}/?lang=en").text
    peers = federation.get(f"{one.url}/peers?lang=en").text
    listed = federation.get(f"{one.url}/api/v1/peers").json()["items"]

    assert "cosigned by 1 of 2 peers" in home
    assert "cosigned our newest head <time" in peers or "cosigned our newest head 2 minutes ago" in peers
    assert "does not cosign our newest head (code push.not-followed)" in peers
    time = int(federation.now()) - 120
    by = [{"origin": "b.example", "name": "b.example/witness/1", "time": time}]
    assert [row["cosigned"] for row in listed] == [{"by": by, "of": 2}, None, None]
    assert [row["push"] and row["push"]["code"] for row in listed] == [None, "", "push.not-followed"]
    rows = feed_rows(Node(one.home, one.home.settings(), one.store))
    assert [cosigned_text(row) for row in rows] == ["1 of 2 peers", "our 1 entries", "push.not-followed"]
