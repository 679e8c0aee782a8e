"""Asking a peer's own tiles whether its log has two histories (LOG-63)."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot_sync.evidence import verify_fork_evidence
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.fork_search import search_fork
from entrepot_sync.peer_feed import PeerFeed
from entrepot_sync.peer_trust import Fork
from entrepot_sync.testing.simulated_peer import ABSENT, Answer, SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed
from entrepot_sync.tiles import TileRef, parse_tile_path, tile_width


def grown(feed: SmallFeed, word: str, size: int) -> SmallFeed:
    """A copy of the feed, grown up to a size by entries of its own."""
    copy = feed.copy()
    while len(copy.entries) < size:
        copy.append(b'{"%s":%d}\0' % (word.encode(), len(copy.entries)))
    return copy


def believed(feed: SmallFeed) -> FeedRow:
    return FeedRow(
        id=1,
        name=feed.name,
        origin=feed.origin,
        own=False,
        key_log=feed.key_log,
        frontier=feed.frontier,
        head=head_of(feed),
        head_at=0.0,
        state="live",
        state_code="",
        state_text="",
    )


def head_of(feed: SmallFeed) -> Head:
    return Head(len(feed.entries), feed.frontier.root(), feed.head())


def search(peer: SimulatedPeer, feed: SmallFeed, head: Head | None = None) -> Fork | None:
    return asyncio.run(search_fork(PeerFeed(peer), believed(feed), head_of(feed), head or head_of(peer.feed)))


SIZES = st.one_of(st.integers(1, 40), st.sampled_from([255, 256, 257, 511, 512, 513, 600]))


@settings(max_examples=40)
@given(SIZES, SIZES, SIZES)
def test_a_fork_is_found_wherever_the_histories_part(first: int, second: int, third: int) -> None:
    """LOG-63: by few tiles, all of them implied by the two heads (EXC-28)."""
    common, smaller, larger = sorted({first, second + 600, third + 1_300})
    root = grown(SmallFeed(), "common", common)
    ours, theirs = grown(root, "ours", smaller), grown(root, "theirs", larger)
    peer = SimulatedPeer(theirs)

    fork = search(peer, ours)

    assert fork is not None
    proof = verify_fork_evidence(fork.evidence)
    assert (proof.smaller.size, proof.larger.size) == (smaller, larger)
    assert len(fork.evidence) <= 4_096
    assert len(peer.paths) <= 12
    for path in peer.paths:
        ref = parse_tile_path(path.removeprefix("/feed/"))
        assert isinstance(ref, TileRef)
        assert ref.width == tile_width(larger, ref.level, ref.index)


@settings(max_examples=20)
@given(SIZES, SIZES)
def test_an_honest_history_is_no_fork(smaller: int, more: int) -> None:
    ours = grown(SmallFeed(), "common", smaller)

    assert search(SimulatedPeer(grown(ours, "more", smaller + more)), ours) is None


def test_without_a_believed_or_a_larger_head_nothing_is_asked() -> None:
    empty = SmallFeed(opened=False)
    feed = grown(SmallFeed(), "n", 9)
    peer = SimulatedPeer(feed)

    assert search(peer, empty) is None
    assert search(peer, feed) is None
    assert search(peer, grown(feed, "n", 12)) is None
    assert peer.paths == []


@pytest.mark.parametrize(
    "answer",
    [
        ABSENT,
        Answer(410),
        Answer(body=b""),
        Answer(body=bytes(31)),
        Answer(body=bytes(32 * 257)),
        Answer(503),
    ],
)
def test_a_peer_without_sound_tiles_proves_nothing(answer: Answer) -> None:
    """LOG-62: it stays *damaged*."""
    root = grown(SmallFeed(), "common", 5)
    peer = SimulatedPeer(grown(root, "theirs", 9))
    peer.answers["/feed/tile/0/000.p/9"] = answer

    assert search(peer, grown(root, "ours", 7)) is None


@pytest.mark.parametrize("at", [0, 100, 32 * 9 - 1])
def test_tiles_that_do_not_yield_the_signed_root_prove_nothing(at: int) -> None:
    """L12, L14, LOG-63: nobody can be blamed with hashes that the signer did not have."""
    root = grown(SmallFeed(), "common", 5)
    peer = SimulatedPeer(grown(root, "theirs", 9))
    peer.tamper = lambda path, body: body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]

    assert search(peer, grown(root, "ours", 7)) is None


@settings(max_examples=30)
@given(st.integers(1, 700), st.integers(1, 700), st.data())
def test_l17_forged_tiles_never_make_a_fork_of_an_honest_log(
    size: int, more: int, data: st.DataObject
) -> None:
    """LOG-63: whichever tile is forged, and however right the others are, the hashes must yield the signed root."""
    ours = grown(SmallFeed(), "common", size)
    peer = SimulatedPeer(grown(ours, "more", size + more))
    assert search(peer, ours) is None
    path = data.draw(st.sampled_from(peer.paths))
    place = data.draw(st.integers(0, 255))

    def forge(asked: str, body: bytes) -> bytes:
        at = 32 * (place % (len(body) // 32))
        return body[:at] + b"f" * 32 + body[at + 32 :] if asked == path else body

    peer.tamper = forge
    assert search(peer, ours) is None


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/feed/tile/1/000.p/5", (0, 0)),
        ("/feed/tile/0/005.p/20", (1, 0)),
        ("/feed/tile/0/002", (0, 1)),
    ],
    ids=["level 0 as 1", "level 1 as 0", "another of its level"],
)
def test_l15_l16_a_tile_in_the_place_of_another_proves_nothing(path: str, place: tuple[int, int]) -> None:
    """LOG-63: right hashes of this very log, of entries where those of nodes belong, or of other entries."""
    root = grown(SmallFeed(), "common", 600)
    ours, theirs = grown(root, "ours", 700), grown(root, "theirs", 1_300)
    peer = SimulatedPeer(theirs)
    assert search(peer, ours) is not None
    assert path in peer.paths
    peer.tamper = lambda asked, body: (theirs.tiles[place] * 4)[: len(body)] if asked == path else body

    assert search(peer, ours) is None
