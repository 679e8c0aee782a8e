"""Requests that are whole in the same instant (L25): of two that exclude each other one is cosigned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from entrepot_conformance.profiles.cosigner import text_of

from .asking import BUSY, Reply, at_once
from .rows import BOTH, Row
from .scene import WitnessScene
from .watched import WatchedLog, rival

_ROUNDS = 4
_AT_ONCE = 6
_HEAD = b"\n\n"


def rows() -> Iterator[Row]:
    """Yield the rows of this table."""
    yield Row(
        "race-of-histories",
        "Of heads of one size that come at once it cosigns one",
        "LOG-78 LOG-76",
        _histories,
        BOTH,
        "L25",
    )
    yield Row(
        "race-of-first-heads",
        "Of first heads that come at once it cosigns one",
        "LOG-78 LOG-76",
        _first,
        BOTH,
        "L25",
    )
    yield Row(
        "race-of-sizes",
        "Of heads of several sizes from one old size it cosigns one, and keeps that",
        "LOG-78 LOG-76",
        _sizes,
        BOTH,
        "L25",
    )
    yield Row("race-of-repeats", "A smaller head that comes again beside a larger one does not take its place", "LOG-78", _repeats,
              BOTH, "L25")  # fmt: skip


def _rivals(log: WatchedLog, size: int) -> list[bytes]:
    return [log.growth(size, rival(log.leaves, log.size, str(number))) for number in range(_AT_ONCE)]


def _histories(scene: WitnessScene) -> None:
    for _ in range(_ROUNDS):
        log = scene.log()
        scene.accept(log, log.growth(4), 4)
        _one_wins(scene, log, _rivals(log, 8))


def _first(scene: WitnessScene) -> None:
    for _ in range(_ROUNDS):
        log = scene.log()
        _one_wins(scene, log, _rivals(log, 8))


def _sizes(scene: WitnessScene) -> None:
    for _ in range(_ROUNDS):
        log = scene.log_at(4)
        bodies = [log.growth(size) for size in (9, 5, 300, 6, 7, 8)]
        _one_wins(scene, log, bodies)


def _one_wins(scene: WitnessScene, log: WatchedLog, bodies: Sequence[bytes]) -> None:
    """Send all at once: just one is cosigned, the others learn its size, and it is what the witness knows afterwards."""
    replies = at_once(scene.node.url, bodies, scene.target.traffic)
    won = [number for number, reply in enumerate(replies) if reply.status == 200]
    assert len(won) == 1, (
        f"{len(won)} of {len(bodies)} heads that exclude each other were cosigned at one time"
    )
    body = bodies[won[0]]
    scene.check_accepted(log, body, replies[won[0]], _size_in(body))
    _check_losers(scene, log, [reply for reply in replies if reply.status != 200])


def _check_losers(scene: WitnessScene, log: WatchedLog, replies: Sequence[Reply]) -> None:
    for reply in replies:
        scene.check_refused(log, reply, (409, BUSY, 422))


def _repeats(scene: WitnessScene) -> None:
    for _ in range(_ROUNDS):
        log = scene.log_at(5)
        growth, again = log.growth(8), log.growth(5)
        replies = at_once(scene.node.url, [again, growth, again, again, growth, again], scene.target.traffic)
        grown = [reply for reply in (replies[1], replies[4]) if reply.status == 200]
        assert len(grown) == 1, f"of two requests from size 5 to 8 at one time {len(grown)} were cosigned"
        scene.check_accepted(log, growth, grown[0], 8)
        late = [reply for reply in replies if reply.status != 200]
        _check_losers(scene, log, late)
        shown = scene.shown(log)
        assert shown, "the witness shows nothing any more"
        assert text_of(shown) == text_of(growth.partition(_HEAD)[2]), (
            "a smaller head took the place of a larger one"
        )


def _size_in(body: bytes) -> int:
    return int(body.partition(_HEAD)[2].split(b"\n")[1])
