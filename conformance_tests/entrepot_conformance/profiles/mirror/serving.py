"""What a mirror serves: the bytes of the origin, kept to every promise of a publisher, with its own line under the head."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from functools import cache

from entrepot_conformance.checks import CHECKS, Check, check_key_log, check_node_document
from entrepot_conformance.lying.feed import Feed
from entrepot_conformance.lying.identity import Identity
from entrepot_conformance.lying.wire import just
from entrepot_conformance.node_under_test import FEED
from entrepot_conformance.profiles.cosigner import CLOCK_SKEW_SECONDS, own_line, text_of
from entrepot_conformance.profiles.publisher import ids_in
from entrepot_conformance.reader.cosignatures import counted
from entrepot_conformance.reader.notes import parse_note
from entrepot_conformance.shim.verdict import Kind
from entrepot_conformance.suite.case import Level
from entrepot_conformance.toy_node import Response, ToyNode

from .copy import CopyUnderTest
from .scene import ACCEPT, BOTH, REFUSE, MirrorScene, Origin, Row

_WHOLE = "whole feed"
_DELTA = 1024
"""The most entries of one delta."""
_RECORDS = 270
"""More than one bundle and one tile."""


def rows() -> Iterator[Row]:
    """Yield the rows of this table."""
    yield from (_checked(check) for check in CHECKS if check not in (check_node_document, check_key_log))
    yield Row(
        "same-bytes",
        "It serves the key log, tiles, bundles, contents and deltas byte for byte",
        "FED-21",
        _same_bytes,
        ACCEPT,
    )
    yield Row(
        "receipt",
        "Its line stands under the head of the origin, by the key that its node document names",
        "FED-23 LOG-70",
        _receipt,
        ACCEPT,
    )
    yield Row(
        "lines",
        "Under its checkpoint stand the lines of the log and of cosigners, and none that is not one",
        "FED-21 LOG-71",
        _lines,
        REFUSE,
    )
    yield Row(
        "forged-line",
        "A forged line of its own that the origin shows does not keep its true one away",
        "LOG-72 FED-23",
        _forged_line,
        ACCEPT,
    )
    yield Row(
        "next-head",
        "It vouches for each head in turn, and its time never goes back",
        "FED-24 LOG-78",
        _next_heads,
        ACCEPT,
    )
    yield Row("not-asked-for", "It serves no feed that it only follows", "FED-20", _only_followed, REFUSE)
    yield Row(
        "nothing-yet",
        "Before the first pull it serves nothing, and vouches for nothing",
        "FED-22 FED-23",
        _nothing_yet,
        BOTH,
    )
    yield Row(
        "tags-change",
        "A tag that was held counts no more once the answer is another",
        "EXC-03",
        _tags_change,
        ACCEPT,
        "H21",
    )
    yield Row(
        "delta-of-more",
        "It answers no delta of more than 1,024 entries, and each of at most so many",
        "EXC-06",
        _delta_of_more,
        BOTH,
    )
    yield Row(
        "other-spellings",
        "It answers 404 to other spellings of the path of a feed",
        "FED-21 EXC-02",
        _spellings,
        REFUSE,
    )
    yield Row(
        "follower-of-the-mirror",
        "A follower whose origin is silent gets the feed from the mirror",
        "FED-28 FED-21",
        _helps,
        ACCEPT,
        level=Level.SHOULD,
    )
    yield Row("late-mirror", "A follower takes no older head from a mirror", "FED-29", _late, REFUSE, "F09")  # fmt: skip


@cache
def _story() -> Feed:
    """A feed of several bundles with all that can happen to a record."""
    feed = Feed(Identity("whole.example"))
    for number in range(_RECORDS):
        feed.publish(f"company {number}")
    feed.publish("company 3", founded="1999")
    feed.withdraw("company 5")
    feed.withdraw("company 7")
    feed.publish("company 7", founded="2001")
    feed.identity.rotate()
    feed.commit_to_line(2)
    feed.publish("company 9", founded="2004")
    return feed


def _whole(scene: MirrorScene) -> tuple[Origin, CopyUnderTest]:
    """That feed, mirrored once by each node, and the copy of it."""
    kept: tuple[MirrorScene, Origin, CopyUnderTest] | None = scene.target.kept.get(_WHOLE)
    if kept is not None and kept[0] is scene:
        return kept[1:]
    peer = scene.peer(_story().identity)
    peer.feed = _story()
    origin = Origin(peer)
    scene.follow(origin)
    scene.sync(origin)
    scene.require_vouched(origin)
    copy = scene.copy(origin)
    scene.target.kept[_WHOLE] = (scene, origin, copy)
    return origin, copy


def _checked(check: Check) -> Row:
    """A check of a publisher, of the copy."""
    clauses, _, promise = (check.__doc__ or "").partition(": ")
    name = check.__name__.removeprefix("check_").replace("_", "-")

    def act(scene: MirrorScene) -> None:
        check(_whole(scene)[1])

    title = f"Of the feed it mirrors: {promise.strip()}"
    return Row(name, title, " ".join([*dict.fromkeys(["FED-21", *ids_in(clauses)])]), act, ACCEPT)


def _same_bytes(scene: MirrorScene) -> None:
    origin, copy = _whole(scene)
    feed = origin.feed
    shown = ToyNode(feed.shown(origin.peer.url))
    size = feed.size
    deltas = [
        f"{FEED}/delta?from={start}&to={end}" for start, end in ((0, 256), (250, size), (size - 1, size))
    ]
    withdrawn = {(entry.digest or b"").hex() for entry in feed.state.withdrawn()}
    live = {(entry.digest or b"").hex() for entry in feed.state.live()}
    for path in [*shown.paths(), *deltas]:
        if path == f"{FEED}/checkpoint" or not path.startswith(FEED):
            continue
        name = path.rpartition("/")[2]
        due, found = shown.respond(path), copy.http.get(path)
        if "/addenda/" in path and name not in live | withdrawn and found.status == 404:
            continue  # superseded contents may be kept, and need not
        assert found.status == due.status, (
            f"GET {path}: {found.status} at the mirror, {due.status} at the origin"
        )
        same = found.status != 200 or found.body == due.body
        assert same, f"GET {path}: other bytes at the mirror than at the origin"


def _receipt(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    line = scene.require_vouched(origin)
    off = abs(line.time - time.time())
    assert off <= CLOCK_SKEW_SECONDS, f"the line of the mirror states {line.time}, {off:.0f} s off the clock"


def _lines(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    raw = scene.checkpoint(origin)
    assert raw is not None
    note = parse_note(raw)
    log = parse_note(origin.feed.head())
    assert set(log.signatures) <= set(note.signatures), (
        "the line of the log is not the one that the origin serves"
    )
    names = [(name, key_id) for name, key_id, _ in note.signatures]
    assert len(names) == len(set(names)), f"two lines of one key stand under the checkpoint: {names}"
    assert own_line(raw, scene.key) is not None, "no line of the mirror stands under the checkpoint"


def _forged_line(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    origin.publish("news")
    head = origin.feed.head()
    blob = scene.key.key_id + (1).to_bytes(8, "big") + bytes(64)
    forged = head + f"— {scene.key.name} {base64.b64encode(blob).decode()}\n".encode()
    origin.peer.lie = lambda target, told: Response(200, forged) if target.endswith("/checkpoint") else told
    scene.sync(origin)
    raw = scene.checkpoint(origin)
    assert raw is not None, "it serves nothing any more"
    assert text_of(raw) == text_of(head), f"it serves the head {text_of(raw)!r}, due is {text_of(head)!r}"
    assert counted(parse_note(raw), [scene.key]), "no line of the mirror counts under the head"


def _next_heads(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    times = [scene.require_vouched(origin).time]
    for number in range(4):
        origin.publish(f"news {number}")
        scene.sync(origin)
        times.append(scene.require_vouched(origin).time)
    assert times == sorted(times), f"the times of its lines go back: {times}"


def _only_followed(scene: MirrorScene) -> None:
    origin = scene.origin(2)
    scene.follow(origin, mirror=False)
    scene.sync(origin)
    scene.require_not_served(origin)


def _nothing_yet(scene: MirrorScene) -> None:
    origin = scene.origin(2)
    scene.follow(origin)
    raw = scene.checkpoint(origin)
    assert raw is None, f"before the first pull it serves a head: {text_of(raw)!r}" if raw else ""
    scene.sync(origin)
    scene.require_vouched(origin)


def _tags_change(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    http = scene.copy(origin).http
    paths = ("/feed/checkpoint", "/feed/contents/0")
    before = {path: http.get(path) for path in paths}
    origin.publish("news")
    scene.sync(origin)
    for path, held in before.items():
        tag = held.headers.get("etag", "")
        assert tag, f"GET {origin.path}{path[5:]}: no ETag"
        again = http.get(path, If_None_Match=tag)
        assert again.status == 200, (
            f"GET {origin.path}{path[5:]}: {again.status} to the tag of another answer"
        )
        assert again.body != held.body, f"GET {origin.path}{path[5:]}: the old answer after a pull"


def _delta_of_more(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    for number in range(_DELTA + 10):
        origin.feed.append(f"without effect {number}".encode() + b"\0")  # and without content
    origin.show()
    scene.sync(origin)
    http = scene.copy(origin).http
    for begin, end in ((0, origin.feed.size), (0, _DELTA + 256)):
        status = http.get(f"/feed/delta?from={begin}&to={end}").status
        assert status in (400, 404), f"a delta of {end - begin} entries is answered {status}"
    status = http.get(f"/feed/delta?from=0&to={_DELTA}").status
    assert status == 200, f"a delta of {_DELTA} entries is answered {status}"


def _spellings(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    name = origin.path.rpartition("/")[2]
    http = scene.copy(origin).http
    odd = (f"/mirror/{name.upper()}", f"/mirror/{name[:-1]}", f"/mirror/{name}0", f"/mirror/{origin.name}", "/mirror",
           f"/mirror//{name}", f"/Mirror/{name}", f"/mirror/{'0' * 64}", f"/mirror/{name}/feed", "/mirror/..")  # fmt: skip
    for path in odd:
        found = http.get(f"{path}/checkpoint").status
        assert found == 404, f"GET {path}/checkpoint: {found} where 404 was due"


def _silent(origin: Origin) -> None:
    """From now on the origin hangs up on everybody."""
    origin.peer.lie = lambda target, told: just(b"")


def _beside(
    scene: MirrorScene, act: Callable[[MirrorScene, Origin, Callable[[], tuple[Kind, int]]], None]
) -> None:
    """Let a second node follow the origin and the mirror; `pull` pulls the origin there."""
    origin = scene.mirrored()
    number = scene.target.kept["mirror follower"] = scene.target.kept.get("mirror follower", 0) + 1
    other = scene.target.start_shim(f"mirror-follower-{number}")
    try:
        other.init("follower.example")
        other.must("add-peer", url=origin.peer.url, fingerprint=origin.peer.identity.scid)
        other.must("sync-once", origin=origin.peer.origin)
        other.must("add-peer", url=scene.node.url, fingerprint=scene.node.fingerprint)

        def pull() -> tuple[Kind, int]:
            verdict = other.ask("sync-once", origin=origin.peer.origin)
            rows = other.must("status").details["peers"]
            held = next(row["size"] for row in rows if row["origin"] == origin.peer.origin)
            return verdict.kind, int(held)

        act(scene, origin, pull)
    finally:
        other.close()


def _helps(scene: MirrorScene) -> None:
    def act(scene: MirrorScene, origin: Origin, pull: Callable[[], tuple[Kind, int]]) -> None:
        origin.publish("news")
        scene.sync(origin)
        _silent(origin)
        _, held = pull()
        size = origin.feed.size
        assert held == size, f"the follower came to size {held}, the mirror has {size}"

    _beside(scene, act)


def _late(scene: MirrorScene) -> None:
    def act(scene: MirrorScene, origin: Origin, pull: Callable[[], tuple[Kind, int]]) -> None:
        origin.publish("news")
        kind, held = pull()
        size = origin.feed.size
        assert (kind, held) == (Kind.ACCEPTED, size), f"the follower came to size {held} of {size}"
        _silent(origin)
        kind, held = pull()
        assert held == size, f"the follower went from size {size} to {held}, which an older mirror shows"

    _beside(scene, act)
