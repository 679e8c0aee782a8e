"""Comparing notes with peers: a node that shows two histories is found out by any two that follow it."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from entrepot_node.app import create_app
from entrepot_node.storage.sql_store import SqlStore
from entrepot_sync.checkpoint import Checkpoint, log_lines, sign_checkpoint
from entrepot_sync.cosignature import cosign
from entrepot_sync.evidence import verify_fork_evidence
from entrepot_sync.note import split
from entrepot_sync.peer_trust import Fork, log_keys
from entrepot_sync.witness import LogHead

from .federation import Federation, Member
from .test_pushing import answer


@pytest.fixture
def three(federation: Federation) -> tuple[Member, Member, Member]:
    """Two nodes that follow a third and each other; both have pulled it."""
    one, two, liar = federation
    liar.publish("First", "Second")
    for member, others in ((one, (two, liar)), (two, (one, liar))):
        for other in others:
            member.follow(other)
            member.pull(other)
    return one, two, liar


def show(reporter: Member, liar: Member, size: int, letter: bytes) -> None:
    """Let a reporter cosign another history of a feed that its log signed: it had never seen ours."""
    raw = sign_checkpoint(Checkpoint(liar.feed.name, size, letter * 32), liar.feed.name, liar.log_key)
    after = LogHead(liar.feed.name, size, letter * 32)
    line = cosign(after.text(), reporter.witness.name, liar.log_key, time=9)
    url = f"https://{reporter.origin}/witness/{hash_of(liar.feed.name)}/checkpoint"
    reporter.federation.answers[url] = answer(200, raw + str(line).encode())


def hash_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def compare(member: Member) -> None:
    asyncio.run(member.comparer().round())


def state(member: Member, other: Member) -> str:
    return member.copy_of(other).state


def test_what_honest_nodes_cosigned_agrees(three: tuple[Member, Member, Member]) -> None:
    """FED-15: each is asked about the feeds of others, none about its own."""
    one, two, liar = three
    one.federation.asked.clear()

    compare(one)

    asked = [url for url in one.federation.asked if "/witness/" in url]
    assert sorted(asked) == sorted(
        [
            f"GET https://b.example/witness/{hash_of(liar.feed.name)}/checkpoint",
            f"GET https://c.example/witness/{hash_of(two.feed.name)}/checkpoint",
        ]
    )
    assert (state(one, two), state(one, liar)) == ("live", "live")


def test_l03_two_roots_of_one_size_are_found_by_comparing(three: tuple[Member, Member, Member]) -> None:
    """FED-12, FED-14: the other feed goes on."""
    one, two, liar = three
    show(two, liar, liar.feed.size, b"x")

    compare(one)

    (raw,) = one.store.evidence(one.copy_of(liar).id)
    assert len(raw) <= 4096
    assert verify_fork_evidence(raw).feed_name == liar.feed.name
    assert (state(one, liar), state(one, two)) == ("forked", "live")


def test_l03_another_root_at_a_smaller_size_is_found_by_comparing(
    three: tuple[Member, Member, Member],
) -> None:
    """FED-12."""
    one, two, liar = three
    show(two, liar, 2, b"x")

    compare(one)

    proof = verify_fork_evidence(one.store.evidence(one.copy_of(liar).id)[0])
    assert (proof.smaller.size, proof.larger.size) == (2, liar.feed.size)


def test_l03_a_larger_head_is_remembered_and_compared_when_the_feed_gets_there(
    three: tuple[Member, Member, Member],
) -> None:
    """FED-13."""
    one, two, liar = three
    size = liar.feed.size + 1
    show(two, liar, size, b"x")
    compare(one)
    assert state(one, liar) == "live"
    assert [head.size for head in one.store.reported_heads(one.copy_of(liar).id)] == [size]

    liar.publish("Third")
    assert liar.feed.size == size
    with pytest.raises(Exception, match="two histories"):
        one.pull(liar)

    assert state(one, liar) == "forked"


def test_l03_a_smaller_head_of_another_history_is_shown_to_who_has_a_larger_tree(
    three: tuple[Member, Member, Member], tmp_path: Path
) -> None:
    """FED-15: who holds the smaller tree cannot judge the larger head, but the other way round it is plain."""
    one, two, liar = three
    home = shutil.copytree(liar.home.path, tmp_path / "other")
    other = replace(liar, store=SqlStore.open(home / "entrepot.db"))
    other.publish("Only one is told")
    app = liar.app
    liar.app = create_app(other.store, liar.home.settings())
    one.pull(liar)
    liar.app = app
    liar.publish("Third", "Fourth")
    two.pull(liar)
    other.store.close()

    compare(one)

    (raw,) = two.store.evidence(two.copy_of(liar).id)
    proof = verify_fork_evidence(raw)
    assert (proof.smaller.size, proof.larger.size) == (one.copy_of(liar).size, two.copy_of(liar).size)
    assert state(two, liar) == "forked"


def test_a_larger_head_of_the_same_history_is_no_fork(three: tuple[Member, Member, Member]) -> None:
    one, two, liar = three
    liar.publish("Third")
    two.pull(liar)
    compare(one)
    liar.publish("Fourth")

    one.pull(liar)

    assert (state(one, liar), one.copy_of(liar).size) == ("live", liar.feed.size)


@pytest.mark.parametrize(
    "lie", ["unsigned", "signed by the reporter", "nonsense", "of another feed", "status"]
)
def test_a_reporter_cannot_stop_a_feed_with_what_its_log_did_not_sign(
    three: tuple[Member, Member, Member], lie: str
) -> None:
    """F21, FED-14: a peer that cosigns for others proves nothing against them."""
    one, two, liar = three
    size, name = liar.feed.size, liar.feed.name
    text = Checkpoint(name, size, b"x" * 32).text()
    bodies = {
        "unsigned": text + b"\n" + str(cosign(text, two.witness.name, two.log_key, time=9)).encode(),
        "signed by the reporter": sign_checkpoint(Checkpoint(name, size, b"x" * 32), name, two.log_key),
        "nonsense": b"\xff\x00" * 50,
        "of another feed": two.feed.head.note,
        "status": b"",
    }
    url = f"https://b.example/witness/{hash_of(name)}/checkpoint"
    one.federation.answers[url] = answer(500 if lie == "status" else 200, bodies[lie])

    compare(one)

    assert state(one, liar) == "live"
    assert one.store.evidence(one.copy_of(liar).id) == []


def test_f21_many_colluding_witnesses_do_not_drown_an_honest_one(
    three: tuple[Member, Member, Member],
) -> None:
    """FED-13, FED-14: each report is kept and compared by itself; no majority makes a history true."""
    one, _, liar = three
    feed, comparer = one.copy_of(liar), one.comparer()
    truth = sign_checkpoint(
        Checkpoint(feed.name, feed.size + 2, b"t" * 32), feed.name, liar.log_key
    )  # what the honest one was shown

    comparer.compare(feed, "honest.example", truth)
    for number in range(20):
        comparer.compare(feed, f"colluding-{number}.example", feed.head.note)
    assert state(one, liar) == "live"

    liar.publish("Third", "Fourth")  # what all the others were shown
    for number in range(20):
        comparer.compare(feed, f"colluding-{number}.example", liar.feed.head.note)
    with pytest.raises(Fork):
        one.pull(liar)

    assert state(one, liar) == "forked"
    verify_fork_evidence(one.store.evidence(feed.id)[0])


def test_f20_a_head_without_its_cosignatures_is_judged_by_what_the_witnesses_say_themselves(
    three: tuple[Member, Member, Member],
) -> None:
    """FED-15: lines under a head, or their absence, are the word of who shows it; witnesses are asked at their own doors."""
    one, two, liar = three
    for other in (one, two):
        liar.follow(other)
        liar.push(other)
    served = liar.checkpoint()
    assert len(split(served).signatures) == 1 + 2
    stripped = log_lines(served, liar.feed.name, log_keys(liar.feed.key_log, liar.feed.name))
    one.federation.answers[f"{liar.url}/feed/checkpoint"] = answer(200, stripped)

    assert one.pull(liar).size_after == liar.feed.size
    compare(one)
    assert state(one, liar) == "live"

    show(two, liar, liar.feed.size, b"o")
    compare(one)
    assert state(one, liar) == "forked"


def test_rounds_take_turns_until_every_pair_was_asked(federation: Federation) -> None:
    """FED-15: a few questions a round, whatever the number of peers."""
    one, two, third = federation
    for other in (two, third):
        one.follow(other)
    comparer = one.comparer()
    one.federation.asked.clear()

    for _ in range(3):
        asyncio.run(comparer.round())

    asked = [url for url in one.federation.asked if "/witness/" in url]
    assert len(set(asked)) == 2
    assert all(asked.count(url) == 3 for url in set(asked))


def test_evidence_names_the_lines_of_the_log_alone(three: tuple[Member, Member, Member]) -> None:
    """L18: What is kept and shown holds no line that a stranger added."""
    one, two, liar = three
    show(two, liar, liar.feed.size + 3, b"x")

    compare(one)

    (head,) = one.store.reported_heads(one.copy_of(liar).id)
    assert [line.name for line in split(head.note).signatures] == [liar.feed.name]
