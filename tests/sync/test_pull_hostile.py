"""Pulling from peers that lie, forget, withhold or overdo; ids as in the list of attacks (L01 to F16)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from entrepot_schema.canonical import canonical_bytes, sha256
from entrepot_schema.errors import Conflict, EntrepotError, PeerFault, Refused
from entrepot_schema.strict_json import MAX_RECORD_BYTES
from entrepot_sync.bundle import encode_bundle
from entrepot_sync.chunk import ChunkBuilder
from entrepot_sync.entry import Entry
from entrepot_sync.evidence import verify_fork_evidence
from entrepot_sync.feed_store import Head, Status
from entrepot_sync.merkle import EMPTY_ROOT, leaf_hash
from entrepot_sync.peer_trust import Fork, log_keys
from entrepot_sync.pull import Pull
from entrepot_sync.testing.simulated_peer import ABSENT, Answer, SimulatedPeer
from entrepot_sync.testing.small_feed import LICENSE, TIME, SmallFeed, key_log_of, key_of
from entrepot_sync.tiles import bundle_path

if TYPE_CHECKING:
    from tests.sync.conftest import Follower

CHECKPOINT = "/feed/checkpoint"


def followed(
    follower: Follower, records: int = 3, origin: str = "peer.example"
) -> tuple[SmallFeed, SimulatedPeer]:
    """A peer whose feed is followed and was pulled once while all was well."""
    feed = SmallFeed(origin)
    for number in range(records):
        feed.publish(number)
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    follower.pull(peer)
    return feed, peer


def refused_pull(follower: Follower, peer: SimulatedPeer, **options: Any) -> EntrepotError:
    """Pull, and return the error that stopped it."""
    with pytest.raises(EntrepotError) as stop:
        follower.pull(peer, **options)
    return stop.value


def assert_untouched_by(follower: Follower, peer: SimulatedPeer, code: str) -> None:
    """The pull is refused with this code; the copy stays as it was; an honest answer is taken again."""
    feed = peer.feed
    before = follower.copy(feed)

    assert refused_pull(follower, peer).code == code

    assert follower.copy(feed) == before
    peer.answers.clear()
    peer.tamper = lambda path, body: body
    feed.publish(99)
    follower.pull(peer)
    assert follower.copy(feed).entries == feed.entries


# --- heads


def test_l01_a_smaller_head_is_refused(follower: Follower) -> None:
    """LOG-60."""
    feed, peer = followed(follower)
    peer.answers[CHECKPOINT] = Answer(body=feed.head(2))

    assert_untouched_by(follower, peer, "log.rollback")


def test_l01_a_head_behind_the_believed_one_is_refused_though_entries_end_below_it(
    follower: Follower,
) -> None:
    """LOG-60: after a cut, too, the believed head counts and not what is stored."""
    feed = SmallFeed()
    for number in range(1_100):
        feed.append(b'{"n":%d}\0' % number)
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    peer.cut_at = 1 + 5 + 4
    refused_pull(follower, peer)
    assert follower.copy(feed).size == 1024
    peer.cut_at = None
    peer.answers[CHECKPOINT] = Answer(body=feed.head(1050))

    assert_untouched_by(follower, peer, "log.rollback")


def test_l05_size_0_is_a_rollback_with_the_empty_root_and_no_checkpoint_with_another(
    follower: Follower,
) -> None:
    """LOG-60, LOG-32."""
    feed, peer = followed(follower)
    peer.answers[CHECKPOINT] = Answer(body=feed.head(0, EMPTY_ROOT))
    assert_untouched_by(follower, peer, "log.rollback")

    text = feed.head(0, EMPTY_ROOT).replace(b"47DEQpj8", b"47DEQpj9")
    peer.answers[CHECKPOINT] = Answer(body=text)
    assert_untouched_by(follower, peer, "log.checkpoint")


def test_l05_an_empty_feed_can_be_followed_until_it_has_something(follower: Follower) -> None:
    feed = SmallFeed()
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    peer.answers[CHECKPOINT] = Answer(body=feed.head(0, EMPTY_ROOT))

    report = follower.pull(peer)
    assert (report.size_after, report.requests) == (0, 1)

    peer.answers.clear()
    assert follower.pull(peer).size_after == 1


def test_l06_a_log_that_starts_again_under_its_name_and_key_is_a_rollback(follower: Follower) -> None:
    """LOG-60: not a new log."""
    _, peer = followed(follower)
    fresh = SmallFeed()
    fresh.publish(50)
    peer.answers[CHECKPOINT] = Answer(body=fresh.head())

    assert_untouched_by(follower, peer, "log.rollback")


def test_l06_a_log_that_starts_again_and_outgrows_the_old_one_is_a_fork(follower: Follower) -> None:
    """LOG-63."""
    feed, _ = followed(follower)
    fresh = SmallFeed()
    for number in range(50, 60):
        fresh.publish(number)

    with pytest.raises(Fork):
        follower.pull(SimulatedPeer(fresh))

    assert follower.state(feed) == ("forked", "log.fork")


def test_l08_a_head_of_another_feed_is_refused(follower: Follower) -> None:
    _, peer = followed(follower)
    peer.answers[CHECKPOINT] = Answer(body=SmallFeed("other.example").head())

    assert_untouched_by(follower, peer, "log.checkpoint")


def test_l09_a_head_of_an_unknown_key_is_refused_after_one_look_at_the_key_log(follower: Follower) -> None:
    """LOG-35: no key is taken on trust; the pinned key log decides."""
    feed, peer = followed(follower)
    peer.answers[CHECKPOINT] = Answer(body=feed.head(None, None, key_of("thief")))
    refused_pull(follower, peer)
    assert peer.paths == [CHECKPOINT, "/feed/keys.jsonl"]

    assert_untouched_by(follower, peer, "log.unsigned")


@pytest.mark.parametrize("body", [b"", b"\n", b"<html>", b"\xff\xfe", b"x" * 65_536, b"a\n1\nAAAA\n\n"])
def test_a_checkpoint_that_is_none_is_refused(follower: Follower, body: bytes) -> None:
    _, peer = followed(follower)
    peer.answers[CHECKPOINT] = Answer(body=body)

    assert refused_pull(follower, peer).code in ("log.note", "log.checkpoint")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "peer.status"),
        (410, "peer.status"),
        (204, "peer.status"),
        (302, "peer.redirect"),
        (429, "peer.throttled"),
        (500, "peer.status"),
        (503, "peer.throttled"),
    ],
)
def test_f08_a_checkpoint_that_is_absent_changes_nothing(follower: Follower, status: int, code: str) -> None:
    """LOG-65."""
    _, peer = followed(follower)
    peer.answers[CHECKPOINT] = Answer(status)

    assert_untouched_by(follower, peer, code)


def test_l23_a_frozen_head_shows_in_its_age(follower: Follower) -> None:
    """The same head for weeks: no error, but the time at which it was first believed stays visible."""
    feed, peer = followed(follower)
    first = follower.feed(feed).head_at
    follower.store._now = lambda: first + 30 * 86_400.0
    peer.answers[CHECKPOINT] = Answer(body=feed.head())
    feed.publish(9)

    report = follower.pull(peer)

    assert report.size_after == report.size_before
    assert follower.feed(feed).head_at == first
    peer.answers.clear()
    follower.pull(peer)
    assert follower.feed(feed).head_at == first + 30 * 86_400.0


def test_l24_a_jump_beyond_the_growth_limit_waits_for_the_operator(follower: Follower) -> None:
    """LOG-64: before anything is fetched, however well the head is signed."""
    feed, peer = followed(follower)
    peer.answers[CHECKPOINT] = Answer(body=feed.head(10**12, bytes(32)))

    assert refused_pull(follower, peer).code == "log.growth"
    assert peer.paths == [CHECKPOINT]
    assert follower.state(feed) == ("live", "")
    assert_untouched_by(follower, peer, "log.growth")


def test_f04_a_flood_of_small_entries_is_bounded_by_the_limit_of_its_follow(follower: Follower) -> None:
    """LOG-64: a higher limit of the operator lets the feed go on; another feed never noticed."""
    feed, peer = followed(follower)
    other, other_peer = followed(follower, origin="other.example")
    for number in range(600):
        feed.append(b'{"n":%d}\0' % number)

    assert refused_pull(follower, peer, growth_limit=599).code == "log.growth"
    assert peer.paths == [CHECKPOINT]
    other.publish(7)
    assert follower.pull(other_peer).stored == 1

    assert follower.pull(peer, growth_limit=600).size_after == len(feed.entries)
    assert follower.store.counts(follower.feed(feed).id).inert == 600


def test_f04_a_feed_that_grows_while_it_is_pulled_has_one_limit_for_all_its_heads(follower: Follower) -> None:
    """LOG-90: a content that is missing makes a pull look at the head again; what that one adds counts too."""
    feed, peer = followed(follower)
    size = len(feed.entries)
    feed.publish(5)
    feed.contents.clear()
    heads = 0

    def grow(path: str) -> None:
        nonlocal heads
        heads += path == CHECKPOINT
        if path == CHECKPOINT and heads == 2:
            for number in range(10):
                feed.append(b'{"n":%d}\0' % number)

    peer.before = grow

    assert refused_pull(follower, peer, growth_limit=10).code == "log.growth"
    assert follower.copy(feed).size == size + 1


def test_f04_a_flood_of_bytes_is_bounded_for_each_feed(follower: Follower) -> None:
    """LOG-91: whatever a day brings; what is held stays, another feed never noticed, and a higher limit lets it go on."""
    feed, peer = followed(follower)
    _, other_peer = followed(follower, origin="other.example")
    other_peer.feed.publish(7)
    copy = follower.feed(feed)
    held, before = follower.store.volume(copy.id), copy.size
    for number in range(600):
        feed.append(b'{"n":%d}\0' % number)

    assert refused_pull(follower, peer, bytes_limit=held + 3_000).code == "log.volume"
    assert before <= follower.copy(feed).size < len(feed.entries)
    assert follower.store.volume(copy.id) <= held + 3_000
    assert follower.pull(other_peer, bytes_limit=held + 3_000).stored == 1

    peer.paths.clear()
    assert refused_pull(follower, peer, bytes_limit=held).code == "log.volume"
    assert peer.paths == [CHECKPOINT]

    assert follower.pull(peer, bytes_limit=held + 10_000).size_after == len(feed.entries)


def test_f04_a_content_that_comes_late_counts_too(follower: Follower) -> None:
    """LOG-91: else a feed of entries alone would be filled afterwards."""
    feed, peer = followed(follower)
    feed.publish(5)
    contents = dict(feed.contents)
    feed.contents.clear()
    follower.pull(peer)
    feed.contents.update(contents)
    held = follower.store.volume(follower.feed(feed).id)

    assert refused_pull(follower, peer, bytes_limit=held + 10).code == "log.volume"
    assert follower.pull(peer, bytes_limit=held + 10_000).stored == 1


# --- forks


def test_l02_two_roots_for_one_size_are_a_fork_with_evidence(follower: Follower) -> None:
    """LOG-61: the two notes are the proof, verifiable by anybody; that feed stops, and only that one."""
    feed, peer = followed(follower)
    other, other_peer = followed(follower, origin="other.example")
    before = follower.copy(feed)
    head = feed.head(len(feed.entries), bytes(32))
    peer.answers[CHECKPOINT] = Answer(body=head)

    with pytest.raises(Fork):
        follower.pull(peer)

    assert peer.paths == [CHECKPOINT]
    assert follower.state(feed) == ("forked", "log.fork")
    (evidence,) = follower.evidence(feed)
    proof = verify_fork_evidence(evidence)
    assert {proof.smaller.root, proof.larger.root} == {feed.frontier.root(), bytes(32)}
    assert set(proof.keys) <= set(log_keys(feed.key_log, feed.name))
    assert follower.copy(feed).entries == before.entries

    other.publish(7)
    assert follower.pull(other_peer).stored == 1


def test_l02_a_forked_feed_stays_stopped_whatever_it_says_next(follower: Follower) -> None:
    """LOG-61, LOG-66: also when it goes back to the history we hold; the evidence is kept once."""
    feed, peer = followed(follower)
    peer.answers[CHECKPOINT] = Answer(body=feed.head(len(feed.entries), bytes(32)))
    refused_pull(follower, peer)
    copy = follower.copy(feed)

    for _ in range(3):
        assert refused_pull(follower, peer).code == "log.fork"
    peer.answers.clear()
    assert refused_pull(follower, peer).code == "log.fork"
    feed.publish(9)
    assert refused_pull(follower, peer).code == "log.fork"

    assert follower.copy(feed) == copy
    assert len(follower.evidence(feed)) == 1


def test_l04_a_larger_head_that_does_not_extend_ours_is_damaged(follower: Follower) -> None:
    """LOG-62: without the peer's hashes nothing is proven; the feed is not stopped, and another time is tried."""
    feed, peer = followed(follower)
    peer.answers[CHECKPOINT] = Answer(body=feed.head(len(feed.entries) + 1, bytes(32)))
    feed.append(b'{"n":1}\0')

    error = refused_pull(follower, peer)

    assert error.code == "log.damaged"
    assert isinstance(error, PeerFault)
    assert follower.state(feed) == ("live", "")
    assert follower.evidence(feed) == []
    peer.answers.clear()
    assert follower.pull(peer).size_after == len(feed.entries)


@pytest.mark.parametrize("has_delta", [True, False])
@pytest.mark.parametrize(("common", "ours", "theirs"), [(0, 1, 2), (3, 2, 5), (250, 20, 300), (900, 1, 400)])
def test_l04_the_tiles_of_a_peer_with_two_histories_prove_the_fork(
    follower: Follower, common: int, ours: int, theirs: int, has_delta: bool
) -> None:
    """LOG-63: small evidence, kept, and verifiable without us."""
    feed = SmallFeed()
    for number in range(common):
        feed.append(b'{"common":%d}\0' % number)
    told_others = feed.copy()
    for number in range(ours):
        feed.append(b'{"ours":%d}\0' % number)
    for number in range(theirs):
        told_others.append(b'{"theirs":%d}\0' % number)
    follower.follow(feed)
    follower.pull(SimulatedPeer(feed))
    before = follower.copy(feed)
    peer = SimulatedPeer(told_others)
    peer.has_delta = has_delta

    with pytest.raises(Fork):
        follower.pull(peer)

    (evidence,) = follower.evidence(feed)
    assert len(evidence) <= 4_096
    proof = verify_fork_evidence(evidence)
    assert (proof.smaller.size, proof.larger.size) == (len(feed.entries), len(told_others.entries))
    assert proof.smaller.root == feed.frontier.root() != proof.smaller_root_in_larger
    assert follower.state(feed) == ("forked", "log.fork")
    assert follower.copy(feed).entries == before.entries
    assert refused_pull(follower, SimulatedPeer(feed)).code == "log.fork"


def test_log37_our_own_chunks_never_lead_to_two_roots(follower: Follower) -> None:
    """LOG-37: a chunk built on a feed that has moved meanwhile is not stored, so its head is never shown."""
    feed, _ = followed(follower)
    row = follower.feed(feed)
    chunks = []
    for entry in (b'{"one":1}\0', b'{"two":2}\0'):
        builder = ChunkBuilder(follower.store, row)
        assert builder.decide([entry]) is None
        size, root = row.size + 1, builder.build({}, None).frontier.root()
        chunks.append(builder.build({}, Head(size, root, feed.head(size, root))))

    follower.store.append(row.id, chunks[0])
    with pytest.raises(Conflict):
        follower.store.append(row.id, chunks[1])

    head = follower.feed(feed).head
    assert chunks[0].head == head


# --- entries


@pytest.mark.parametrize("place", [0, 1, 40, 100, -50, -1])
@pytest.mark.parametrize("has_delta", [True, False])
def test_l19_one_flipped_bit_in_the_entries_refuses_them_all(
    follower: Follower, has_delta: bool, place: int
) -> None:
    """LOG-62: nothing is believed of an answer whose root does not fit."""
    feed, peer = followed(follower)
    peer.has_delta = has_delta
    size = len(feed.entries)
    feed.append(b'{"n":1}\0')
    feed.append(b'{"n":2}\0')
    first_new = sum(2 + len(entry) for entry in feed.entries[:size])
    before = follower.copy(feed)

    def flip(path: str, body: bytes) -> bytes:
        if "delta" not in path and "tile/entries" not in path:
            return body
        begin = 0 if has_delta else first_new
        new = len(body) - begin
        at = begin + place % new
        return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]

    peer.tamper = flip
    error = refused_pull(follower, peer)

    assert error.code in ("log.damaged", "log.bundle")
    assert follower.copy(feed).entries == before.entries
    peer.tamper = lambda path, body: body
    assert follower.pull(peer).size_after == size + 2


@pytest.mark.parametrize(
    "lie",
    [
        lambda body: body[:-1],
        lambda body: body + b"\0",
        lambda body: body + b"\0\1x",
        lambda body: b"\xff\xff" + body[2:],
        lambda body: b"\0\0" + body,
        lambda body: b"",
        lambda body: encode_bundle([b"x"]),
    ],
    ids=["cut", "a byte more", "an entry more", "too long", "empty entry", "nothing", "one short entry"],
)
def test_l20_lying_lengths_refuse_the_bundle(follower: Follower, lie: Any) -> None:
    """LOG-42."""
    _, peer = followed(follower)
    peer.has_delta = False
    peer.feed.publish(5)
    peer.tamper = lambda path, body: lie(body) if "tile/entries" in path else body

    assert_untouched_by(follower, peer, "log.bundle")


def test_l20_swapped_entries_are_damaged(follower: Follower) -> None:
    """L15: right lengths, right bytes, wrong places."""
    feed, peer = followed(follower)
    feed.append(b'{"n":1}\0')
    feed.append(b'{"n":2}\0')
    size = len(feed.entries)
    swapped = encode_bundle([feed.entries[-1], feed.entries[-2]])
    peer.answers[f"/feed/delta?from={size - 2}&to={size}"] = Answer(body=swapped)

    assert_untouched_by(follower, peer, "log.damaged")


def test_l14_a_full_bundle_that_contradicts_an_earlier_partial_one_is_no_proof_and_changes_nothing(
    follower: Follower, other_follower: Follower
) -> None:
    """LOG-62: nobody signs a bundle. What was believed stays; who comes new to the lie refuses it as damaged."""
    feed, peer = followed(follower)
    peer.has_delta = False
    believed = len(feed.entries)
    for number in range(300):
        feed.append(b'{"n":%d}\0' % number)
    entries = feed.entries[:256]
    entries[1] = feed.entries[1][:-1] + b"\0"
    peer.answers["/feed/tile/entries/000"] = Answer(body=encode_bundle(entries))

    report = follower.pull(peer)

    assert (report.size_before, report.size_after) == (believed, len(feed.entries))
    assert follower.copy(feed).entries == feed.entries
    assert (follower.state(feed), follower.evidence(feed)) == (("live", ""), [])
    other_follower.follow(feed)
    assert refused_pull(other_follower, peer).code == "log.damaged"
    assert (other_follower.copy(feed).size, other_follower.evidence(feed)) == (0, [])


@pytest.mark.parametrize("has_delta", [True, False])
@pytest.mark.parametrize("prefix", [b"", b"\1"])
def test_l16_an_entry_that_looks_like_an_inner_node_does_not_stand_for_a_subtree(
    follower: Follower, prefix: bytes, has_delta: bool
) -> None:
    """LOG-30: leaves and nodes are hashed apart, so that a signed root has one reading."""
    feed = SmallFeed()
    feed.append(b'{"n":1}\0')
    posing = SmallFeed(opened=False)
    posing.append(prefix + b"".join(map(leaf_hash, feed.entries)))
    follower.follow(feed)
    peer = SimulatedPeer(posing)
    peer.has_delta = has_delta
    peer.answers[CHECKPOINT] = Answer(body=feed.head(1, feed.frontier.root()))

    assert refused_pull(follower, peer).code == "log.damaged"
    assert follower.copy(feed).size == 0


@pytest.mark.parametrize("at", [4, 255, 256, 300, 599])
def test_l17_a_forged_entry_is_refused_though_all_tiles_are_right(follower: Follower, at: int) -> None:
    """LOG-62: the root is made of the entries themselves; right tiles above a forged one vouch for nothing."""
    feed, peer = followed(follower)
    peer.has_delta = False
    before = follower.copy(feed)
    for number in range(600 - len(feed.entries)):
        feed.append(b'{"n":%d}\0' % number)
    forged = list(feed.entries)
    forged[at] = b'{"forged":1}\0'
    index = at // 256
    path = bundle_path(index, min(256, 600 - 256 * index))
    peer.answers[f"/feed/{path}"] = Answer(body=encode_bundle(forged[256 * index : 256 * (index + 1)]))

    assert refused_pull(follower, peer).code == "log.damaged"

    assert any("/tile/1/" in path or "/tile/0/" in path for path in peer.paths)  # and they prove no fork
    assert (follower.copy(feed).entries, follower.evidence(feed)) == (before.entries, [])


@pytest.mark.parametrize(
    ("path", "more", "code"),
    [
        (CHECKPOINT, b"more\n", "log.note"),
        (CHECKPOINT, "\n— peer.example/feed/1 AAAAAAA=\n".encode(), "log.checkpoint"),
        ("/feed/keys.jsonl", b"{}\n", "key.log-parameters"),
        ("/feed/keys.jsonl", b"{}", "key.log-chain"),
    ],
)
def test_l18_what_is_put_behind_signed_bytes_refuses_them(
    follower: Follower, path: str, more: bytes, code: str
) -> None:
    """LOG-31, LOG-33: nothing is read beyond what was signed, and nothing is passed over."""
    feed, peer = followed(follower)
    if path != CHECKPOINT:
        feed.rotate(log=True)
    peer.tamper = lambda asked, body: body + more if asked == path else body

    assert_untouched_by(follower, peer, code)


def test_l22_a_head_whose_entries_are_withheld_costs_few_requests(follower: Follower) -> None:
    """EXC-28: a bounded number of requests, and the head is not believed."""
    feed, peer = followed(follower)
    before = follower.copy(feed)
    for number in range(3_000):
        feed.append(b'{"n":%d}\0' % number)

    def withhold(path: str) -> None:
        if "tile" in path:
            peer.answers[path] = ABSENT

    peer.before = withhold
    assert refused_pull(follower, peer).code == "peer.incomplete"

    assert len(peer.paths) <= 6
    assert follower.copy(feed).head == before.head


def test_exc28_only_what_a_verified_head_implies_is_asked_for(follower: Follower) -> None:
    """EXC-28: paths and widths come from the sizes we verified, never from the peer's answers."""
    feed = SmallFeed()
    for number in range(700):
        feed.append(b'{"n":%d}\0' % number)
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    peer.has_delta = False
    peer.answers[CHECKPOINT] = Answer(body=feed.head(600))

    follower.pull(peer)

    tiles = [path for path in peer.paths if "tile" in path]
    assert tiles == [
        "/feed/tile/entries/000",
        "/feed/tile/entries/001",
        "/feed/tile/entries/002.p/88",
    ]
    assert not [path for path in peer.paths if path.startswith("/feed/contents/") and int(path[15:]) > 2]


@pytest.mark.parametrize("last", [b"{}\2", b"\xff", b'{"op":"split"}\0'])
def test_log10_log12_an_entry_of_newer_software_stops_this_feed_alone(
    follower: Follower, last: bytes
) -> None:
    """LOG-10, LOG-12: what stands before it is believed, nothing behind it; the others go on."""
    feed, peer = followed(follower)
    other, other_peer = followed(follower, origin="other.example")
    before_stop = feed.publish(10)
    feed.append(last)
    feed.publish(11)

    for _ in range(2):
        assert refused_pull(follower, peer).code == "log.needs-newer-software"
        assert follower.state(feed) == ("stopped", "log.needs-newer-software")
        assert follower.copy(feed).entries == feed.entries[: before_stop + 1]
        assert follower.version(feed, before_stop).status is Status.STORED

    other.publish(7)
    assert follower.pull(other_peer).stored == 1


def test_log12_a_stopped_feed_asks_again_at_every_pull_so_that_newer_software_goes_on(
    follower: Follower,
) -> None:
    """LOG-12: a 304 would hide the rest from upgraded software, so the head is fetched whole."""
    feed, peer = followed(follower)
    feed.append(b'{"op":"split"}\0')
    refused_pull(follower, peer)
    etag = asyncio.run(peer.fetch(CHECKPOINT, max_bytes=70_000)).etag

    error = refused_pull(follower, peer, etag=etag)

    assert error.code == "log.needs-newer-software"
    assert len(peer.paths) == 2


def test_log23_a_keys_entry_for_another_line_stops_the_feed(follower: Follower) -> None:
    """LOG-23."""
    feed, peer = followed(follower)
    feed.rotate(commit=False)
    feed.append(feed.entry("keys", "did:web:peer.example", "keys", sha256(b"another line")))
    feed.publish(8)

    assert refused_pull(follower, peer).code == "log.keys-mismatch"

    assert follower.state(feed) == ("stopped", "log.keys-mismatch")
    assert follower.copy(feed).entries == feed.entries[:4]


@pytest.mark.parametrize("first", [b'{"op":7}\0', b"{}\0"])
def test_log23_a_feed_that_does_not_open_with_its_key_log_is_not_believed(
    follower: Follower, first: bytes
) -> None:
    """LOG-23."""
    headless = SmallFeed(opened=False)
    headless.append(first)
    headless.commit_keys()
    follower.follow(headless)

    assert refused_pull(follower, SimulatedPeer(headless)).code == "log.keys-mismatch"
    assert follower.copy(headless).size == 0


def test_sig49_f10_another_key_log_for_a_pinned_origin_is_refused_at_refresh(follower: Follower) -> None:
    """SIG-49: neither another SCID, nor a shorter log, nor another second line."""
    feed, peer = followed(follower)
    feed.rotate()
    feed.publish(7)
    follower.pull(peer)
    pinned = follower.feed(feed).key_log
    feed.rotate(log=True)
    claimant = SmallFeed(secret="claimant")
    branch = SmallFeed()
    branch.rotate(record=False, log=True)
    branch.rotate()
    branch.rotate()
    for lying_log in (claimant.key_log, branch.key_log, key_log_of(feed, 1)):
        peer.answers["/feed/keys.jsonl"] = Answer(body=lying_log.to_bytes())
        assert refused_pull(follower, peer).code == "key.log-history"
        assert follower.feed(feed).key_log == pinned

    peer.answers.clear()
    follower.pull(peer)
    assert follower.feed(feed).key_log == feed.key_log


def test_f16_a_huge_key_log_is_read_once_and_bounded(follower: Follower) -> None:
    """A pull asks for the key log once, whatever the feed provokes; above 1 MiB it is not read at all."""
    feed, peer = followed(follower)
    peer.answers[CHECKPOINT] = Answer(body=feed.head(None, None, key_of("thief")))
    peer.answers["/feed/keys.jsonl"] = Answer(body=b"{}\n" * 400_000)

    assert refused_pull(follower, peer).code == "peer.too-large"
    assert peer.paths == [CHECKPOINT, "/feed/keys.jsonl"]

    peer.answers["/feed/keys.jsonl"] = Answer(body=b"{}\n" * 300_000)
    assert refused_pull(follower, peer).code == "key.log-chain"


@pytest.mark.parametrize("has_delta", [True, False])
def test_log25_the_longest_entry_there_can_be_is_taken(follower: Follower, has_delta: bool) -> None:
    """LOG-25, LOG-26: two bytes of length hold no longer one; without effect, it is no reason to stop."""
    feed, peer = followed(follower)
    peer.has_delta = has_delta
    index = feed.append(b" " * 65_534 + b"\0")
    good = feed.publish(7)

    follower.pull(peer)

    assert follower.copy(feed).entries[index] == feed.entries[index]
    assert follower.version(feed, good).status is Status.STORED
    with pytest.raises(Refused):
        encode_bundle([bytes(65_536)])


def test_f01_entries_about_another_origin_are_inert(follower: Follower) -> None:
    """LOG-14: a feed speaks for its own origin and for no other."""
    feed, peer = followed(follower)
    other = SmallFeed("other.example")
    raw = other.record(1)
    feed.contents[sha256(raw)] = raw
    feed.append(Entry("publish", other.subject(1), "company", TIME, None, sha256(raw)).to_bytes())
    feed.append(Entry("withdraw", other.subject(1), "company", TIME, None, None).to_bytes())
    feed.append(Entry("keys", "did:web:other.example", "keys", TIME, None, sha256(b"k")).to_bytes())

    report = follower.pull(peer)

    assert (report.stored, report.refused, report.missing) == (0, 0, 0)
    assert follower.store.versions(other.subject(1)) == []
    assert follower.store.counts(follower.feed(feed).id).inert == 3


def test_f02_a_record_of_another_issuer_is_refused(follower: Follower) -> None:
    """SIG-22: even one that its true issuer has signed."""
    feed, peer = followed(follower)
    stolen = feed.publish_raw(20, SmallFeed("other.example").record(20))
    edited = json.loads(feed.record(21))
    edited["issuer"] = "did:web:other.example"
    relabelled = feed.publish_raw(21, canonical_bytes(edited))

    follower.pull(peer)

    assert follower.version(feed, stolen).code == "key.subject"
    assert follower.version(feed, relabelled).code == "key.issuer"
    assert {follower.version(feed, index).raw for index in (stolen, relabelled)} == {None}


def test_l26_a_valid_record_does_not_count_for_another_entry(follower: Follower) -> None:
    """LOG-21, LOG-50: digest, subject and revision bind a record to its entry."""
    feed, peer = followed(follower)
    raw = feed.record(30)
    elsewhere = feed.publish_raw(31, raw)
    index = feed.publish(32)
    other = feed.record(32, founded="1998", revision=1)
    peer.tamper = lambda path, body: body.replace(feed.record(32, revision=1), other)
    digest = sha256(feed.record(32, revision=1)).hex()
    peer.answers[f"/feed/addenda/{digest[:2]}/{digest[2:4]}/{digest}"] = Answer(body=other)

    report = follower.pull(peer)

    assert follower.version(feed, elsewhere).code == "key.subject"
    assert follower.version(feed, index).status is Status.MISSING
    assert report.missing == 1


@pytest.mark.parametrize("has_delta", [True, False])
def test_l21_contents_that_do_not_fit_their_digest_are_ignored(follower: Follower, has_delta: bool) -> None:
    """LOG-50, LOG-52: the entries are kept, their contents are missing, and come when they come right."""
    feed, peer = followed(follower)
    peer.has_delta = has_delta
    indexes = [feed.publish(number) for number in (40, 41)]
    peer.tamper = lambda path, body: body.replace(b"Company 4", b"Kompany 4")

    report = follower.pull(peer)
    assert (report.stored, report.missing) == (0, 2)
    assert follower.copy(feed).entries == feed.entries
    assert [follower.version(feed, index).status for index in indexes] == [Status.MISSING] * 2

    peer.tamper = lambda path, body: body
    assert follower.pull(peer).stored == 2


def test_log50_lines_that_match_no_entry_are_ignored(follower: Follower) -> None:
    """L18, LOG-50, LOG-52: contents come only under their entry, whatever else a peer sends along."""
    feed, peer = followed(follower)
    strange = SmallFeed("other.example").record(1)
    peer.has_delta = False
    feed.publish(50)
    peer.tamper = lambda path, body: strange + b"\nnot json\n" + body if "contents" in path else body

    report = follower.pull(peer)

    assert (report.stored, report.refused, report.missing) == (1, 0, 0)
    row = follower.feed(feed)
    assert strange not in follower.store.contents(row.id, 0, row.size)


def test_log52_a_content_is_not_stored_under_an_entry_that_was_withdrawn_meanwhile(
    follower: Follower,
) -> None:
    """F07, LOG-51, LOG-52: a slow answer cannot bring back what was erased."""
    feed, peer = followed(follower)
    index = feed.publish(60)
    feed.withdraw(60)
    peer.tamper = lambda path, body: body + feed.record(60, revision=1) + b"\n" if "delta" in path else body

    follower.pull(peer)

    assert (follower.version(feed, index).status, follower.version(feed, index).raw) == (Status.ERASED, None)


# --- records


def edited(feed: SmallFeed, number: int, **members: Any) -> bytes:
    """A record whose envelope was changed after it was signed."""
    return canonical_bytes({**json.loads(feed.record(number)), **members})


def with_proof(feed: SmallFeed, number: int, **members: Any) -> bytes:
    document = json.loads(feed.record(number))
    return canonical_bytes({**document, "proof": {**document["proof"], **members}})


BAD_RECORDS: dict[str, Any] = {
    "no JSON": (lambda f: b"not json", "json.syntax", ""),
    "empty": (lambda f: b"", "json.syntax", ""),
    "line feed inside": (lambda f: f.record(5).replace(b',"id"', b',\n"id"', 1), "json.not-canonical", ""),
    "line feeds at its end": (lambda f: f.record(5) + b"\n\n", "json.not-canonical", ""),
    "a thousand line feeds": (lambda f: b"\n" * 1_000, "json.syntax", ""),
    "byte order mark": (lambda f: b"\xef\xbb\xbf" + f.record(5), "json.bom", ""),
    "not UTF-8": (lambda f: b'{"a":"\xff"}', "json.encoding", ""),
    "member twice": (lambda f: b'{"a":1,"a":1}', "json.duplicate-member", ""),
    "fraction": (lambda f: b'{"a":1.5}', "json.number", ""),
    "too deep": (lambda f: b"[" * 70 + b"]" * 70, "json", ""),
    "too large": (lambda f: b'{"a":"' + b"a" * MAX_RECORD_BYTES + b'"}', "json.too-large", ""),
    "far too large": (lambda f: b'{"a":"' + b"a" * 17_000_000 + b'"}', "", ""),
    "too large, with a line feed": (lambda f: b'{"a":\n"' + b"a" * MAX_RECORD_BYTES + b'"}', "", ""),
    "not canonical": (lambda f: f.record(5).replace(b":", b": ", 1), "json.not-canonical", ""),
    "member missing": (lambda f: f.record(5, name=None), "schema", "/credentialSubject/profile"),
    "member of another type": (lambda f: f.record(5, name=7), "schema", "/credentialSubject/profile/name"),
    "unknown code": (lambda f: f.record(5, status="asleep"), "schema", "/credentialSubject/profile/status"),
    "envelope member more": (lambda f: edited(f, 5, extra=1), "schema.members", ""),
    "signature of other bytes": (lambda f: edited(f, 5, license="CC0-1.0"), "key.signature", "/proof"),
    "no proof value": (lambda f: with_proof(f, 5, proofValue="z1"), "key.proof-value", "/proof/proofValue"),
    "other suite": (lambda f: with_proof(f, 5, cryptosuite="ecdsa-jcs-2019"), "key.suite", "/proof"),
    "other purpose": (
        lambda f: with_proof(f, 5, proofPurpose="authentication"),
        "key.purpose",
        "/proof/proofPurpose",
    ),
    "other key": (
        lambda f: with_proof(f, 5, verificationMethod="did:web:peer.example#z6Mk"),
        "key.unknown",
        "/proof/verificationMethod",
    ),
    "other issuer": (lambda f: edited(f, 5, issuer="did:web:other.example"), "key.issuer", "/issuer"),
    "other context": (lambda f: edited(f, 5, **{"@context": []}), "key.context", "/@context"),
    "other time": (lambda f: edited(f, 5, validFrom="2026-01-01T00:00:00Z"), "key.time", "/validFrom"),
    "other subject": (lambda f: f.record(6), "key.subject", "/credentialSubject/id"),
    "other revision": (lambda f: f.record(5, revision=3), "log.revision", "/revision"),
    "no day of the calendar": (
        lambda f: f.record(5, updated="2026-02-30"),
        "code.date",
        "/credentialSubject/profile/updated",
    ),
    "bad check digits": (
        lambda f: f.record(5, identifiers=[{"scheme": "LEI", "id": "529900T8BM49AURSDO56"}]),
        "code.identifier",
        "/credentialSubject/profile/identifiers/0/id",
    ),
    "hidden direction": (
        lambda f: f.record(5, name={"en": "a\u202eb"}),
        "code.text",
        "/credentialSubject/profile/name/en",
    ),
    "a person's data": (
        lambda f: f.record(5, ext={"x1": {"schema": "https://x.example/s", "birthDate": "x"}}),
        "privacy",
        "/credentialSubject/profile/ext",
    ),
}


@pytest.mark.parametrize("has_delta", [True, False])
@pytest.mark.parametrize("fault", BAD_RECORDS)
def test_f14_one_bad_record_never_blocks_its_feed(follower: Follower, fault: str, has_delta: bool) -> None:
    """LOG-22, LOG-26: refused with a code and a pointer its publisher can act on; what follows arrives."""
    make, code, pointer = BAD_RECORDS[fault]
    feed, peer = followed(follower)
    peer.has_delta = has_delta
    feed.publish(5)
    follower.pull(peer)
    bad = feed.publish_raw(5, make(feed))
    good = feed.publish(7)

    report = follower.pull(peer)
    later = feed.publish(8)
    follower.pull(peer)

    version = follower.version(feed, bad)
    if code:
        assert (version.status, version.raw) == (Status.REFUSED, None)
        assert version.code.startswith(code)
        assert version.pointer.startswith(pointer)
        assert (report.stored, report.refused, report.missing) == (1, 1, 0)
    else:
        assert version.status in (Status.MISSING, Status.REFUSED)  # may be too large to be looked at
    for index in (good, later):
        assert follower.version(feed, index).status is Status.STORED
    # LOG-22: the version before it does not stand in for it.
    row = follower.feed(feed)
    assert len(follower.store.contents(row.id, 0, row.size)) == 3 + 2


def test_f14_a_type_that_nobody_knows_is_refused(follower: Follower) -> None:
    feed, peer = followed(follower)
    strange = feed.publish_raw(70, feed.record(70), kind="spaceship")
    good = feed.publish(71)

    follower.pull(peer)

    assert follower.version(feed, strange).code == "schema.unknown-type"
    assert follower.version(feed, good).status is Status.STORED


def test_sig30_a_record_of_a_newer_schema_is_kept_and_not_shown(follower: Follower) -> None:
    """SIG-30."""
    feed, peer = followed(follower)
    raw = feed.record(80).replace(b"/schema/1.0/", b"/schema/1.1/")
    index = feed.publish_raw(80, raw)

    report = follower.pull(peer)

    version = follower.version(feed, index)
    assert (version.status, version.raw, version.code) == (Status.KEPT, raw, "schema.unknown-version")
    assert (report.stored, report.refused, report.missing) == (0, 0, 0)
    shown = follower.store.live_records(after=(-1, -1), limit=1_000)
    assert feed.subject(80) not in {version.subject for _, version in shown}


def test_sig25_sig29_nothing_that_a_record_names_is_fetched(follower: Follower) -> None:
    """S06. SIG-25, SIG-29: contexts, schemas, keys and web sites in records cause no request."""
    feed, peer = followed(follower)
    size = len(feed.entries)
    feed.publish_raw(90, edited(feed, 90, **{"@context": ["https://evil.example/context"]}))
    feed.publish_raw(91, with_proof(feed, 91, verificationMethod="did:web:evil.example#key"))
    feed.publish(92, website="https://evil.example")

    follower.pull(peer)

    assert peer.paths == [CHECKPOINT, f"/feed/delta?from={size}&to={size + 3}"]


def test_f13_what_was_refused_stays_refused(follower: Follower) -> None:
    """LOG-66: it is not asked for again, and by another path it is judged alike."""
    feed, peer = followed(follower)
    raw = feed.record(5, status="asleep")
    bad = feed.publish_raw(5, raw)
    follower.pull(peer)
    refused = follower.version(feed, bad)
    feed.publish_raw(5, raw)
    feed.publish_raw(6, raw)

    peer.has_delta = False
    report = follower.pull(peer)

    assert not [path for path in peer.paths if "addenda" in path]
    assert (report.stored, report.missing) == (0, 0)
    assert follower.version(feed, bad) == refused
    assert follower.store.counts(follower.feed(feed).id).inert == 2  # LOG-18: a digest counts once


def test_f15_a_whole_bundle_of_refused_records_does_not_end_the_paging(follower: Follower) -> None:
    """LOG-26: the next bundle is read all the same."""
    feed = SmallFeed()
    for number in range(1_100):
        feed.publish_raw(number, b'{"bad":%d}' % number)
    good = feed.publish(5_000)
    follower.follow(feed)

    report = follower.pull(SimulatedPeer(feed))

    assert (report.refused, report.stored, report.missing) == (1_100, 1, 0)
    assert follower.version(feed, good).status is Status.STORED


def test_f05_of_many_versions_one_is_live_and_the_replaced_contents_need_not_be_fetched(
    follower: Follower,
) -> None:
    """LOG-20: a first sync costs one content for each subject, however often it was published."""
    feed = SmallFeed()
    for number in range(300):
        feed.publish(1, founded=str(1500 + number))
    follower.follow(feed)
    peer = SimulatedPeer(feed)

    report = follower.pull(peer)

    assert (report.stored, report.missing, report.requests) == (1, 0, 2)
    assert [version.revision for version in follower.store.versions(feed.subject(1)) if version.raw] == [300]


def test_f16_records_made_to_be_slow_cost_one_verdict_each(follower: Follower) -> None:
    """Thousands of faults in one record: one code, one pointer, no further request."""
    feed, peer = followed(follower)
    for number, ext in enumerate(
        (
            {"locations": [{"country": "XX"}] * 3_000},
            {"identifiers": [{"scheme": "LEI", "id": "0"}] * 1_500},
            {"sectors": [[[[]]]] * 5_000},
            {"name": {f"x{index}": "" for index in range(4_000)}},
        )
    ):
        feed.publish(100 + number, **ext)
    size = len(feed.entries)

    report = follower.pull(peer)

    assert (report.refused, report.requests) == (4, 2)
    rows = [follower.version(feed, index) for index in range(size - 4, size)]
    assert all(row.code.startswith("schema") and len(row.pointer) < 200 for row in rows)


def test_f16_contents_that_never_come_cost_a_bounded_number_of_requests(follower: Follower) -> None:
    """EXC-29: 64 at most in one pull are asked for one by one."""
    feed = SmallFeed()
    for number in range(400):
        feed.publish_raw(number, b'{"bad":%d}' % number)
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    feed.contents.clear()

    report = follower.pull(peer)

    assert report.missing == 400
    assert sum("addenda" in path for path in peer.paths) == 64
    assert len(peer.paths) == 64 + 3


# --- relays


def test_f06_a_feed_pulled_in_a_circle_does_not_grow(follower: Follower, other_follower: Follower) -> None:
    """A follows B and B follows A: each holds two feeds, and nothing comes round."""
    a, b = SmallFeed("a.example"), SmallFeed("b.example")
    a.publish(1)
    b.publish(2)
    for one in (follower, other_follower):
        one.follow(a)
        one.follow(b)
    sizes = set()
    for _ in range(3):
        for one in (follower, other_follower):
            sizes.add((one.pull(SimulatedPeer(a)).size_after, one.pull(SimulatedPeer(b)).size_after))

    assert sizes == {(2, 2)}
    assert follower.copy(a) == other_follower.copy(a)
    assert len(follower.store.feeds()) == 2


def test_two_pulls_of_one_feed_at_once_end_in_one_copy(follower: Follower) -> None:
    """LOG-67: the slower one is told so, and nothing is stored twice."""
    feed = SmallFeed()
    for number in range(3):
        feed.publish(number)
    follower.follow(feed)

    async def pull_twice() -> list[object]:
        pulls = [Pull(SimulatedPeer(feed), follower.store, feed.name, now=0.0).run() for _ in range(2)]
        return list(await asyncio.gather(*pulls, return_exceptions=True))

    outcomes = asyncio.run(pull_twice())

    assert follower.copy(feed).entries == feed.entries
    assert all(
        not isinstance(outcome, Exception) or isinstance(outcome, EntrepotError) for outcome in outcomes
    )


def test_a_feed_that_is_unfollowed_during_its_pull_ends_it(follower: Follower) -> None:
    feed, peer = followed(follower)
    feed.publish(5)
    peer.before = lambda path: follower.unfollow(feed) if "delta" in path else None

    assert refused_pull(follower, peer).code == "store.no-feed"
    assert follower.store.feeds() == []


def test_the_licence_and_time_of_simulated_records_are_those_of_the_standard() -> None:
    """What the attacks above vary starts from a record that is valid."""
    document = json.loads(SmallFeed().record(1))

    assert (document["license"], document["validFrom"]) == (LICENSE, TIME)
    with pytest.raises(Refused):
        SmallFeed().record(1, name={"en": "\0"})
