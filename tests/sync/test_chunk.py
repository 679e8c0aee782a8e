"""From entries to a chunk: decisions, contents, hashes, and where a feed must stop."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.canonical import sha256
from entrepot_schema.key_log import KeyLog, parse_key_log
from entrepot_sync.chunk import ChunkBuilder, FeedStop
from entrepot_sync.content_check import by_digest
from entrepot_sync.entry import Entry
from entrepot_sync.feed_store import Chunk, FeedRow, Status

VECTORS = Path(__file__).parents[2] / "conformance_tests" / "vectors"
ENTRIES = json.loads((VECTORS / "entries.json").read_text("utf-8"))
FEED = json.loads((VECTORS / "feed" / "feed.json").read_text("utf-8"))
RAW = [bytes.fromhex(entry["entry"]) for entry in FEED["entries"]]
CONTENTS = by_digest(
    path.read_bytes() for path in (VECTORS / "feed" / "addenda").rglob("*") if path.is_file()
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore.open(tmp_path / "entrepot.db")
    yield store
    store.close()


def key_log() -> KeyLog:
    return parse_key_log((VECTORS / "feed" / "keys.jsonl").read_bytes())


def build(store: SqlStore, feed: FeedRow, entries: list[bytes]) -> tuple[Chunk, FeedStop | None]:
    builder = ChunkBuilder(store, feed)
    stop = builder.decide(entries)
    return builder.build(CONTENTS, None), stop


def reload(store: SqlStore) -> FeedRow:
    feed = store.feed(FEED["feed"])
    assert feed is not None
    return feed


@pytest.mark.parametrize("case", [pytest.param(row, id=row["name"]) for row in ENTRIES["feeds"]])
def test_a_feed_goes_as_far_as_its_key_log_bears_it(store: SqlStore, case: dict[str, Any]) -> None:
    """LOG-23: believed, stopped for a mismatch, or waiting for a line that is not at hand."""
    feed = store.add_feed(ENTRIES["feed"], parse_key_log(case["key_log"].encode()), own=False)
    entries = [bytes.fromhex(raw) for raw in case["entries"]]

    chunk, stop = build(store, feed, entries)

    verdict = "believed" if stop is None else "wait" if stop.needs_key_log else "stop"
    assert verdict == case["expect"]
    assert "code" not in case or (stop is not None and stop.code == case["code"])
    assert (len(chunk.entries) == len(entries)) == (stop is None)
    assert chunk.frontier.size == len(chunk.entries) == len(chunk.decisions) == len(chunk.leaves)


@pytest.mark.parametrize("size", range(1, len(RAW) + 1))
def test_the_golden_feed_in_two_steps(store: SqlStore, size: int) -> None:
    """LOG-24, LOG-30: wherever the feed is cut in two, all contents pass under the key in force at their entry."""
    store.add_feed(FEED["feed"], key_log(), own=False)
    contents = {}
    for entries in (RAW[:size], RAW[size:]):
        feed = reload(store)
        chunk, stop = build(store, feed, entries)
        assert stop is None
        assert (chunk.begin, chunk.frontier.root().hex()) == (
            feed.size,
            FEED["sizes"][feed.size + len(entries)]["root"],
        )
        contents |= chunk.contents
        store.append(feed.id, chunk)

    digests = {index: sha256(c.raw).hex() for index, c in contents.items() if c.raw is not None}
    assert {content.status for content in contents.values()} == {Status.STORED}
    assert digests == {entry["index"]: entry["digest"] for entry in FEED["entries"] if entry["digest"]}


def test_a_content_under_the_key_before_the_rotation_is_refused(store: SqlStore) -> None:
    """LOG-24 (LOG-26): signed with line 1 behind the entry for line 2: refused with a code, the feed goes on."""
    first = json.loads(CONTENTS[bytes.fromhex(FEED["entries"][1]["digest"])])
    late = bytes.fromhex(FEED["entries"][1]["digest"])
    revoked = Entry("publish", first["credentialSubject"]["id"], "cluster", first["validFrom"], None, late)
    keys = [RAW[0], RAW[12]]
    feed = store.add_feed(FEED["feed"], key_log(), own=False)

    chunk, stop = build(store, feed, [*keys, revoked.to_bytes()])

    assert stop is None
    assert (chunk.contents[2].status, chunk.contents[2].code) == (Status.REFUSED, "key.unknown")
    assert chunk.contents[2].raw is None


def test_what_follows_an_unknown_entry_is_left_out(store: SqlStore) -> None:
    """LOG-10, LOG-12: what came before the stop is a whole chunk; it can be stored and gone on from."""
    feed = store.add_feed(FEED["feed"], key_log(), own=False)

    chunk, stop = build(store, feed, [*RAW[:3], b'{"op":"new"}\x00', *RAW[3:]])
    store.append(feed.id, chunk)

    assert stop is not None
    assert (stop.code, stop.needs_key_log) == ("log.needs-newer-software", False)
    assert reload(store).size == 3
    chunk, stop = build(store, reload(store), RAW[3:])
    assert (chunk.begin, stop) == (3, None)


def test_inert_entries_are_hashed_and_have_no_content(store: SqlStore) -> None:
    """LOG-26: garbage in the middle moves the tree and nothing else."""
    feed = store.add_feed(FEED["feed"], key_log(), own=False)

    chunk, stop = build(store, feed, [RAW[0], b"garbage\x00", RAW[1]])

    assert stop is None
    assert [decision.code for decision in chunk.decisions] == ["", "log.framing", ""]
    assert chunk.frontier.size == 3
    assert set(chunk.contents) == {0, 2}


def test_what_was_not_offered_has_no_result_and_what_was_not_asked_for_is_ignored(store: SqlStore) -> None:
    """LOG-50, LOG-65: a content that is withheld is missing, neither refused nor withdrawn."""
    feed = store.add_feed(FEED["feed"], key_log(), own=False)
    builder = ChunkBuilder(store, feed)
    builder.decide(RAW[:3])

    chunk = builder.build(by_digest([b"never asked for"]), None)

    assert set(chunk.contents) == {0}  # the keys entry, whose line is at hand


def test_an_entry_whose_digest_the_store_knows_is_inert(store: SqlStore) -> None:
    """LOG-18: also when the earlier entry came in another chunk."""
    feed = store.add_feed(FEED["feed"], key_log(), own=False)
    chunk, _ = build(store, feed, RAW[:3])
    store.append(feed.id, chunk)
    again = Entry(
        "publish", f"https://{FEED['origin']}/id/{'z' * 26}", "company", "2026-11-23T09:30:00Z", None,
        bytes.fromhex(FEED["entries"][2]["digest"]),
    )  # fmt: skip

    chunk, stop = build(store, reload(store), [again.to_bytes()])

    assert stop is None
    assert [decision.code for decision in chunk.decisions] == ["log.digest-reused"]
