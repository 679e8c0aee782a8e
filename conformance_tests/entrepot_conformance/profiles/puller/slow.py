"""Peers that hold the connection and let time pass. Each gets a node of its own, and all are played at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from entrepot_conformance.lying import wire
from entrepot_conformance.lying.peer import Peer, at
from entrepot_conformance.suite.case import Side
from entrepot_conformance.suite.target import Target

from .heads import accepted, refused
from .play import Row, play_in
from .scene import Scene

_KEPT = "puller slow"


def rows() -> list[Row]:
    """All attacks by waiting."""

    def with_head(send: Callable[[bytes], wire.Send]) -> Callable[[Peer], None]:
        def tell(peer: Peer) -> None:
            peer.lie = at("checkpoint")(lambda told: send(wire.plain(told)))

        return tell

    def drip_delta(peer: Peer) -> None:
        peer.lie = at("delta")(lambda told: wire.dripping(wire.plain(told)))

    slow = ("peer.too-slow", "peer.unreachable")
    return [
        Row("drips-a-body", "It has one deadline for all of an answer, however steadily it drips", "EXC-20",
            refused(with_head(wire.dripping), *slow), "H09"),
        Row("holds-the-head-back", "It waits for no head that never comes", "EXC-20",
            refused(with_head(lambda raw: wire.silent()), *slow), "H10"),
        Row("holds-the-body-back", "It waits for no body that never comes", "EXC-20",
            refused(with_head(lambda raw: wire.silent(raw[:-20])), *slow), "H10"),
        Row("drips-a-delta", "It goes on with bundles where a delta takes too long", "EXC-20 EXC-29",
            accepted(drip_delta), "H09", Side.ACCEPT),
    ]  # fmt: skip


def begin(target: Target) -> dict[str, Future[None]]:
    """Have all slow rows played at once, beside whatever else is played."""
    futures: dict[str, Future[None]] | None = target.kept.get(_KEPT)
    if futures is None:
        pool = ThreadPoolExecutor(4)
        futures = target.kept[_KEPT] = {one.name: pool.submit(_play, target, one) for one in rows()}
    return futures


def run_slow(target: Target, row: Row) -> None:
    """Wait for one of the slow rows; raise what came of it."""
    begin(target)[row.name].result()


def _play(target: Target, row: Row) -> None:
    play_in(Scene(target, f"puller-{row.name}"), row)
