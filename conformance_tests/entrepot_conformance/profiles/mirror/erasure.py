"""What the origin takes back is erased at the mirror, before it vouches for the head that says so, and stays erased."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from entrepot_conformance.reader.entries import Entry
from entrepot_conformance.toy_node import Response

from .scene import BOTH, REFUSE, MirrorScene, Origin, Row

_MANY = 60
_DAY = 24 * 3600.0
_CLOCK = frozenset({"set-time"})


def rows() -> Iterator[Row]:
    """Yield the rows of this table."""
    yield Row(
        "withdrawn",
        "It erases what the origin withdrew, and vouches for the head that says so",
        "FED-23 LOG-51",
        _withdrawn,
        BOTH,
    )
    yield Row(
        "all-versions", "It erases every version of what was withdrawn", "FED-23 LOG-51", _versions, REFUSE
    )
    yield Row(
        "corrected",
        "It erases the old words and serves the new ones, withdrawn and published at once",
        "FED-23 LOG-20 LOG-51",
        _corrected,
        BOTH,
    )
    yield Row(
        "erased-first",
        "At no moment it vouches for a withdrawal and still serves the record",
        "FED-23",
        _erased_first,
        REFUSE,
    )
    yield Row(
        "offered-again",
        "What was withdrawn does not come back, whoever offers it",
        "FED-30 LOG-51",
        _offered_again,
        REFUSE,
        "F07",
    )
    yield Row(
        "mass-withdrawal",
        "It takes a mass withdrawal from view and does not vouch for it at once",
        "FED-31 FED-32",
        _mass,
        REFUSE,
    )
    yield Row("mass-withdrawal-due", "A day later the contents are gone, and it vouches", "FED-31 FED-32 FED-23",
              _mass_due, BOTH, needs=_CLOCK)  # fmt: skip


def _digest(entry: Entry) -> bytes:
    return entry.digest or b""


def _require_gone(scene: MirrorScene, origin: Origin, *digests: bytes) -> None:
    """The copy must show none of these any more, under no path."""
    copy = scene.copy(origin)
    for digest in digests:
        found = copy.content(digest).status
        assert found in (404, 410), f"a record that was withdrawn is served ({found}): {digest.hex()}"
    _require_nowhere(scene, origin, *digests)


def _require_nowhere(scene: MirrorScene, origin: Origin, *digests: bytes) -> None:
    copy, size = scene.copy(origin), scene.copy(origin).size
    for path in ("/feed/contents/0", f"/feed/delta?from=0&to={size}"):
        body = copy.http.get(path).body
        again = [digest for digest in digests if origin.feed.contents[digest] in body]
        assert not again, f"GET {path} holds {len(again)} records that were withdrawn"


def _require_410(scene: MirrorScene, origin: Origin, *digests: bytes) -> None:
    for digest in digests:
        found = scene.copy(origin).content(digest).status
        assert found == 410, f"a record that was withdrawn is answered {found}, due is 410"
    _require_gone(scene, origin, *digests)


def _withdrawn(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    digest = origin.publish("gone soon")
    scene.sync(origin)
    assert scene.copy(origin).content(digest).status == 200, "a live record is not served by the mirror"
    origin.withdraw("gone soon")
    scene.sync(origin)
    scene.require_vouched(origin)
    _require_410(scene, origin, digest)


def _versions(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    digests = []
    for year in ("1999", "2001", "2004"):
        digests.append(origin.publish("gone soon", founded=year))
        scene.sync(origin)
    origin.withdraw("gone soon")
    scene.sync(origin)
    scene.require_vouched(origin)
    _require_410(scene, origin, *digests)


def _corrected(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    leaked = origin.publish("leak", founded="1999")
    scene.sync(origin)
    origin.feed.withdraw("leak")
    right = origin.publish("leak", founded="2001")
    scene.sync(origin)
    scene.require_vouched(origin)
    _require_410(scene, origin, leaked)
    served = scene.copy(origin).content(right)
    assert served.status == 200, f"the corrected record is answered {served.status}"
    assert served.body == origin.feed.contents[right], "the corrected record has other bytes at the mirror"


def _erased_first(scene: MirrorScene) -> None:
    """Look again and again while the withdrawal is pulled: first at the checkpoint, then at the record."""
    origin = scene.mirrored()
    for number in range(3):
        digest = origin.publish(f"gone soon {number}")
        scene.sync(origin)
        origin.withdraw(f"gone soon {number}")
        faults: list[str] = []
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(scene, origin, digest, done, faults))
        watcher.start()
        try:
            scene.sync(origin)
        finally:
            done.set()
            watcher.join()
        assert not faults, faults[0]
        _require_410(scene, origin, digest)


def _watch(
    scene: MirrorScene, origin: Origin, digest: bytes, done: threading.Event, faults: list[str]
) -> None:
    size = origin.feed.size
    while not faults:
        last = done.is_set()
        try:
            found = scene.vouched(origin)
            if found is not None and found[0] >= size and scene.copy(origin).content(digest).status == 200:
                faults.append(f"it vouched for size {size}, and served a record withdrawn below it")
        except AssertionError as fault:
            faults.append(str(fault))
        if last:
            return


def _offered_again(scene: MirrorScene) -> None:
    origin = scene.mirrored()
    digest = origin.publish("gone soon")
    scene.sync(origin)
    origin.withdraw("gone soon")
    scene.sync(origin)
    raw = origin.feed.contents[digest]
    name = digest.hex()

    def lie(target: str, told: Response) -> Response:
        if "/contents/" in target or "/delta?" in target:
            return Response(200, told.body + raw + b"\n", told.headers)
        return Response(200, raw) if name in target else told

    origin.publish("news")
    origin.peer.lie = lie
    scene.node.ask("sync-once", origin=origin.peer.origin)
    _require_410(scene, origin, digest)
    origin.show()
    scene.sync(origin)
    scene.require_vouched(origin)
    _require_410(scene, origin, digest)


def _many_withdrawn(scene: MirrorScene) -> tuple[Origin, list[bytes]]:
    origin = scene.mirrored(_MANY)
    live = [_digest(entry) for entry in origin.feed.state.live()]
    origin.withdraw(*(f"company {number}" for number in range(_MANY)))
    scene.sync(origin)
    return origin, live


def _mass(scene: MirrorScene) -> None:
    origin, digests = _many_withdrawn(scene)
    scene.require_not_vouched(origin, origin.feed.size)
    copy = scene.copy(origin)
    shown = [digest for digest in digests if copy.content(digest).status == 200]
    assert not shown, f"{len(shown)} records of a mass withdrawal are still served"
    body = copy.http.get("/feed/contents/0").body
    again = [digest for digest in digests if origin.feed.contents[digest] in body]
    assert not again, f"{len(again)} records of a mass withdrawal are still served in contents/0"
    origin.publish("news")
    scene.sync(origin)
    scene.require_not_vouched(origin, _MANY + 2)


def _mass_due(scene: MirrorScene) -> None:
    origin, digests = _many_withdrawn(scene)
    scene.require_not_vouched(origin, origin.feed.size)
    now = time.time()
    try:
        scene.move_clock(_DAY + 600, now=now)
        scene.restart(kill=False)
        scene.move_clock(_DAY + 700, now=now)
        origin.publish("news")
        scene.sync(origin)
        scene.require_vouched(origin)
        _require_410(scene, origin, *digests[:5])
        _require_gone(scene, origin, *digests)
    finally:
        scene.move_clock(0, now=time.time())
