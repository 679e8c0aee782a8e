"""A witness that also pulls: every head it believes, pushed or pulled, passes one comparison (LOG-79, FED-12, FED-14)."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot_conformance.lying.feed import Feed
from entrepot_conformance.making.witness_cases import STRANGER
from entrepot_conformance.reader import merkle
from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.shim.verdict import Kind

from .rows import ACCEPT, BOTH, REFUSE, Row
from .scene import WitnessScene
from .watched import WatchedLog, rival

_RECORDS = 4


def rows() -> Iterator[Row]:
    """Yield the rows of this table."""
    yield Row("pulled-head", "It cosigns what it pulls, and goes on from there", "LOG-79", _pulled, ACCEPT)
    yield Row(
        "pushed-fork-then-pull",
        "It does not believe a head of the size it cosigned with another root",
        "LOG-79 LOG-61",
        _pushed_then_pulled,
        REFUSE,
        "L02",
    )
    yield Row(
        "pushed-ahead-then-other",
        "It does not believe a larger head that leaves out the one it cosigned",
        "LOG-79 LOG-63",
        _ahead,
        REFUSE,
        "L03",
    )
    yield Row(
        "pushed-ahead-then-true", "It comes to the head it cosigned, and beyond", "LOG-79", _true, ACCEPT
    )
    yield Row(
        "fork-stops",
        "Two signed heads of one size stop that feed, and no other",
        "FED-12 FED-14 LOG-61",
        _fork_stops,
        BOTH,
        "L02",
    )
    yield Row(
        "fork-below",
        "A signed head that is not of the tree it holds stops that feed, however small",
        "FED-12 FED-14",
        _below,
        REFUSE,
        "L03",
    )
    yield Row(
        "unsigned-fork", "A head that the log did not sign stops nothing", "FED-14", _unsigned, BOTH, "L09"
    )
    yield Row(
        "replaced-log-key",
        "It takes no head that only a replaced log key signed",
        "LOG-74 EXC-94",
        _replaced,
        BOTH,
        "F11",
    )
    yield Row("superseded-feed", "It cosigns the live feed of an origin and not the one before", "EXC-94 LOG-74",
              _superseded, BOTH)  # fmt: skip


def _followed(scene: WitnessScene) -> WatchedLog:
    """A feed that was pulled once."""
    log = scene.log(records=_RECORDS)
    log.follow_feed()
    _sync(scene, log)
    return log


def _sync(scene: WitnessScene, log: WatchedLog) -> None:
    """Pull; all of it must be believed and cosigned."""
    size = log.peer.feed.size
    told = scene.node.must("sync-once", origin=log.peer.origin).details
    assert told.get("size") == size, f"the pull came to {told.get('size')} entries, {size} were due"
    log.follow_feed()
    scene.require_memory(log, size, merkle.root(log.leaves))


def _stopped(scene: WitnessScene, log: WatchedLog, *codes: str) -> None:
    """The feed goes on honestly: it must neither be pulled nor cosigned any more; another one must."""
    before = scene.shown(log)
    log.peer.grow()
    _refused_pull(scene, log, *codes)
    log.follow_feed()
    size = len(log.leaves)
    scene.refuse(log, log.growth(size), 422, 409)
    scene.check_unmoved(log, before)
    beside = scene.log_at(5)
    scene.accept(beside, beside.growth(8), 8)
    scene.put_back(beside)


def _refused_pull(scene: WitnessScene, log: WatchedLog, *codes: str) -> None:
    before = scene.shown(log)
    verdict = scene.node.ask("sync-once", origin=log.peer.origin)
    assert verdict.kind is Kind.REFUSED, f"the pull was accepted, a refusal with {' or '.join(codes)} was due"
    require_code(verdict.code, codes, "the pull")
    scene.check_unmoved(log, before)


def _pulled(scene: WitnessScene) -> None:
    log = _followed(scene)
    size = log.size
    scene.refuse(log, log.growth(size, old=0), 409)
    scene.check_now(scene.accept(log, log.growth(size), size))
    log.peer.grow()
    log.follow_feed()
    scene.accept(log, log.growth(size + 1), size + 1)
    log.peer.grow()
    _sync(scene, log)


def _pushed_then_pulled(scene: WitnessScene) -> None:
    log = scene.log(records=_RECORDS)
    log.follow_feed()
    size = len(log.leaves)
    scene.accept(log, log.growth(size, rival(log.leaves, size - 1)), size)
    _refused_pull(scene, log, "log.fork")


def _ahead(scene: WitnessScene) -> None:
    log = _followed(scene)
    size = log.size
    longer = [*log.leaves, *rival([b""] * 2, 0)]
    scene.accept(log, log.growth(size + 2, longer), size + 2)
    for _ in range(3):
        log.peer.grow()
    _refused_pull(scene, log, "log.fork")


def _true(scene: WitnessScene) -> None:
    log = _followed(scene)
    for _ in range(2):
        log.peer.feed.publish(f"company {log.peer.feed.size}")
    log.follow_feed()
    size = len(log.leaves)
    scene.accept(log, log.growth(size), size)
    log.peer.tell()
    _sync(scene, log)
    log.peer.grow()
    _sync(scene, log)


def _fork_stops(scene: WitnessScene) -> None:
    log = _followed(scene)
    scene.refuse(log, log.growth(log.size, rival(log.leaves, 2)), 422, code="witness.inconsistent")
    _stopped(scene, log, "log.fork")


def _below(scene: WitnessScene) -> None:
    log = _followed(scene)
    scene.refuse(log, log.growth(3, rival(log.leaves, 2), old=3), 409, 422)
    _stopped(scene, log, "log.fork")


def _unsigned(scene: WitnessScene) -> None:
    log = _followed(scene)
    other = rival(log.leaves, 2)
    scene.refuse(log, log.growth(log.size, other, head=log.head(log.size, other, STRANGER)), 403)
    log.peer.grow()
    _sync(scene, log)


def _replaced(scene: WitnessScene) -> None:
    log = _followed(scene)
    feed, old = log.peer.feed, log.log
    feed.identity.rotate(log=1)
    feed.commit_to_line(2)
    log.peer.tell()
    log.use_key(feed.log)
    _sync(scene, log)
    feed.publish("one more")
    log.follow_feed()
    size = len(log.leaves)
    by_old = old.head(size, merkle.root(log.leaves))
    scene.refuse(log, log.growth(size, head=by_old), 403)
    scene.accept(log, log.growth(size), size)


def _superseded(scene: WitnessScene) -> None:
    log = _followed(scene)
    first = log.peer
    size = log.size
    first.feed.publish("one more")
    log.follow_feed()
    growth = log.growth(size + 1)
    first.identity.rotate(log=2)
    first.feed = Feed(first.identity)
    first.feed.publish("company 0")
    first.tell()
    second = WatchedLog(first)
    second.follow_feed()
    _sync(scene, second)
    scene.refuse(second, growth, 404, 403, 422)
    first.grow()
    second.follow_feed()
    scene.accept(second, second.growth(second.size + 1), second.size + 1)
