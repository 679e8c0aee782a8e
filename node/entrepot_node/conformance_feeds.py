"""What our node says of entries and whole feeds, for `conformance_judge`.

A whole feed is pulled by the pull loop into a store of its own, from a peer that has nothing but these bytes.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Refused
from entrepot_schema.key_log import parse_key_log
from entrepot_schema.origin import did_web, parse_feed_name
from entrepot_sync.bundle import encode_bundle
from entrepot_sync.chunk import ChunkBuilder
from entrepot_sync.entry import KEYS, PUBLISH, Decision, FeedState, Outcome
from entrepot_sync.feed_store import FeedRow, Status
from entrepot_sync.merkle import Frontier, leaf_hash
from entrepot_sync.pull import Pull
from entrepot_sync.tiles import TILE_WIDTH, bundle_path
from entrepot_sync.transport import NOT_FOUND, OK, Fetched

Members = dict[str, Any]
_raw = partial(base64.b64decode, validate=True)
_ALONE = threading.Lock()
"""Questions may come to several nodes of one process at a time, of feeds with the same name."""


def judge_entry(origin: str, before: list[str], entry: str) -> Members:
    """Decide one entry after others."""
    last = _decided(origin, [*before, entry])[-1][0]
    if last.outcome is not Outcome.EFFECTIVE:
        raise Refused(last.code, last.outcome.value)
    return {}


def judge_entries(origin: str, entries: list[str]) -> Members:
    """Decide a sequence of entries from the first on; nothing behind a stop is decided."""
    decided = _decided(origin, entries)
    frontier = Frontier().extend(leaf_hash(bytes.fromhex(raw)) for raw in entries)
    done = [decision for decision, _ in decided if decision.after and decision.after.type != KEYS]
    newest = {decision.after.subject: decision.after for decision in done if decision.after}
    live = {subject: one.live_index for subject, one in newest.items() if one.live_index is not None}
    ends = {subject: one.withdrawn_at or 0 for subject, one in newest.items()}
    published = [decision.entry for decision in done if decision.entry and decision.entry.op == PUBLISH]
    indices = [decision.index for decision in done if decision.entry and decision.entry.op == PUBLISH]
    return {
        "outcomes": [_outcome(decision, keys) for decision, keys in decided],
        "live": live,
        "withdrawn": [at for at, one in zip(indices, published, strict=True) if at < ends[one.subject]],
        "root": frontier.root().hex(),
        "frontier": [value.hex() for value in frontier.hashes],
    }


def _decided(origin: str, entries: list[str]) -> list[tuple[Decision, int]]:
    """Each decision, and how many lines of the key log are in force after it."""
    state, found = FeedState(origin), list[tuple[Decision, int]]()
    for index, raw in enumerate(entries):
        stopped = found and found[-1][0].outcome is Outcome.STOP
        decision = found[-1][0] if stopped else state.decide(index, bytes.fromhex(raw))
        keys = state.subjects.get(did_web(origin))
        found.append((decision, keys.publishes if keys else 0))
    return found


def _outcome(decision: Decision, keys: int) -> Members:
    told: Members = {"outcome": decision.outcome.value, "key_line_in_force": keys}
    told |= {"code": decision.code} if decision.code else {}
    is_record = decision.entry is not None and decision.entry.op == PUBLISH
    return told | ({"revision": decision.after.publishes} if is_record and decision.after else {})


def judge_key_entries(origin: str, key_log: str, entries: list[str]) -> Members:
    """Compare the `keys` entries of a feed with its key log."""
    with _feed(f"{origin}/feed/1", key_log) as (store, feed):
        stop = ChunkBuilder(store, feed).decide([bytes.fromhex(raw) for raw in entries])
    if stop is not None:
        raise stop
    return {}


def judge_feed(feed: str, key_log: str, head: str, entries: list[str], contents: list[str]) -> Members:
    """Pull a whole feed; say of each record that is not withdrawn what was wrong with it."""
    with _feed(feed, key_log) as (store, row):
        peer = _Peer(_raw(head), _raw(key_log), [bytes.fromhex(raw) for raw in entries], contents)
        asyncio.run(Pull(peer, store, feed, now=0.0).run())
        versions = [store.version_of(row.id, sha256(_raw(one))) for one in contents]
    held = {one.index: one.code for one in versions if one is not None and one.status is not Status.ERASED}
    return {"records": [{"index": index, "code": held[index]} for index in sorted(held)]}


@contextmanager
def _feed(name: str, key_log: str) -> Iterator[tuple[SqlStore, FeedRow]]:
    """A store that follows one feed and holds nothing of it yet; afterwards it is forgotten."""
    log = parse_key_log(_raw(key_log), origin=parse_feed_name(name).origin)
    with _ALONE:
        store = _store()
        feed = store.add_feed(name, log, own=False)
        try:
            yield store, feed
        finally:
            store.remove_follow(feed.id)


def _new_file() -> Path | str:
    folder = tempfile.TemporaryDirectory(prefix="entrepot-judge-")
    atexit.register(folder.cleanup)
    return Path(folder.name) / "entrepot.db"


new_place = _new_file
"""Where a new store is put: a file, unless the shim was given a server of databases."""


@cache
def _store() -> SqlStore:
    """The store of this process: to make a new one for each question would take longer than all else."""
    return SqlStore.open(new_place())


class _Peer:
    """Serves a feed from memory as a static host would. All contents come with the first bundle: digests tell them apart."""

    def __init__(self, head: bytes, key_log: bytes, entries: list[bytes], contents: list[str]) -> None:
        lines = b"".join(_raw(one) + b"\n" for one in contents)
        self._files = {"/feed/checkpoint": head, "/feed/keys.jsonl": key_log, "/feed/contents/0": lines}
        for begin in range(0, len(entries), TILE_WIDTH):
            part = entries[begin : begin + TILE_WIDTH]
            path = bundle_path(begin // TILE_WIDTH, len(part))
            self._files[f"/feed/{path}"] = encode_bundle(part)

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        """See `PeerTransport.fetch`. The bytes came in one request, which is bounded."""
        body = self._files.get(path)
        return Fetched(NOT_FOUND, b"", None, 0) if body is None else Fetched(OK, body, None, 0)

    async def aclose(self) -> None:
        """See `PeerTransport.aclose`."""
