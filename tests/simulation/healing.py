"""The end of trouble: all lines are whole, all clocks are right, all nodes run, and everybody does what is due."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .history import Violation
from .invariants import converged, sound
from .network import CALM
from .node import Node
from .operators import put_right
from .traces import profile

if TYPE_CHECKING:
    from .world import World

ROUNDS = 6
HOUR = 3600.0


def heal(world: World) -> str:
    """Let all catch up; the liar goes on lying."""
    world.network.cuts.clear()
    world.network.weather = CALM
    for node in world.nodes.values():
        node.clock.wrong = 0.0
        if not node.up and node.origin not in world.burned:
            node.start()
    for twin in world.twins.values():
        if not twin.up:
            twin.start()
    said = [put_right(world, node) for node in world.honest]
    for node in sound(world):
        _publish(world, node)
    world.time.elapsed += HOUR
    pushing = world.draw.random() < 0.5  # either alone must do
    for number in range(1, ROUNDS + 1):
        for node in [*world.honest, *world.twins.values()]:
            push_due(node) if pushing else pull_due(node)
        for node in world.honest:
            node.hear_news()
            node.tend()
            node.attempt(lambda: asyncio.run(node.comparer().round()))
        world.time.elapsed += HOUR
        if not converged(world):
            break
        pushing = False
    return f"{number} rounds {' '.join(filter(None, said))}".strip()


def _publish(world: World, node: Node) -> None:
    """Whoever has lost nothing any more can sign, if need be after having heard from somebody who is honest."""
    said = node.publish(profile(node.origin, 9, world.draw))
    if said == "gate.no-answer":
        push_due(node)
        said = node.publish(profile(node.origin, 9, world.draw))
    if not said.isdecimal():
        raise Violation(f"{node.origin} cannot publish: {said}")


def push_due(node: Node) -> None:
    for target in node.pusher().due():
        node.push(target.origin)


def pull_due(node: Node) -> None:
    for follow in node.puller().due():
        node.pull(follow.origin)
