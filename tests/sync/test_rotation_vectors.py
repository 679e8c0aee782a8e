"""A follower gives the verdicts of the golden vectors of an origin whose keys change, which other code has made."""

from __future__ import annotations

import base64
import json
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from entrepot_schema.canonical import sha256
from entrepot_schema.errors import EntrepotError
from entrepot_schema.key_log import KeyLog, parse_key_log
from entrepot_sync.checkpoint import parse_checkpoint
from entrepot_sync.feed_store import Status
from entrepot_sync.note import split
from entrepot_sync.testing.simulated_peer import Answer, SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed

if TYPE_CHECKING:
    from tests.sync.conftest import Follower

VECTORS = json.loads(
    (Path(__file__).parents[2] / "conformance_tests" / "vectors" / "rotations.json").read_text("utf-8")
)
ORIGIN = VECTORS["origin"]
CONTENTS = {sha256(raw): raw for raw in (base64.b64decode(text) for text in VECTORS["contents"])}
WHOLE = {
    feed: max(
        (case for case in VECTORS["feeds"] if case["feed"] == feed), key=lambda case: len(case["entries"])
    )
    for feed in (f"{ORIGIN}/feed/1", f"{ORIGIN}/feed/2")
}


class _Told(SmallFeed):
    """A feed of the vectors. It hands out replaced contents too, so that each of them gets its verdict."""

    def __init__(self, name: str, lines: int, entries: list[str]) -> None:
        super().__init__(ORIGIN, number=int(name[-1]), opened=False)
        self.key_log = first_lines(lines)
        for entry in entries:
            self.append(bytes.fromhex(entry))
        self.contents = CONTENTS

    def live_contents(self, begin: int, end: int) -> list[bytes]:
        published = [decision.entry for decision in self.decisions[begin:end] if decision.entry]
        digests = [entry.digest for entry in published if entry.digest in CONTENTS]
        return [CONTENTS[digest] for digest in digests if digest and not self.is_withdrawn(digest)]


def first_lines(number: int) -> KeyLog:
    lines = VECTORS["key_log"].encode().splitlines(keepends=True)
    return parse_key_log(b"".join(lines[:number]), origin=ORIGIN)


def pulled(follower: Follower, feed: SmallFeed, head: bytes) -> str:
    """Follow a feed whose peer shows this head, pull it once, return the code of what stopped it."""
    follower.follow(feed)
    peer = SimulatedPeer(feed)
    peer.answers["/feed/checkpoint"] = Answer(body=head)
    try:
        follower.pull(peer)
    except EntrepotError as error:
        return error.code
    return ""


@pytest.mark.parametrize("case", VECTORS["key_logs"], ids=lambda case: case["name"])
def test_key_logs_that_arrive(case: dict[str, Any]) -> None:
    """K08. SIG-43, SIG-49, SIG-51, SIG-67: a pinned key log is only ever extended, line by line."""
    pinned = parse_key_log(case["pinned"].encode(), origin=ORIGIN)
    code = ""
    try:
        parse_key_log(case["offered"].encode(), origin=ORIGIN).require_extension_of(pinned)
    except EntrepotError as error:
        code = error.code

    assert (case["expect"], case.get("code", "")) == ("refuse" if code else "accept", code)


@pytest.mark.parametrize("case", VECTORS["heads"], ids=lambda case: case["name"])
def test_heads_that_arrive(follower: Follower, case: dict[str, Any]) -> None:
    """K03. S05 for log keys: SIG-60, SIG-61, SIG-65."""
    raw = base64.b64decode(case["raw"])
    checkpoint = parse_checkpoint(split(raw).text)
    entries = WHOLE[checkpoint.feed_name]["entries"][: checkpoint.size]
    feed = _Told(case["feed"], case["lines"], entries)

    code = pulled(follower, feed, raw)

    held = follower.feed(feed)
    assert code == case.get("code", "") or (case["expect"] == "accept" and code == "log.keys-missing")
    assert held.head.size == (checkpoint.size if case["expect"] == "accept" else 0)


@pytest.mark.parametrize("case", VECTORS["feeds"], ids=lambda case: case["name"])
def test_feeds_whose_keys_change(follower: Follower, case: dict[str, Any]) -> None:
    """K02. S05: the index of the `keys` entry divides the records of the old key from those of the new (LOG-24, SIG-50)."""
    feed = _Told(case["feed"], case["lines"], case["entries"])

    code = pulled(follower, feed, base64.b64decode(case["head"]))

    state = {"live": "believed", "stopped": "stop", "waiting": "wait"}[follower.state(feed)[0]]
    assert (state, code) == (case["expect"], case.get("code", ""))
    for record in case.get("records", []):
        version = follower.version(feed, record["index"])
        wanted = Status.REFUSED if record["expect"] == "refuse" else Status.STORED
        assert version.status is wanted
        assert fnmatch(version.code, record.get("code", ""))
