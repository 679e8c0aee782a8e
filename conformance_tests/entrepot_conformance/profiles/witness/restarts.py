"""What a witness still knows after it was stopped, or killed at any moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from entrepot_conformance.profiles.cosigner import text_of
from entrepot_conformance.reader import merkle

from .asking import post
from .rows import BOTH, Row
from .scene import WitnessScene
from .watched import WatchedLog, rival

_LAST = 300


def rows() -> Iterator[Row]:
    """Yield the rows of this table."""
    yield Row(
        "stopped",
        "After it was stopped it knows what it cosigned",
        "LOG-78",
        lambda scene: _restarted(scene, kill=False),
        BOTH,
        "L06",
    )
    yield Row(
        "killed",
        "After it was killed it knows what it cosigned",
        "LOG-78 FED-77",
        lambda scene: _restarted(scene, kill=True),
        BOTH,
        "D01",
    )
    yield Row("killed-at-work", "Killed while it cosigns, it knows every head it has answered", "LOG-78 FED-77", _at_work,
              BOTH, "D01")  # fmt: skip


def _restarted(scene: WitnessScene, *, kill: bool) -> None:
    log = scene.log()
    before = scene.accept(log, log.growth(8), 8).time
    scene.restart(kill=kill)
    scene.require_memory(log, 8, merkle.root(log.leaves[:8]))
    scene.refuse(log, log.growth(9, old=0), 409)
    after = scene.accept(log, log.growth(8), 8).time
    assert after >= before, f"it states {after}, and stated {before} for the same head before it ended"
    scene.accept(log, log.growth(9), 9)
    scene.refuse(log, log.growth(9, rival(log.leaves, 8)), 422)


def _at_work(scene: WitnessScene) -> None:
    log = scene.log()
    answered = [0]
    worker = threading.Thread(target=_grow, args=(scene, log, answered))
    worker.start()
    while answered[0] < 20 and worker.is_alive():
        worker.join(0.005)
    scene.node.kill()
    worker.join()
    scene.restart(kill=True)
    shown = scene.shown(log)
    assert shown, f"it cosigned size {answered[0]} before it was killed, and knows nothing of it"
    size = int(text_of(shown).split("\n")[1])
    assert size >= answered[0], f"it cosigned size {answered[0]} before it was killed, and knows only {size}"
    scene.require_memory(log, size, merkle.root(log.leaves[:size]))
    scene.refuse(log, log.growth(size, rival(log.leaves, size - 1)), 422)


def _grow(scene: WitnessScene, log: WatchedLog, answered: list[int]) -> None:
    """Let the log grow entry by entry until the witness is gone; note the last size that was answered."""
    url, traffic = scene.node.url, scene.target.traffic
    for size in range(1, _LAST):
        try:
            reply = post(url, log.growth(size), traffic)
        except AssertionError:
            return
        if reply.status != 200:
            return
        answered[0] = log.size = size
