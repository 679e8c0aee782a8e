"""What a witness says and shows: its line, its times, the head it cosigned last, and how often it can be asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from entrepot_conformance.making.seeds import seed
from entrepot_conformance.making.witness_cases import STRANGER
from entrepot_conformance.reader.notes import parse_note
from entrepot_conformance.suite.case import Level

from .asking import BUSY, PUSH, post, push, wait_of
from .rows import ACCEPT, BOTH, REFUSE, Row
from .scene import WitnessScene

_CLOCK = frozenset({"set-time"})
_MOST_ASKED = 400


def rows() -> Iterator[Row]:
    """Yield the rows of this table."""
    yield Row(
        "repeat",
        "It cosigns the same head again, and forgets nothing by it",
        "LOG-76 LOG-78 EXC-90",
        _repeat,
        ACCEPT,
    )
    yield Row(
        "shown-head",
        "What it shows has the lines of the log and its own, and no others",
        "EXC-91",
        _shown,
        ACCEPT,
    )
    yield Row(
        "never-cosigned", "It answers 404 for a log of which it cosigned nothing", "EXC-91 LOG-74", _nothing
    )
    yield Row(
        "other-spellings", "It answers 404 to other spellings of its paths", "EXC-93 EXC-91", _spellings
    )
    yield Row(
        "not-followed",
        "It cosigns no feed of a node it does not follow",
        "EXC-94 LOG-74",
        _not_followed,
        BOTH,
        "L09",
    )
    yield Row(
        "record-key",
        "It does not take the record key of the node for a log key",
        "LOG-74 EXC-94",
        _record_key,
        REFUSE,
        "S04",
    )
    yield Row(
        "clock-set-back",
        "Its time never goes back, although its clock does",
        "LOG-78 LOG-71",
        _set_back,
        BOTH,
        "L28",
        needs=_CLOCK,
    )
    yield Row(
        "fresh-time",
        "An hour later it cosigns the same head with a later time",
        "LOG-78",
        _fresh,
        ACCEPT,
        level=Level.SHOULD,
        needs=_CLOCK,
    )
    yield Row(
        "clock-before-1970", "It states no time below 1", "LOG-71", _before_1970, REFUSE, "L28", needs=_CLOCK
    )
    yield Row(
        "bounded", "It does not cosign one head as often as anybody likes", "EXC-92", _bounded, REFUSE, "F16"
    )
    yield Row("turns-for-growth", "It cosigns what is new, however often old requests are repeated", "EXC-92",
              _turns, ACCEPT, "F16")  # fmt: skip


def _repeat(scene: WitnessScene) -> None:
    log = scene.log_at(8)
    times = [scene.accept(log, log.growth(8), 8).time for _ in range(4)]
    assert times == sorted(times), f"the times of its cosignatures go back: {times}"
    scene.check_now(scene.accept(log, log.growth(9), 9))


def _shown(scene: WitnessScene) -> None:
    log = scene.log()
    text = parse_note(log.head(6)).text
    others = f"{STRANGER.note_line('w.example/witness/1', text)}{STRANGER.note_line(log.name, text)}"
    scene.accept(log, log.growth(6, head=log.head(6) + others.encode()), 6)
    shown = scene.shown(log)
    assert shown is not None, f"GET {log.path}: 404"
    names = [(name, key_id) for name, key_id, _ in parse_note(shown).signatures]
    due = {(log.name, log.verifier.key_id), (scene.key.name, scene.key.key_id)}
    assert len(names) == 2, f"{len(names)} lines stand under the head, the log and the witness signed it"
    assert set(names) == due, f"lines of {sorted(name for name, _ in names)} stand under the head"


def _nothing(scene: WitnessScene) -> None:
    log = scene.log()
    assert scene.shown(log) is None, f"GET {log.path} shows a head that nobody asked it to cosign"
    scene.refuse(log, log.growth(8, head=log.head(8, None, STRANGER)), 403)
    assert scene.shown(log) is None, f"GET {log.path} shows a head that it refused"


def _spellings(scene: WitnessScene) -> None:
    log = scene.log_at(8)
    name = log.path.split("/")[2]
    odd = [f"{log.path}/", log.path.replace(name, name.upper()), log.path.replace(name, name[:-1]),
           log.path.replace(name, f"{name}0"), f"/witness//{name}/checkpoint", f"/witness/{seed('nobody').hex()}/checkpoint",
           log.path.replace("/witness/", "/Witness/"), f"/witness/{name}"]  # fmt: skip
    for path in odd:
        found = post(scene.node.url, b"", scene.target.traffic, path=path, method="GET").status
        assert found == 404, f"GET {path}: {found} where 404 was due"
    for path in (f"{PUSH}/", "/witness/Add-Checkpoint"):
        found = post(scene.node.url, log.growth(8), scene.target.traffic, path=path).status
        assert found in (404, 405), f"POST {path}: {found} where 404 was due"
    scene.put_back(log)


def _not_followed(scene: WitnessScene) -> None:
    log = scene.log(followed=False)
    scene.refuse(log, log.growth(8), 404, code="witness.unknown-log")
    scene.node.must("add-peer", url=log.peer.url, fingerprint=log.peer.identity.scid)
    scene.accept(log, log.growth(8), 8)


def _record_key(scene: WitnessScene) -> None:
    log = scene.log_at(5)
    scene.refuse(log, log.growth(8, head=log.head(8, None, log.peer.identity.records[0])), 403)
    scene.put_back(log)


def _at(act: Callable[[WitnessScene, Callable[[float], None]], None]) -> Callable[[WitnessScene], None]:
    """Give a case a clock that it may set; the right time comes back afterwards."""

    def run(scene: WitnessScene) -> None:
        def move(seconds: float) -> None:
            moment = max(0.0, time.time() + seconds)
            told = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            scene.node.must("set-time", time=told)

        try:
            act(scene, move)
        finally:
            move(0)

    return run


@_at
def _set_back(scene: WitnessScene, move: Callable[[float], None]) -> None:
    log = scene.log()
    times = [scene.accept(log, log.growth(8), 8).time]
    for days, size in ((-1, 8), (-400, 9), (-1, 9), (0, 10)):
        move(days * 86_400)
        times.append(scene.accept(log, log.growth(size), size).time)
    assert times == sorted(times), f"the times of its cosignatures go back: {times}"


@_at
def _fresh(scene: WitnessScene, move: Callable[[float], None]) -> None:
    log = scene.log()
    first = scene.accept(log, log.growth(8), 8).time
    move(3600)
    later = scene.accept(log, log.growth(8), 8).time
    assert later - first >= 3000, f"an hour later it states a time {later - first} s later"


@_at
def _before_1970(scene: WitnessScene, move: Callable[[float], None]) -> None:
    """At the beginning of POSIX time it may refuse, but not sign with time 0."""
    move(-time.time())
    log = scene.log()
    reply = push(scene.node.url, log.growth(8), scene.target.traffic)
    if reply.status == 200:
        scene.check_accepted(log, log.growth(8), reply, 8)
    else:
        scene.check_refused(log, reply, (400, 403, 422, 500, 503))


def _ask_until_busy(scene: WitnessScene, body: bytes) -> int | None:
    """Repeat a request that is good as fast as can be; return how often it was answered before it was too often."""
    for count in range(_MOST_ASKED):
        reply = post(scene.node.url, body, scene.target.traffic)
        if reply.status == BUSY:
            wait_of(reply)
            return count
        assert reply.status == 200, f"the same request again: {reply.status} where 200 or 429 was due"
    return None


def _bounded(scene: WitnessScene) -> None:
    log = scene.log_at(8)
    started = time.monotonic()
    count = _ask_until_busy(scene, log.growth(8))
    seconds = time.monotonic() - started
    assert count is not None, f"it cosigned one head {_MOST_ASKED} times in {seconds:.1f} s"
    assert scene.shown(log), "it was busy, and shows nothing any more"


def _turns(scene: WitnessScene) -> None:
    log = scene.log_at(8)
    _ask_until_busy(scene, log.growth(8))
    reply = post(scene.node.url, log.growth(9), scene.target.traffic)
    scene.check_accepted(log, log.growth(9), reply, 9)
