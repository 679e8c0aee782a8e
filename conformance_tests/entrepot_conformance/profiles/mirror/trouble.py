"""A mirror whose origin withholds, forks, goes back, stops or falls silent, or which falls over itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

from entrepot_conformance.checks import check_contents, check_entries, check_tiles
from entrepot_conformance.lying.peer import CONTENTS, ENTRIES, at
from entrepot_conformance.lying.wire import Send, just
from entrepot_conformance.making.seeds import seed
from entrepot_conformance.profiles.cosigner import text_of
from entrepot_conformance.reader.entries import encode_entry
from entrepot_conformance.suite.case import Level
from entrepot_conformance.toy_node import Response

from .scene import ACCEPT, REFUSE, MirrorScene, Origin, Row

_CLOCK = frozenset({"set-time"})
_LONG = 1_500
_LONGER = 2_100
"""More than two lots of 1,024 entries, so that some are kept before the last is asked for."""
_AWAY = ("peer.*", "log.bundle", "log.damaged", "log.note", "pull.*", "http.*")


def rows() -> Iterator[Row]:
    """Yield the rows of this table."""
    yield Row(
        "entries-withheld",
        "It vouches for no head whose entries it did not get, and serves the last one that is whole",
        "FED-22 FED-23",
        _withheld,
        REFUSE,
        "L22",
    )
    yield Row(
        "half-pulled",
        "While entries are missing it serves a head that is whole, or none",
        "FED-22 FED-23 EXC-04",
        _half,
        REFUSE,
        "L22",
    )
    yield Row(
        "cut-off-within",
        "While it stores what it believes, and is cut off from the rest, it serves a head that is whole, or none",
        "FED-22 FED-23 EXC-04",
        _cut_off,
        REFUSE,
        "L22",
    )
    yield Row(
        "head-while-pulled",
        "At each request of a pull it serves a head whose entries it serves, too",
        "FED-22 EXC-04",
        _while_pulled,
        REFUSE,
    )
    yield Row(
        "contents-withheld",
        "It vouches for entries, although a content could not be had",
        "FED-23 FED-24",
        _contents,
        ACCEPT,
        level=Level.SHOULD,
    )
    yield Row(
        "refused-record",
        "One bad record keeps it neither from mirroring nor from vouching, and is not served",
        "LOG-26 FED-23",
        _bad_record,
        ACCEPT,
        "F14",
    )
    yield Row(
        "forked-origin", "It vouches for no second history", "FED-23 FED-14 FED-24", _fork, REFUSE, "L02"
    )
    yield Row(
        "rolled-back-origin",
        "It stays where it is when its origin goes back",
        "FED-24 LOG-60",
        _rollback,
        REFUSE,
        "L01",
    )
    yield Row(
        "stopped-feed", "It vouches for no head at which the feed has stopped", "FED-23 LOG-12", _stop, REFUSE
    )
    yield Row(
        "silent-origin",
        "It goes on serving when its origin is silent",
        "FED-21 LOG-65",
        _silent,
        ACCEPT,
        "F08",
    )
    yield Row(
        "stopped-mirror",
        "After it was stopped it serves and vouches as before",
        "FED-24 LOG-78",
        lambda scene: _restarted(scene, kill=False),
        ACCEPT,
    )
    yield Row(
        "killed-mirror",
        "After it was killed it serves and vouches as before",
        "FED-24 LOG-78 FED-77",
        lambda scene: _restarted(scene, kill=True),
        ACCEPT,
        "D02",
    )
    yield Row("mirror-clock-set-back", "The time of its lines never goes back, although its clock does", "LOG-78", _clock, REFUSE, "L28",
              needs=_CLOCK)  # fmt: skip


def _still(scene: MirrorScene, origin: Origin, before: bytes) -> None:
    """The copy must be the one it was, whole, with the same head."""
    now = scene.checkpoint(origin)
    assert now is not None, "it serves the feed no more"
    assert text_of(now) == text_of(before), f"it served {text_of(before)!r}, and now {text_of(now)!r}"
    copy = scene.copy(origin)
    check_entries(copy)
    check_tiles(copy)


def _held(scene: MirrorScene, origin: Origin) -> bytes:
    raw = scene.checkpoint(origin)
    assert raw is not None, f"GET {origin.path}/checkpoint: 404"
    return raw


def _absent(told: Response) -> Response:
    return Response(404)


def _withheld(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    before = _held(scene, origin)
    size = origin.feed.size
    origin.publish("news")
    origin.peer.lie = at(*ENTRIES)(_absent)
    scene.refuse_sync(origin, *_AWAY)
    scene.require_not_vouched(origin, size + 1)
    _still(scene, origin, before)


def _half(scene: MirrorScene) -> None:
    """The first entries of a long way come, the rest does not. Their contents never do; that is another matter."""
    origin = scene.mirrored()
    feed, size = origin.feed, origin.feed.size
    for number in range(_LONG):
        feed.append(feed.entry("publish", f"far {number}", seed(f"far {number}")))
    origin.show()

    def lie(target: str, told: Response) -> Response:
        parts = urlsplit(target)
        end = int(parse_qs(parts.query)["to"][0]) if parts.path.endswith("/delta") else 0
        beyond = end > 1_100 or any(f"entries/00{number}" in target for number in (4, 5))
        return Response(404) if beyond else told

    origin.peer.lie = lie
    scene.refuse_sync(origin, *_AWAY)
    scene.require_not_vouched(origin, size + 1)
    if scene.checkpoint(origin) is not None:
        copy = scene.copy(origin)
        check_entries(copy)
        check_tiles(copy)


def _while_pulled(scene: MirrorScene) -> None:
    """The origin looks at its mirror whenever that asks for something, before it answers. On a long way most contents are lost."""
    origin = scene.mirrored()
    faults: list[str] = []

    def look(target: str, told: Response) -> Response:
        try:
            size = int(text_of(_held(scene, origin)).split("\n")[1])
            status = scene.status(origin, f"delta?from={size - 1}&to={size}")
            if status != 200:
                faults.append(f"it served a head of {size} entries and not the last of them ({status})")
        except AssertionError as fault:
            faults.append(str(fault))
        return told

    origin.publish("news")
    origin.peer.lie = look
    scene.sync(origin)
    feed = origin.feed
    for number in range(_LONGER):
        feed.append(feed.entry("publish", f"far {number}", seed(f"far {number}")))
    origin.show()
    origin.peer.lie = look
    scene.sync(origin, missing=_LONGER)
    assert not faults, faults[0]


def _cut_off(scene: MirrorScene) -> None:
    """All entries come, and the first contents; then its origin hangs up."""
    origin = scene.mirrored()
    feed = origin.feed
    for number in range(_LONG):
        feed.append(feed.entry("publish", f"far {number}", seed(f"far {number}")))
    origin.show()

    def lie(target: str, told: Response) -> Response | Send:
        place = target.partition("/contents/")[2]
        if "/delta" in target:
            return Response(404)
        return just(b"") if place.isdigit() and int(place) > 1 else told

    origin.peer.lie = lie
    scene.node.ask("sync-once", origin=origin.peer.origin)
    if scene.checkpoint(origin) is not None:
        copy = scene.copy(origin)
        check_entries(copy)
        check_tiles(copy)


def _contents(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    origin.publish("news")
    origin.peer.lie = at(*CONTENTS, "delta")(_absent)
    scene.sync(origin, missing=1)
    scene.require_vouched(origin)


def _bad_record(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    feed = origin.feed
    bad = feed.signed(feed.draft("bad"), feed.identity.key("somebody"))
    feed.publish("bad", bad)
    good = origin.publish("good")
    scene.sync(origin, refused=1)
    scene.require_vouched(origin)
    copy = scene.copy(origin)
    assert copy.content(good).status == 200, "a good record behind a bad one is not served"
    assert bad not in copy.http.get("/feed/contents/0").body, "a record that was refused is served"


def _fork(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    before = _held(scene, origin)
    size = origin.feed.size
    origin.peer.lie = _showing(origin.feed.head(root=seed("another root")))
    scene.refuse_sync(origin, "log.fork")
    _unmoved(scene, origin, before)
    origin.publish("news")
    scene.refuse_sync(origin, "log.fork")
    scene.require_not_vouched(origin, size + 1)


def _showing(head: bytes) -> Callable[[str, Response], Response]:
    return lambda target, told: Response(200, head) if target.endswith("/checkpoint") else told


def _unmoved(scene: MirrorScene, origin: Origin, before: bytes) -> None:
    """It may serve no more of a feed that forked, but no other head."""
    now = scene.checkpoint(origin)
    same = now is None or text_of(now) == text_of(before)
    assert same, f"it served {text_of(before)!r}, and now {now!r}"


def _rollback(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    before = _held(scene, origin)
    origin.peer.lie = _showing(origin.feed.head(origin.feed.size - 1))
    scene.refuse_sync(origin, "log.rollback")
    _still(scene, origin, before)
    scene.require_vouched(origin)


def _stop(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    feed, size = origin.feed, origin.feed.size
    fields = {
        "op": "state",
        "prev": None,
        "subject": feed.subject("new"),
        "time": feed.time(),
        "type": "company",
    }
    feed.append(encode_entry(fields, seed("new")))
    origin.show()
    scene.refuse_sync(origin, "log.needs-newer-software")
    scene.require_not_vouched(origin, size + 1)


def _silent(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    before = _held(scene, origin)
    origin.peer.lie = lambda target, told: just(b"")
    for _ in range(3):
        scene.refuse_sync(origin, "peer.*", "http.*")
    _still(scene, origin, before)
    check_contents(scene.copy(origin))
    scene.require_vouched(origin)


def _restarted(scene: MirrorScene, *, kill: bool) -> None:
    origin = scene.mirrored()
    before, first = _held(scene, origin), scene.require_vouched(origin).time
    scene.restart(kill=kill)
    _still(scene, origin, before)
    assert scene.require_vouched(origin).time >= first, "its line states an earlier time than before it ended"
    origin.publish("news")
    scene.sync(origin)
    scene.require_vouched(origin)


def _clock(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    times = [scene.require_vouched(origin).time]
    now = time.time()
    try:
        for days in (-1.0, -30.0):
            scene.move_clock(days * 86_400, now=now)
            origin.publish(f"news {days}")
            scene.sync(origin)
            times.append(scene.require_vouched(origin).time)
    finally:
        scene.move_clock(0, now=time.time())
    assert times == sorted(times), f"the times of its lines go back: {times}"
