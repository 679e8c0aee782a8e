"""One answer of a peer is changed in any way: nothing but the honest copy, or a part of it, is ever stored."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot_schema.errors import EntrepotError
from entrepot_sync.feed_store import Status
from entrepot_sync.testing.simulated_peer import ABSENT, Answer, SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed, key_log_of

if TYPE_CHECKING:
    from tests.sync.conftest import Copy, Follower

Mutation = Callable[[bytes, float, int], bytes]


def full_feed() -> SmallFeed:
    """Versions, withdrawals, a return, inert entries, refused records, two rotations."""
    feed = SmallFeed()
    for number in range(1, 6):
        feed.publish(number)
    feed.publish(1, founded="1998")
    feed.withdraw(2)
    feed.append(b'{"op":7}\0')
    feed.publish(6, status="asleep")
    feed.rotate()
    feed.publish(2, name={"en": "Back again"})
    feed.withdraw(3)
    feed.publish(7)
    feed.rotate(log=True)
    feed.publish(7, founded="2001")
    feed.publish(8)
    return feed


def flip(body: bytes, place: float, size: int) -> bytes:
    at = int(place * len(body))
    return body[:at] + bytes([body[at] ^ (1 << size % 8)]) + body[at + 1 :]


def truncate(body: bytes, place: float, size: int) -> bytes:
    return body[: int(place * len(body))]


def cut_out(body: bytes, place: float, size: int) -> bytes:
    at = int(place * len(body))
    return body[:at] + body[at + size :]


def duplicate(body: bytes, place: float, size: int) -> bytes:
    at = int(place * len(body))
    return body[: at + size] + body[at:]


def insert(body: bytes, place: float, size: int) -> bytes:
    at = int(place * len(body))
    return body[:at] + bytes(range(size % 256)) + body[at:]


def swap_lines(body: bytes, place: float, size: int) -> bytes:
    lines = body.split(b"\n")
    first, second = int(place * len(lines)), size % len(lines)
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def repeat(body: bytes, place: float, size: int) -> bytes:
    return body + body


def blank(body: bytes, place: float, size: int) -> bytes:
    return b""


MUTATIONS: list[Mutation] = [flip, truncate, cut_out, duplicate, insert, swap_lines, repeat, blank]
FEED = full_feed()
SIZE = len(FEED.entries)
FEED_CONTENTS = {
    decision.index: FEED.contents.get(decision.entry.digest)
    for decision in FEED.decisions
    if decision.entry is not None and decision.entry.digest is not None
}


@dataclass(frozen=True)
class Case:
    """Where the follower stands, how the peer serves, and how it changes its `answer`-th answer."""

    start: int
    has_delta: bool
    has_contents: bool
    answer: int
    mutate: Mutation
    place: float
    size: int


cases = st.builds(
    Case,
    start=st.sampled_from([0, 0, 1, 6, 9, SIZE - 2]),
    has_delta=st.booleans(),
    has_contents=st.booleans(),
    answer=st.integers(0, 5),
    mutate=st.sampled_from(MUTATIONS),
    place=st.floats(0, 1, exclude_max=True),
    size=st.integers(1, 300),
)


def pull_honestly(follower: Follower, case: Case) -> None:
    """Stand where the case begins."""
    follower.follow(FEED, key_log_of(FEED, 1))
    if case.start:
        peer = SimulatedPeer(FEED)
        peer.answers["/feed/checkpoint"] = Answer(body=FEED.head(case.start, None, SmallFeed().log_key))
        follower.pull(peer)


def lying_peer(case: Case) -> SimulatedPeer:
    peer = SimulatedPeer(FEED)
    peer.has_delta = case.has_delta
    if not case.has_contents:
        peer.answers["/feed/contents/0"] = ABSENT

    def tamper(path: str, body: bytes) -> bytes:
        return (
            case.mutate(body, case.place, case.size) if len(peer.paths) - 1 == case.answer and body else body
        )

    peer.tamper = tamper
    return peer


def assert_part_of(copy: Copy, honest: Copy) -> None:
    """What a lie has left is a beginning of the honest copy, in which contents may be missing."""
    assert copy.entries == honest.entries[: copy.size]
    assert copy.size <= copy.head[0]
    assert copy.key_log.lines == honest.key_log.lines[: len(copy.key_log.lines)]
    assert copy.head == honest.head or copy.head == (copy.size, copy.root)
    kept = honest.versions | honest.history
    for index, version in (copy.versions | copy.history).items():
        if copy.size == honest.size and version.status is not Status.MISSING:
            assert index in honest.history or version == honest.versions[index]
        assert version.raw in (None, kept[index].raw, FEED_CONTENTS[index])


@pytest.fixture
def honest(other_follower: Follower) -> Copy:
    other_follower.follow(FEED)
    other_follower.pull(SimulatedPeer(FEED))
    return other_follower.copy(FEED)


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases)
def test_whatever_one_answer_says_nothing_false_is_stored_and_the_next_pull_completes(
    follower: Follower, honest: Copy, case: Case
) -> None:
    """LOG-62, LOG-67, EXC-31: an error of the one tree, or the honest copy, or a part of it."""
    for feed in follower.store.feeds():
        follower.store.remove_follow(feed.id)
    pull_honestly(follower, case)
    peer = lying_peer(case)

    with suppress(EntrepotError):
        follower.pull(peer)

    assert_part_of(follower.copy(FEED), honest)
    assert follower.evidence(FEED) == []
    follower.pull(SimulatedPeer(FEED))
    assert follower.copy(FEED) == honest


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), has_delta=st.booleans())
def test_an_answer_to_another_question_is_no_better(
    follower: Follower, honest: Copy, data: st.DataObject, has_delta: bool
) -> None:
    """LOG-62: each answer is a true one, at the wrong place."""
    for feed in follower.store.feeds():
        follower.store.remove_follow(feed.id)
    follower.follow(FEED, key_log_of(FEED, 1))
    probe = SimulatedPeer(FEED)
    bodies = [
        FEED.head(),
        FEED.head(5, None, SmallFeed().log_key),
        FEED.key_log.to_bytes(),
        FEED.node_document(),
        probe._honest("/feed/contents/0").body,
        probe._honest(f"/feed/tile/entries/000.p/{SIZE}").body,
        probe._honest(f"/feed/tile/0/000.p/{SIZE}").body,
        probe._honest(f"/feed/delta?from=0&to={SIZE}").body,
        *FEED.contents.values(),
    ]
    wrong = data.draw(st.dictionaries(st.integers(0, 6), st.sampled_from(bodies), min_size=1, max_size=3))
    peer = SimulatedPeer(FEED)
    peer.has_delta = has_delta
    peer.tamper = lambda path, body: wrong.get(len(peer.paths) - 1, body)

    with suppress(EntrepotError):
        follower.pull(peer)

    assert_part_of(follower.copy(FEED), honest)
    assert follower.evidence(FEED) == []
    follower.pull(SimulatedPeer(FEED))
    assert follower.copy(FEED) == honest
