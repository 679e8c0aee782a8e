"""Both sides have to agree: the operator of the mirror, and the newest verified node document of the origin (FED-20)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from entrepot_conformance.making.seeds import TestKey
from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.shim.verdict import Kind

from .scene import ACCEPT, BOTH, MIRROR, REFUSE, MirrorScene, Origin, Row

_CLOCK = frozenset({"set-time"})
_DOCUMENT_AGE = 11 * 60.0
"""A node document is asked for again after ten minutes at the earliest (FED-11)."""


def rows() -> Iterator[Row]:
    """Yield the rows of this table."""
    yield Row(
        "agreed-any", "It mirrors an origin that lets anybody", "FED-20", _allowed(mirroring="any"), ACCEPT
    )
    listed = {"mirroring": "listed", "mirrorFor": ["a.example", MIRROR]}
    yield Row("agreed-listed", "It mirrors an origin that lists it", "FED-20", _allowed(**listed), ACCEPT)
    yield Row(
        "mirroring-none",
        "It does not mirror an origin that wants no mirrors",
        "FED-20",
        _forbidden(mirroring="none"),
        REFUSE,
    )
    others = {"mirroring": "listed", "mirrorFor": [f"a.{MIRROR}", "mirror.example.net"]}
    yield Row(
        "listed-without-it",
        "It does not mirror an origin that lists others",
        "FED-20",
        _forbidden(**others),
        REFUSE,
    )
    yield Row("agreed-later", "It mirrors an origin that comes to allow it", "FED-20", _later, BOTH)
    yield Row(
        "taken-back",
        "It stops serving a feed whose origin allows it no more",
        "FED-20 FED-11",
        _taken_back,
        REFUSE,
        needs=_CLOCK,
    )
    yield Row(
        "older-document",
        "An older node document does not bring back what a newer one took",
        "FED-20 FED-11",
        _older,
        REFUSE,
        needs=_CLOCK,
    )
    yield Row("forged-document", "It believes no node document that another key signed", "FED-20 FED-11", _forged, REFUSE, "S13",
              needs=_CLOCK)  # fmt: skip


def _allowed(**document: Any) -> Callable[[MirrorScene], None]:
    def act(scene: MirrorScene) -> None:
        scene.mirrored(2, **document)

    return act


def _forbidden(**document: Any) -> Callable[[MirrorScene], None]:
    def act(scene: MirrorScene) -> None:
        origin = scene.origin(2, **document)
        _require_no_mirror(scene, origin)

    return act


def _require_no_mirror(scene: MirrorScene, origin: Origin) -> None:
    """It may refuse to mirror, or to serve, but it must not serve."""
    verdict = scene.ask_to_mirror(origin)
    if verdict.kind is Kind.REFUSED:
        require_code(verdict.code, ("mirror.not-allowed",), "to mirror it")
        scene.follow(origin, mirror=False)
    scene.sync(origin)
    scene.require_not_served(origin)


def _later(scene: MirrorScene) -> None:
    origin = scene.origin(2, mirroring="none")
    _require_no_mirror(scene, origin)
    origin.show(newer=1, mirroring="listed", mirrorFor=[MIRROR])
    scene.follow(origin)
    scene.sync(origin)
    scene.require_vouched(origin)


def _refreshed(scene: MirrorScene, origin: Origin, steps: int = 1) -> None:
    """Let the mirror pull, and look at the node document again."""
    now = time.time()
    try:
        scene.move_clock(steps * _DOCUMENT_AGE, now=now)
        origin.feed.publish(f"news {steps}")
        origin.show()
        scene.sync(origin)
    finally:
        scene.move_clock(0, now=time.time())


def _taken_back(scene: MirrorScene) -> None:
    origin = scene.mirrored(2)
    origin.document |= {"newer": 1, "mirroring": "none"}
    _refreshed(scene, origin)
    scene.require_not_served(origin)


def _older(scene: MirrorScene) -> None:
    origin = scene.mirrored(2)
    origin.document |= {"newer": 1, "mirroring": "none"}
    _refreshed(scene, origin)
    origin.document |= {"newer": 0, "mirroring": "any"}
    _refreshed(scene, origin, 2)
    scene.require_not_served(origin)


def _forged(scene: MirrorScene) -> None:
    origin = scene.mirrored(2)
    origin.document |= {"newer": 1, "mirroring": "none"}
    _refreshed(scene, origin)
    origin.document |= {"newer": 2, "mirroring": "any"}
    origin.forger = TestKey("somebody else")
    _refreshed(scene, origin, 2)
    scene.require_not_served(origin)
