"""A peer's resources: bounded, counted, strict in form, and without what is not there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from entrepot_schema.canonical import sha256
from entrepot_schema.errors import EntrepotError, Unavailable
from entrepot_sync.bundle import MAX_DELTA_ENTRIES
from entrepot_sync.note import MAX_NOTE_BYTES
from entrepot_sync.peer_feed import (
    MAX_BUNDLE_BYTES,
    MAX_CONTENTS_BYTES,
    MAX_DELTA_BYTES,
    MAX_KEY_LOG_BYTES,
    MAX_LATE_BYTES,
    PeerFeed,
)
from entrepot_sync.testing.simulated_peer import ABSENT, Answer, SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed
from entrepot_sync.transport import Fetched

T = TypeVar("T")


def run(fetch: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(fetch)


def code_of(fetch: Coroutine[Any, Any, object]) -> str:
    with pytest.raises(EntrepotError) as error:
        asyncio.run(fetch)
    return error.value.code


def small() -> SimulatedPeer:
    feed = SmallFeed()
    for number in range(4):
        feed.publish(number)
    return SimulatedPeer(feed)


class Recording(SimulatedPeer):
    """Notes the bound of each fetch."""

    def __init__(self, feed: SmallFeed) -> None:
        super().__init__(feed)
        self.bounds: dict[str, int] = {}

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        self.bounds[path] = max_bytes
        return await super().fetch(path, max_bytes=max_bytes, etag=etag)


def test_exc20_every_answer_has_the_bound_that_the_standard_allows() -> None:
    """EXC-20."""
    feed = SmallFeed()
    feed.publish(1)
    digest = next(iter(feed.contents))
    transport = Recording(feed)
    peer = PeerFeed(transport)

    async def ask_for_all() -> None:
        await peer.checkpoint(None)
        await peer.key_log()
        await peer.delta(0, 2)
        await peer.entries(0, 2)
        await peer.contents(0)
        await peer.content(digest)
        await peer.tile(0, 0, 2)

    run(ask_for_all())

    name = digest.hex()
    assert transport.bounds == {
        "/feed/checkpoint": MAX_NOTE_BYTES,
        "/feed/keys.jsonl": MAX_KEY_LOG_BYTES,
        "/feed/delta?from=0&to=2": MAX_DELTA_BYTES,
        "/feed/tile/entries/000.p/2": MAX_BUNDLE_BYTES,
        "/feed/contents/0": MAX_CONTENTS_BYTES,
        f"/feed/addenda/{name[:2]}/{name[2:4]}/{name}": MAX_LATE_BYTES,
        "/feed/tile/0/000.p/2": 8_192,
    }
    assert peer.requests == 7
    assert peer.wire_bytes > 2_000


def test_a_checkpoint_that_is_the_one_we_have_is_none() -> None:
    transport = small()
    peer = PeerFeed(transport)
    fetched = run(peer.checkpoint(None))
    assert fetched is not None

    assert run(peer.checkpoint(fetched.etag)) is None
    assert run(peer.checkpoint('"another"')) == fetched


@pytest.mark.parametrize("answer", [ABSENT, Answer(410)])
def test_a_peer_has_a_checkpoint_and_a_key_log(answer: Answer) -> None:
    transport = small()
    transport.answers = {"/feed/checkpoint": answer, "/feed/keys.jsonl": answer}

    assert code_of(PeerFeed(transport).checkpoint(None)) == "peer.status"
    assert code_of(PeerFeed(transport).key_log()) == "peer.status"


def test_a_delta_is_entries_and_their_live_contents() -> None:
    """LOG-53."""
    transport = small()
    feed = transport.feed

    assert run(PeerFeed(transport).delta(1, 5)) == (feed.entries[1:], feed.live_contents(1, 5))
    assert run(PeerFeed(transport).delta(4, 5)) == (feed.entries[4:], feed.live_contents(4, 5))


def test_exc06_more_than_a_delta_may_have_is_not_asked_for() -> None:
    """EXC-06."""
    transport = small()

    assert run(PeerFeed(transport).delta(0, MAX_DELTA_ENTRIES + 1)) is None
    assert transport.paths == []


@pytest.mark.parametrize(
    "answer",
    [ABSENT, Answer(302), Answer(400), Answer(405), Answer(500), Answer(body=bytes(MAX_DELTA_BYTES + 1))],
)
def test_a_peer_without_delta_is_asked_once(answer: Answer) -> None:
    """A static host, or a filter before it: the other paths have all of it."""
    transport = small()
    transport.answers["/feed/delta?from=0&to=5"] = answer
    peer = PeerFeed(transport)

    assert run(peer.delta(0, 5)) is None
    assert run(peer.delta(0, 5)) is None

    assert len(transport.paths) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_exc26_a_peer_that_asks_for_time_is_not_asked_the_longer_way_at_once(status: int) -> None:
    """EXC-26: for contents, too, it is no absence."""
    transport = small()
    transport.answers = {path: Answer(status) for path in ("/feed/delta?from=0&to=5", "/feed/contents/0")}

    assert code_of(PeerFeed(transport).delta(0, 5)) == "peer.throttled"
    assert code_of(PeerFeed(transport).contents(0)) == "peer.throttled"


def test_entries_of_a_bundle_as_far_as_the_size_has_them() -> None:
    transport = small()
    feed = transport.feed
    for number in range(300):
        feed.append(b'{"n":%d}\0' % number)
    peer = PeerFeed(transport)

    assert run(peer.entries(0, 305)) == feed.entries[:256]
    assert run(peer.entries(1, 305)) == feed.entries[256:]
    assert run(peer.entries(0, 7)) == feed.entries[:7]
    assert transport.paths == [
        "/feed/tile/entries/000",
        "/feed/tile/entries/001.p/49",
        "/feed/tile/entries/000.p/7",
    ]


def test_l22_a_bundle_that_is_missing_makes_the_feed_incomplete() -> None:
    """At most two requests: the partial bundle, and the full one that may have replaced it."""
    transport = small()
    transport.answers["/feed/tile/entries/000.p/5"] = ABSENT

    assert code_of(PeerFeed(transport).entries(0, 5)) == "peer.incomplete"
    assert transport.paths == ["/feed/tile/entries/000.p/5", "/feed/tile/entries/000"]

    transport.paths.clear()
    assert code_of(PeerFeed(transport).entries(3, 2_000)) == "peer.incomplete"
    assert transport.paths == ["/feed/tile/entries/003"]


def test_a_full_bundle_in_place_of_a_partial_one_must_be_full() -> None:
    """LOG-42."""
    transport = small()
    transport.answers["/feed/tile/entries/000.p/4"] = ABSENT
    partial = run(transport.fetch("/feed/tile/entries/000.p/5", max_bytes=10**6)).body
    transport.answers["/feed/tile/entries/000"] = Answer(body=partial)

    assert code_of(PeerFeed(transport).entries(0, 4)) == "log.bundle"


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b"cut off", []),
        (b"\n\n\n", []),
        (b'{"a":1}\n\n{"b":1}\n', [b'{"a":1}', b'{"b":1}']),
        (b'{"a":1}\n{"b":', [b'{"a":1}']),
        (bytes(MAX_CONTENTS_BYTES + 1), []),
    ],
    ids=["cut off", "empty lines", "empty line between", "last line cut off", "too large"],
)
def test_f14_of_contents_what_can_be_read_is_taken(body: bytes, lines: list[bytes]) -> None:
    """LOG-26, LOG-50: an empty record, or one with a line feed in it, must not cost the others."""
    transport = small()
    transport.answers["/feed/contents/0"] = Answer(body=body)

    assert run(PeerFeed(transport).contents(0)) == lines


def test_f16_a_million_empty_lines_are_not_looked_at() -> None:
    transport = small()
    transport.answers["/feed/contents/0"] = Answer(body=b"\n" * 10_000_000 + b"x\n")

    assert run(PeerFeed(transport).contents(0)) == []


def test_f14_a_delta_with_strange_contents_still_brings_its_entries() -> None:
    """LOG-26."""
    transport = small()
    feed = transport.feed
    transport.tamper = lambda path, body: body + b"\n\nstrange\n\xff"

    assert run(PeerFeed(transport).delta(0, 5)) == (feed.entries, [*feed.live_contents(0, 5), b"strange"])


def test_l20_a_delta_whose_entries_cannot_be_read_is_refused() -> None:
    """LOG-42."""
    transport = small()
    transport.tamper = lambda path, body: body[:50]

    assert code_of(PeerFeed(transport).delta(0, 5)) == "log.bundle"


@pytest.mark.parametrize("answer", [ABSENT, Answer(410), Answer(body=bytes(MAX_LATE_BYTES + 1))])
def test_log65_a_content_is_there_or_not_and_why_is_not_asked(answer: Answer) -> None:
    """LOG-65: what cannot be a record is as good as absent, and must not stop what comes after it (LOG-26)."""
    transport = small()
    raw = transport.feed.record(1, revision=1)
    name = sha256(raw).hex()
    peer = PeerFeed(transport)
    assert run(peer.content(sha256(raw))) == raw
    transport.answers[f"/feed/addenda/{name[:2]}/{name[2:4]}/{name}"] = answer

    assert run(peer.content(sha256(raw))) is None
    assert run(peer.content(bytes(32))) is None


def test_an_outage_while_contents_are_fetched_is_no_absence() -> None:
    """LOG-65: the pull ends and comes again."""
    transport = small()
    transport.cut_at = 0
    peer = PeerFeed(transport)
    for fetch in (peer.contents(0), peer.content(bytes(32)), peer.delta(0, 5)):
        with pytest.raises(Unavailable):
            run(fetch)


@pytest.mark.parametrize("answer", [Answer(body=bytes(8_191)), Answer(body=bytes(32)), Answer(body=b"")])
def test_l12_a_tile_has_exactly_the_width_that_the_size_implies(answer: Answer) -> None:
    """LOG-41."""
    transport = small()
    transport.answers["/feed/tile/0/000.p/5"] = answer

    assert code_of(PeerFeed(transport).tile(0, 0, 5)) == "log.tile"


def test_a_partial_tile_may_have_been_replaced_by_the_full_one() -> None:
    transport = small()
    feed = transport.feed
    for number in range(300):
        feed.append(b'{"n":%d}\0' % number)
    transport.answers["/feed/tile/0/000.p/5"] = ABSENT

    assert run(PeerFeed(transport).tile(0, 0, 5)) == feed.tiles[0, 0][: 32 * 5]
    transport.answers["/feed/tile/0/000"] = ABSENT
    assert code_of(PeerFeed(transport).tile(0, 0, 5)) == "log.tile"
