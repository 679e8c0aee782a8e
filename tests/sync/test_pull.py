"""Pulling from honest peers: what comes, at what cost, and how a pull that was cut off goes on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

import pytest

from entrepot_schema.canonical import sha256
from entrepot_schema.errors import EntrepotError, Unavailable
from entrepot_sync.feed_store import Status
from entrepot_sync.peer_trust import Superseded
from entrepot_sync.testing.simulated_peer import ABSENT, Answer, SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed, key_log_of

if TYPE_CHECKING:
    from tests.sync.conftest import Copy, Follower


def small_feed() -> SmallFeed:
    """All that can honestly happen in a feed: versions, a withdrawal, a return, a rotation; and two slips."""
    feed = SmallFeed()
    for number in range(1, 6):
        feed.publish(number)
    feed.publish(1, website="https://new.example")
    feed.withdraw(2)
    feed.append(b'{"op":7}\0')
    feed.publish(6, status="asleep")
    feed.publish(2, name={"en": "Back again"})
    feed.rotate()
    feed.publish(7)
    return feed


def long_feed(size: int = 1_500) -> SmallFeed:
    """More entries than a delta may have; few of them are records, to be quick."""
    feed = SmallFeed()
    for number in range(1, size):
        if number % 100:
            feed.append(b'{"n":%d}\0' % number)
        else:
            feed.publish(number)
    return feed


def assert_complete(follower: Follower, feed: SmallFeed) -> None:
    """The follower holds every entry, every tile and every live content, each once and as published."""
    copy = follower.copy(feed)
    row = follower.feed(feed)
    assert copy.entries == feed.entries
    assert copy.tiles == feed.tiles
    assert (copy.size, copy.root) == (len(feed.entries), feed.frontier.root())
    assert copy.head == (copy.size, copy.root)
    assert copy.key_log == feed.key_log
    assert copy.state == "live"
    refused = [version for version in copy.versions.values() if version.status is Status.REFUSED]
    live = feed.live_contents(0, copy.size)
    assert len(follower.store.contents(row.id, 0, copy.size)) == len(live) - len(refused)
    assert set(follower.store.contents(row.id, 0, copy.size)) <= set(live)


# --- what a pull asks for


def test_first_sync_of_a_small_feed_is_one_delta(follower: Follower) -> None:
    """EXC-31: head first, then entries with their contents; no hash tiles."""
    feed = small_feed()
    follower.follow(feed)
    peer = SimulatedPeer(feed)

    report = follower.pull(peer)

    size = len(feed.entries)
    assert peer.paths == ["/feed/checkpoint", f"/feed/delta?from=0&to={size}"]
    assert (report.size_before, report.size_after, report.requests) == (0, size, 2)
    assert (report.stored, report.refused, report.missing) == (6, 1, 0)
    assert_complete(follower, feed)


def test_first_sync_of_a_long_feed_takes_bundles_and_their_contents(follower: Follower) -> None:
    """EXC-28, LOG-67: bundles that the verified head implies and nothing else; chunk after chunk."""
    feed = long_feed()
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    steps: list[tuple[int, int]] = []

    report = follower.pull(peer, progress=lambda stored, size: steps.append((stored, size)))

    bundles = [f"/feed/tile/entries/{index:03}" for index in range(5)] + ["/feed/tile/entries/005.p/220"]
    contents = [f"/feed/contents/{index}" for index in range(6)]
    assert sorted(peer.paths) == sorted(["/feed/checkpoint", *bundles, *contents])
    assert peer.paths.index(bundles[-1]) < peer.paths.index(contents[0])
    assert steps == [(1024, 1500), (1500, 1500)]
    assert (report.stored, report.missing) == (15 - 1, 0)
    assert_complete(follower, feed)


def test_one_changed_record_costs_two_requests_and_few_bytes(follower: Follower) -> None:
    """EXC-31: one delta, in well under three requests and 2.5 KB."""
    feed = small_feed()
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    etag = follower.pull(peer).etag
    size = len(feed.entries)
    feed.publish(3, website="https://new.example")

    report = follower.pull(peer, etag)

    assert peer.paths == ["/feed/checkpoint", f"/feed/delta?from={size}&to={size + 1}"]
    assert (report.stored, report.size_before, report.size_after) == (1, size, size + 1)
    assert report.wire_bytes < 2_500
    assert report.etag != etag
    assert_complete(follower, feed)


def test_a_poll_without_news_costs_one_request(follower: Follower) -> None:
    feed = small_feed()
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    etag = follower.pull(peer).etag

    report = follower.pull(peer, etag)

    assert peer.paths == ["/feed/checkpoint"]
    assert (report.requests, report.stored, report.etag) == (1, 0, etag)
    assert report.wire_bytes < 500


def test_a_head_signed_anew_at_the_same_size_changes_nothing(follower: Follower) -> None:
    """LOG-61: only another root is a fork."""
    feed = small_feed()
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    follower.pull(peer)
    before = follower.copy(feed)
    feed.rotate(record=False, log=True, commit=False)
    peer.answers["/feed/checkpoint"] = Answer(body=feed.head())

    report = follower.pull(peer)

    assert report.stored == 0
    assert follower.copy(feed).entries == before.entries
    assert follower.evidence(feed) == []


@pytest.mark.parametrize("size", [1, 13, 255, 256, 257, 300, 512])
def test_a_static_host_without_delta_is_enough(follower: Follower, size: int) -> None:
    """A follower needs only files: checkpoint, key log, bundles, contents."""
    feed = small_feed() if size == 13 else long_feed(size)
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    peer.has_delta = False

    follower.pull(peer)
    assert_complete(follower, feed)

    feed.publish(900)
    follower.pull(peer)
    assert_complete(follower, feed)


def test_a_static_host_may_have_replaced_the_partial_bundle_by_the_full_one(follower: Follower) -> None:
    """The head names 200 entries; by now the host has 300 and only the full bundle 0."""
    feed = long_feed(200)
    old_head = feed.head()
    for number in range(100):
        feed.append(b'{"more":%d}\0' % number)
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    peer.has_delta = peer.has_partial_bundles = False
    peer.answers["/feed/checkpoint"] = Answer(body=old_head)

    report = follower.pull(peer)

    assert report.size_after == 200
    assert peer.paths[2:4] == ["/feed/tile/entries/000.p/200", "/feed/tile/entries/000"]


def test_bundles_and_deltas_make_the_same_copy(follower: Follower, other_follower: Follower) -> None:
    feed = small_feed()
    feed_now, fast, slow = feed.copy(), SimulatedPeer(feed), SimulatedPeer(feed)
    slow.has_delta = False
    for one, peer in ((follower, fast), (other_follower, slow)):
        one.follow(feed)
        one.pull(peer)

    assert follower.copy(feed_now) == other_follower.copy(feed_now)


@pytest.mark.parametrize("has_delta", [True, False])
def test_a_feed_pulled_entry_by_entry_is_the_same_copy(
    follower: Follower, other_follower: Follower, has_delta: bool
) -> None:
    """LOG-67: in however many pulls it came."""
    feed = small_feed()
    peer = SimulatedPeer(feed)
    other_follower.follow(feed)
    other_follower.pull(peer)
    follower.follow(feed, key_log_of(feed, 1))
    slow = SimulatedPeer(feed)
    slow.has_delta = has_delta
    for size in range(1, len(feed.entries) + 1):
        slow.answers["/feed/checkpoint"] = Answer(body=feed.head(size))
        assert follower.pull(slow).size_after == size

    assert follower.copy(feed) == other_follower.copy(feed)


# --- what happened in the feed


def test_an_update_a_withdrawal_and_a_return(follower: Follower) -> None:
    """LOG-20, LOG-51: erased below the withdrawal; the next version after it counts on."""
    feed = SmallFeed()
    peer = SimulatedPeer(feed)
    follower.follow(feed)
    first = feed.publish(1)
    follower.pull(peer)
    assert follower.version(feed, first).status is Status.STORED

    feed.withdraw(1)
    follower.pull(peer)
    assert (follower.version(feed, first).status, follower.version(feed, first).raw) == (Status.ERASED, None)

    again = feed.publish(1, name={"en": "Back"})
    report = follower.pull(peer)
    assert (report.stored, report.refused) == (1, 0)
    assert follower.version(feed, again).raw == feed.record(1, revision=2, name={"en": "Back"})
    assert_complete(follower, feed)


def test_index_and_not_time_orders_the_versions(follower: Follower) -> None:
    """K25. LOG-20: the entry with the higher index is live, however old it says it is."""
    feed = SmallFeed()
    feed.publish(1)
    feed.time = "2001-01-01T00:00:00Z"
    later = feed.publish(1, website="https://new.example")
    follower.follow(feed)

    follower.pull(SimulatedPeer(feed))

    versions = follower.store.versions(feed.subject(1))
    assert [version.index for version in versions if version.live] == [later]


def test_all_types_of_content_are_taken(follower: Follower) -> None:
    """No filter: what is live and valid is stored, in one transaction with its entry."""
    feed = small_feed()
    follower.follow(feed)
    follower.pull(SimulatedPeer(feed))

    counts = follower.store.counts(follower.feed(feed).id)

    assert (counts.live, counts.stored, counts.refused, counts.missing, counts.inert) == (7, 6, 1, 0, 1)


# --- keys


def test_log24_each_record_is_checked_with_the_key_of_its_index(follower: Follower) -> None:
    """K25. LOG-24, SIG-25: old records with the old key, new ones with the new, though the newest key log is pinned."""
    feed = SmallFeed()
    old = feed.publish(1)
    stale = feed.record(2)
    feed.rotate()
    bad = feed.publish_raw(2, stale)
    good = feed.publish(3)
    follower.follow(feed)

    follower.pull(SimulatedPeer(feed))

    assert follower.version(feed, old).status is Status.STORED
    assert (follower.version(feed, bad).status, follower.version(feed, bad).code) == (
        Status.REFUSED,
        "key.unknown",
    )
    assert follower.version(feed, good).status is Status.STORED


def test_log24_a_late_content_is_checked_with_the_key_of_its_index_too(follower: Follower) -> None:
    """LOG-24: the same verdicts as when it comes with its entry."""
    feed = SmallFeed()
    old = feed.publish(1)
    stale = feed.record(2)
    feed.rotate()
    bad = feed.publish_raw(2, stale)
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    peer.has_delta = False
    peer.answers["/feed/contents/0"] = ABSENT

    follower.pull(peer)

    assert follower.version(feed, old).status is Status.STORED
    assert follower.version(feed, bad).code == "key.unknown"


def test_log23_a_rotated_record_key_is_fetched_when_its_entry_comes(follower: Follower) -> None:
    """LOG-23, SIG-49: the key log is asked for once, where the `keys` entry needs its line."""
    feed = SmallFeed()
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    follower.pull(peer)
    feed.rotate()
    feed.rotate()
    feed.publish(1)

    report = follower.pull(peer)

    assert peer.paths.count("/feed/keys.jsonl") == 1
    assert report.stored == 1
    assert_complete(follower, feed)


def test_a_rotated_log_key_is_fetched_when_its_head_comes(follower: Follower) -> None:
    """LOG-35, SIG-49: a head of an unknown key sends us to the key log, once."""
    feed = SmallFeed()
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    follower.pull(peer)
    feed.rotate(log=True)
    feed.publish(1)

    follower.pull(peer)

    assert peer.paths[:2] == ["/feed/checkpoint", "/feed/keys.jsonl"]
    assert peer.paths.count("/feed/keys.jsonl") == 1
    assert_complete(follower, feed)


def test_keys_rotated_in_the_middle_of_a_pull(follower: Follower) -> None:
    """The head is older than the key log, or the key log older than the head: both end in the same copy."""
    feed = SmallFeed()
    feed.publish(1)
    follower.follow(feed)
    peer = SimulatedPeer(feed)

    def rotate_once(path: str) -> None:
        if "delta" in path:
            peer.before = lambda path: None
            feed.rotate(log=True)
            feed.publish(2)

    peer.before = rotate_once
    follower.pull(peer)
    follower.pull(peer)

    assert_complete(follower, feed)


def test_sig65_a_stolen_feed_is_left_for_the_one_that_the_key_log_names(follower: Follower) -> None:
    """K04. SIG-65, SIG-66: nothing more is believed of it, and the next feed counts revisions from 1."""
    feed = SmallFeed()
    feed.publish(1)
    feed.publish(1, founded="1998")
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    follower.pull(peer)
    before = follower.copy(feed)
    following = feed.succeed()
    index = following.publish(1, founded="1998")
    feed.withdraw(1)  # by the thief
    peer.answers["/feed/keys.jsonl"] = Answer(body=following.key_log.to_bytes())
    peer.answers["/feed/checkpoint"] = Answer(body=following.head())

    for _ in range(2):
        with pytest.raises(Superseded):
            follower.pull(peer)
        peer.answers.pop("/feed/checkpoint", None)  # the second time the thief answers
    follower.follow(following)
    follower.pull(SimulatedPeer(following))

    assert follower.copy(feed).entries == before.entries
    assert follower.feed(feed).key_log == follower.feed(following).key_log == following.key_log
    assert (following.name, index) == ("peer.example/feed/2", 2)
    assert follower.version(following, index).status is Status.STORED
    assert follower.feed(feed).superseded


def test_log23_a_feed_waits_for_a_line_of_its_key_log_and_goes_on_with_it(follower: Follower) -> None:
    """LOG-23: what lies below the entry is there; nothing above it is."""
    feed = SmallFeed()
    follower.follow(feed)
    feed.publish(1)
    old = feed.key_log.to_bytes()
    feed.rotate()
    feed.publish(2)
    peer = SimulatedPeer(feed)
    peer.answers["/feed/keys.jsonl"] = Answer(body=old)

    for _ in range(2):
        with pytest.raises(EntrepotError) as stop:
            follower.pull(peer)
        assert stop.value.code == "log.keys-missing"
        assert follower.state(feed) == ("waiting", "log.keys-missing")
        assert follower.copy(feed).entries == feed.entries[:2]

    del peer.answers["/feed/keys.jsonl"]
    follower.pull(peer)
    assert follower.state(feed) == ("live", "")
    assert_complete(follower, feed)


def test_log23_a_feed_waits_too_when_the_key_log_cannot_be_had(follower: Follower) -> None:
    """K24. LOG-23: the entries below the one that needs it are believed all the same."""
    feed = SmallFeed()
    follower.follow(feed)
    feed.publish(1)
    feed.rotate()
    peer = SimulatedPeer(feed)
    peer.answers["/feed/keys.jsonl"] = ABSENT

    with pytest.raises(EntrepotError):
        follower.pull(peer)

    assert follower.copy(feed).entries == feed.entries[:2]


# --- contents that come late, or not


def test_contents_may_be_newer_than_the_head(follower: Follower) -> None:
    """LOG-65: a gap sends us back for the head; the withdrawal there explains it."""
    feed = SmallFeed()
    gone = feed.publish(1)
    follower.follow(feed)
    peer = SimulatedPeer(feed)

    def withdraw_once(path: str) -> None:
        if path.startswith(("/feed/delta", "/feed/tile")):
            peer.before = lambda path: None
            feed.withdraw(1)

    peer.before = withdraw_once
    report = follower.pull(peer)

    assert peer.paths.count("/feed/checkpoint") == 2
    assert (report.size_after, report.missing) == (3, 0)
    assert follower.version(feed, gone).status is Status.ERASED
    assert_complete(follower, feed)


def test_contents_replaced_during_the_pull(follower: Follower) -> None:
    feed = SmallFeed()
    old = feed.publish(1)
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    peer.has_delta = False

    def replace_once(path: str) -> None:
        if path.startswith("/feed/tile"):
            peer.before = lambda path: None
            del feed.contents[sha256(feed.record(1, revision=1))]
            feed.publish(1, website="https://new.example")

    peer.before = replace_once
    report = follower.pull(peer)

    assert (report.size_after, report.missing, report.stored) == (3, 0, 1)
    assert follower.version(feed, old).status is Status.MISSING
    assert [version.live for version in follower.store.versions(feed.subject(1))] == [True, False]


def test_contents_that_did_not_come_with_their_bundle_are_asked_for_one_by_one(follower: Follower) -> None:
    feed = small_feed()
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    peer.has_delta = False
    peer.answers["/feed/contents/0"] = ABSENT

    report = follower.pull(peer)

    assert sum("addenda" in path for path in peer.paths) == 7
    assert (report.stored, report.refused, report.missing) == (6, 1, 0)
    assert_complete(follower, feed)


def test_f08_a_content_that_is_absent_for_a_while_is_missing_and_not_withdrawn(follower: Follower) -> None:
    """LOG-65: 404 and 410 say nothing; only the log withdraws. It is asked for again, even beside a 304."""
    feed = SmallFeed()
    index = feed.publish(1)
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    peer.has_delta = False
    digest = next(iter(feed.contents)).hex()
    path = f"/feed/addenda/{digest[:2]}/{digest[2:4]}/{digest}"
    peer.answers = {"/feed/contents/0": ABSENT, path: Answer(410)}

    report = follower.pull(peer)
    assert (report.missing, report.stored) == (1, 0)
    assert follower.version(feed, index).status is Status.MISSING
    assert follower.store.counts(follower.feed(feed).id).withdrawn == 0

    peer.answers = {}
    report = follower.pull(peer, report.etag)
    assert (report.missing, report.stored) == (0, 1)
    assert_complete(follower, feed)


def test_f08_what_was_stored_stays_when_the_origin_has_nothing_any_more(follower: Follower) -> None:
    """LOG-65: an empty host is an outage."""
    feed = small_feed()
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    follower.pull(peer)
    before = follower.copy(feed)
    feed.contents.clear()
    feed.publish(9)

    follower.pull(peer)

    after = follower.copy(feed)
    assert {index: after.versions[index] for index in before.versions} == before.versions


# --- cut off anywhere


@pytest.mark.parametrize("start", [0, 4])
@pytest.mark.parametrize("has_delta", [True, False])
@pytest.mark.parametrize("make_feed", [small_feed, lambda: long_feed(1_200)], ids=["small", "long"])
def test_d02_a_pull_cut_at_any_request_goes_on_from_there(
    follower: Follower,
    other_follower: Follower,
    make_feed: Callable[[], SmallFeed],
    has_delta: bool,
    start: int,
) -> None:
    """LOG-67: after a cut the copy is a whole, verified beginning; the next pull completes it."""
    feed = make_feed()
    other_follower.follow(feed)
    other_follower.pull(SimulatedPeer(feed))
    complete = other_follower.copy(feed)

    for cut_at in count():
        follower.follow(feed, key_log_of(feed, 1))
        peer = SimulatedPeer(feed)
        if start:
            peer.answers["/feed/checkpoint"] = Answer(body=feed.head(start))
            follower.pull(peer)
        peer.answers = {"/feed/contents/0": ABSENT}
        peer.has_delta = has_delta
        peer.cut_at = cut_at
        was_cut = is_cut(follower, peer)

        assert_beginning(follower.copy(feed), complete, start)
        peer.cut_at = None
        follower.pull(peer)
        assert follower.copy(feed) == complete
        follower.unfollow(feed)
        if not was_cut:
            break

    assert cut_at >= 2


def test_d02_a_long_first_sync_goes_on_behind_its_last_chunk(follower: Follower) -> None:
    """LOG-67: what is stored is not fetched again; the head it was checked against stays believed."""
    feed = long_feed()
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    follower_of_1024 = 1 + 6 + 4
    peer.cut_at = follower_of_1024

    assert is_cut(follower, peer)
    assert (follower.copy(feed).size, follower.feed(feed).head.size) == (1024, 1500)
    peer.cut_at = None
    report = follower.pull(peer, "")

    assert peer.paths == ["/feed/checkpoint", "/feed/delta?from=1024&to=1500"]
    assert report.size_before == 1024
    assert_complete(follower, feed)


def is_cut(follower: Follower, peer: SimulatedPeer) -> bool:
    try:
        follower.pull(peer)
    except Unavailable:
        return True
    return False


def assert_beginning(copy: Copy, complete: Copy, start: int) -> None:
    """A copy that a cut has left holds nothing but a beginning of the complete one."""
    assert copy.entries == complete.entries[: copy.size]
    assert copy.head in (complete.head, (start, copy.root))
    honest = complete.versions | complete.history
    for index, version in (copy.versions | copy.history).items():
        assert index < start or version.raw in (None, honest[index].raw)
