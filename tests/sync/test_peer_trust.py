"""What is believed of a peer: heads, roots, and what turns doubt into proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.errors import EntrepotError, PeerFault
from entrepot_schema.key_log import extend_key_log
from entrepot_schema.key_state import build_state
from entrepot_sync.evidence import verify_fork_evidence
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.merkle import EMPTY_ROOT, Frontier, leaf_hash
from entrepot_sync.note import VerifierKey, parse_vkey
from entrepot_sync.peer_trust import (
    DEFAULT_GROWTH_LIMIT,
    Fork,
    NewHead,
    RootCheck,
    all_log_keys,
    judge_head,
    log_keys,
    prove_fork,
)
from entrepot_sync.testing.small_feed import SmallFeed, key_log_of, key_of

FEED = SmallFeed()
for _number in range(19):
    FEED.append(b'{"n":%d}\0' % _number)
LEAVES = [leaf_hash(raw) for raw in FEED.entries]
OTHER_ROOT = bytes(32)
SECOND = str(VerifierKey("peer.example/feed/2", key_of("second").public))


def row(stored: int, believed: int | None = None, state: str = "live", feed: SmallFeed = FEED) -> FeedRow:
    """A followed feed with so many entries stored, and a head of so many believed."""
    size = stored if believed is None else believed
    frontier = Frontier().extend(LEAVES[:size])
    head = Head(size, frontier.root(), FEED.head(size) if size else b"")
    return FeedRow(
        id=1,
        name=feed.name,
        origin=feed.origin,
        own=False,
        key_log=feed.key_log,
        frontier=Frontier().extend(LEAVES[:stored]),
        head=head,
        head_at=0.0,
        state=state,
        state_code="",
        state_text="",
    )


def code_of(feed: FeedRow, raw: bytes, **options: Any) -> str:
    with pytest.raises(EntrepotError) as error:
        judge_head(feed, raw, **options)
    return error.value.code


# --- heads


@pytest.mark.parametrize("size", range(10, 21))
def test_a_head_that_is_not_behind_is_to_be_checked(size: int) -> None:
    raw = FEED.head(size)

    new = judge_head(row(10), raw)

    assert new == NewHead(Head(size, Frontier().extend(LEAVES[:size]).root(), raw), size - 10)


def test_growth_counts_from_what_is_stored() -> None:
    """A cut pull left 4 entries below a believed head of 10: the same head still has 6 to bring."""
    assert judge_head(row(4, 10), FEED.head(10)).grown_by == 6


@pytest.mark.parametrize("size", range(10))
def test_l01_a_smaller_head_is_a_rollback(size: int) -> None:
    """LOG-60."""
    assert code_of(row(10), FEED.head(size)) == "log.rollback"
    assert code_of(row(0, 10), FEED.head(size)) == "log.rollback"


def test_l02_another_root_at_the_trusted_size_is_a_fork_with_its_proof() -> None:
    """LOG-61."""
    with pytest.raises(Fork) as fork:
        judge_head(row(4, 10), FEED.head(10, OTHER_ROOT))

    proof = verify_fork_evidence(fork.value.evidence)
    assert (proof.smaller.size, proof.larger.size) == (10, 10)
    assert (fork.value.code, proof.feed_name) == ("log.fork", FEED.name)


def test_l02_a_forked_feed_is_not_believed_any_more() -> None:
    """LOG-61: nothing it says is looked at, so that no second fork is raised."""
    for raw in (FEED.head(10), FEED.head(20), FEED.head(10, OTHER_ROOT), b"nonsense"):
        assert code_of(row(10, state="forked"), raw) == "log.fork"


@pytest.mark.parametrize("state", ["stopped", "waiting"])
def test_a_feed_that_stopped_or_waits_is_still_judged(state: str) -> None:
    """LOG-12: it goes on as soon as it can."""
    assert judge_head(row(10, state=state), FEED.head(12)).grown_by == 2


@pytest.mark.parametrize(("size", "limit"), [(20, 9), (10**12, DEFAULT_GROWTH_LIMIT), (2**53 - 1, 10**15)])
def test_l24_a_jump_beyond_the_limit_waits(size: int, limit: int) -> None:
    """LOG-64."""
    assert code_of(row(10), FEED.head(size, OTHER_ROOT), growth_limit=limit) == "log.growth"


def test_l24_a_jump_up_to_the_limit_goes_on() -> None:
    """LOG-64."""
    assert judge_head(row(10), FEED.head(20), growth_limit=10).grown_by == 10
    assert judge_head(row(10), FEED.head(10**12, OTHER_ROOT), growth_limit=10**12).grown_by == 10**12 - 10


@pytest.mark.parametrize("size", [5, 10, 20])
def test_l09_nothing_is_said_by_a_head_of_another_key(size: int) -> None:
    """LOG-35: neither news, nor a rollback, nor a fork."""
    assert code_of(row(10), FEED.head(size, OTHER_ROOT, key_of("thief"))) == "log.unsigned"


def test_l08_nothing_is_said_by_a_head_of_another_feed() -> None:
    sibling = SmallFeed(number=2)
    assert code_of(row(10), sibling.head()) == "log.checkpoint"


def test_l10_a_bad_signature_of_the_log_key_refuses_the_head() -> None:
    """LOG-35: also beside a good one."""
    raw = FEED.head(12)
    damaged = raw[:-4] + (b"AAA\n" if raw[-4:-1] != b"AAA" else b"BBB\n")

    assert code_of(row(10), damaged) in ("log.signature", "log.note")


# --- log keys


def test_the_log_key_is_the_one_that_the_newest_pinned_line_names_for_the_feed() -> None:
    """SIG-60."""
    feed = SmallFeed()
    first = VerifierKey(feed.name, feed.log_key.public)
    feed.rotate(log=True)
    second = VerifierKey(feed.name, feed.log_key.public)

    assert log_keys(feed.key_log, feed.name) == [second]
    assert set(all_log_keys(feed.key_log, feed.name)) == {first, second}
    assert log_keys(key_log_of(feed, 1), feed.name) == [first]
    assert log_keys(feed.key_log, "peer.example/feed/2") == []


def test_a_rotation_of_the_record_key_names_no_further_log_key() -> None:
    feed = SmallFeed()
    feed.rotate()

    assert log_keys(feed.key_log, feed.name) == [parse_vkey(feed.key_log.latest.feeds[1])]


def test_during_a_rotation_a_head_of_both_keys_is_taken_before_and_after_the_new_line_is_known() -> None:
    """SIG-60, LOG-35: whoever has not seen the new line yet knows the old key."""
    feed = SmallFeed()
    old = feed.log_key
    before = row(0, feed=feed)
    feed.rotate(log=True)
    head = feed.head(None, None, old, feed.log_key)

    assert judge_head(before, head).head.size == 2
    assert judge_head(replace(before, key_log=feed.key_log), head).head.size == 2
    assert code_of(before, feed.head(None, None, feed.log_key)) == "log.unsigned"


def test_s05_a_replaced_log_key_signs_no_more_heads_for_whoever_knows_the_new_line() -> None:
    """SIG-61: a thief of the old key can neither extend the feed nor make it look forked."""
    feed = SmallFeed()
    old = feed.log_key
    before = row(0, feed=feed)
    feed.rotate(log=True)
    after = replace(before, key_log=feed.key_log)
    stolen = feed.head(None, bytes(32), old)

    assert judge_head(before, stolen).head.root == bytes(32)
    assert code_of(after, stolen) == "log.replaced-key"
    assert judge_head(after, stolen, admitted=True).head.root == bytes(32)


def test_no_head_of_a_feed_below_the_live_one_counts() -> None:
    """SIG-65."""
    feed = SmallFeed()
    head = feed.head()
    state = build_state(feed.origin, feed.record_key.public, {**feed.key_log.latest.feeds, 2: SECOND})
    card, fresh = key_of(f" {feed.name} card 1 a"), key_of("fresh").public
    key_log = extend_key_log(feed.key_log, state, card=card, next_cards=(fresh, fresh), time=feed.time)

    assert code_of(replace(row(0, feed=feed), key_log=key_log), head) == "log.replaced-key"
    assert log_keys(key_log, feed.name) == []


# --- roots


def check(feed: FeedRow, head: Head, groups: Sequence[Sequence[bytes]]) -> str:
    root_check = RootCheck(feed, head)
    try:
        for group in groups:
            root_check.extend(group)
        root_check.finish()
    except PeerFault as fault:
        return fault.code
    return ""


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int, int, list[list[bytes]]]:
    """Stored ≤ believed ≤ new size, and the new leaves in any groups."""
    stored, believed, size = sorted(draw(st.lists(st.integers(0, 20), min_size=3, max_size=3)))
    cuts = sorted(draw(st.lists(st.integers(stored, size), max_size=5)))
    bounds = [stored, *cuts, size]
    groups = [LEAVES[begin:end] for begin, end in pairwise(bounds)]
    return stored, believed, size, groups


@given(growths())
def test_honest_entries_yield_the_root_in_whatever_groups_they_come(
    growth: tuple[int, int, int, list[list[bytes]]],
) -> None:
    """LOG-62."""
    stored, believed, size, groups = growth

    assert (
        check(row(stored, believed), Head(size, Frontier().extend(LEAVES[:size]).root(), b""), groups) == ""
    )


@given(growths(), st.data())
def test_one_wrong_leaf_is_damaged(
    growth: tuple[int, int, int, list[list[bytes]]], data: st.DataObject
) -> None:
    """LOG-62."""
    stored, believed, size, groups = growth
    leaves = [leaf for group in groups for leaf in group]
    if not leaves:
        return
    leaves[data.draw(st.integers(0, len(leaves) - 1))] = leaf_hash(b"another")

    assert check(row(stored, believed), Head(size, Frontier().extend(LEAVES[:size]).root(), b""), [leaves])


@given(growths(), st.integers(-3, 3))
def test_too_few_or_too_many_leaves_are_damaged(
    growth: tuple[int, int, int, list[list[bytes]]], wrong: int
) -> None:
    """LOG-62."""
    stored, believed, size, _ = growth
    end = size + wrong
    if not wrong or not stored <= end <= 20:
        return

    head = Head(size, Frontier().extend(LEAVES[:size]).root(), b"")
    assert check(row(stored, believed), head, [LEAVES[stored:end]]) == "log.damaged"


@given(st.integers(0, 9), st.integers(10, 19))
def test_a_history_that_leaves_the_believed_one_is_damaged_though_its_own_root_fits(
    stored: int, size: int
) -> None:
    """LOG-62: between what is stored and what is believed, too, the believed root counts."""
    other = [*LEAVES[:stored], *(leaf_hash(b"other %d" % index) for index in range(stored, size))]
    head = Head(size, Frontier().extend(other).root(), b"")

    assert check(row(stored, 10), head, [other[stored:]]) == "log.damaged"


def test_an_empty_feed_yields_the_empty_root() -> None:
    assert check(row(0), Head(0, EMPTY_ROOT, b""), []) == ""


# --- proofs


def test_hashes_that_prove_nothing_are_no_fork() -> None:
    """LOG-63: the honest tree, a wrong number of hashes, hashes of no signed root."""
    head = Head(2, Frontier().extend(LEAVES[:2]).root(), FEED.head(2))
    honest = row(1)
    assert prove_fork(honest, honest.head, head, LEAVES[:1], LEAVES[1:2]) is None
    assert prove_fork(honest, honest.head, head, [], LEAVES[:2]) is None
    assert prove_fork(honest, honest.head, head, LEAVES[2:3], LEAVES[1:2]) is None


def test_hashes_of_the_larger_head_with_another_past_are_a_fork() -> None:
    """LOG-63."""
    other = [leaf_hash(b"other"), LEAVES[1]]
    root = Frontier().extend(other).root()
    head = Head(2, root, FEED.head(2, root))

    fork = prove_fork(row(1), row(1).head, head, other[:1], other[1:])

    assert fork is not None
    assert verify_fork_evidence(fork.evidence).smaller_root_in_larger == other[0]
