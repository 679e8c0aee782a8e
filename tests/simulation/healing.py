"""The end of trouble: all lines are whole, all clocks are right, all nodes run, and everybody does what is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .history import Violation
from .invariants import converged, sound
from .network import CALM
from .node import Node
from .operators import put_right
from .template import LIAR
from .traces import profile

if TYPE_CHECKING:
    from .world import World

ROUNDS = 6
COMPARISONS = 3
"""After so many rounds a node has asked everybody about everybody."""
HOUR = 3600.0


def heal(world: World) -> str:
    """Let all catch up; the liar goes on lying."""
    _end_trouble(world)
    troubled = world.burned | world.restored | {world.draw.choice(world.honest).origin}
    said = [put_right(world, node) for node in world.honest]
    for node in sound(world):
        if node.origin in troubled:
            _publish(world, node)
    world.time.elapsed += HOUR
    pushing = world.draw.random() < 0.5  # either alone must do
    rounds = 0
    while converged(world) and rounds < ROUNDS:
        rounds += 1
        _talk(world, _push_news if pushing else _pull_news)
        pushing = False
        world.time.elapsed += HOUR
    if world.twins:
        for node in world.honest * COMPARISONS:
            node.compare()
    _wait_for_the_brake(world)
    return f"{rounds} rounds {' '.join(filter(None, said))}".strip()


def _end_trouble(world: World) -> None:
    world.network.cuts.clear()
    world.network.weather = CALM
    machines = [*world.nodes.values(), *world.twins.values()]
    for node in machines:
        node.clock.wrong = 0.0
        if not node.up and node.origin not in world.burned:
            node.start()


def _talk(world: World, talk: Callable[[World, Node], None]) -> None:
    for node in [*world.honest, *world.twins.values()]:
        talk(world, node)
    for node in world.honest:
        node.hear_news()
        node.tend()


def _wait_for_the_brake(world: World) -> None:
    """What was withdrawn in masses is set aside for a day (FED-31)."""
    world.time.elapsed += 25 * HOUR
    for node in world.honest:
        if any(node.disk.held(feed.id).subjects for feed in node.disk.feeds()):
            node.tend()


def _publish(world: World, node: Node) -> None:
    """Whoever has lost nothing any more can sign, if need be after having heard from somebody who is honest."""
    said = node.publish(profile(node.origin, 9, world.draw))
    if said == "gate.no-answer":
        world.time.elapsed += HOUR  # pushes that failed are tried again
        push_due(node)
        said = node.publish(profile(node.origin, 9, world.draw))
    if not said.isdecimal():
        raise Violation(f"{node.origin} cannot publish: {said}")


def push_due(node: Node) -> None:
    for target in node.pusher().due():
        node.push(target.origin)


def _push_news(world: World, node: Node) -> None:
    """Push what is due to whoever does not have it; to tell the others costs time and changes nothing."""
    for target in node.pusher().due():
        if _is_behind(world, world.nodes[target.origin], node.origin):
            node.push(target.origin)


def _pull_news(world: World, node: Node) -> None:
    for follow in node.puller().due():
        if _is_behind(world, node, follow.origin):
            node.pull(follow.origin)


def _is_behind(world: World, node: Node, origin: str) -> bool:
    """Whether a node lacks entries of an honest one; what a liar with two histories has may matter at any time."""
    name = f"{origin}/feed/1"
    if origin in world.twins:
        return True
    feed = node.disk.feed(name)
    return origin != LIAR and (feed is None or feed.size != world.history.size(name))
