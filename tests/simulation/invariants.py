"""What must be true of all honest nodes once they have had the time to talk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrepot_node.storage.interface import AHEAD_DOCUMENT
from entrepot_node.storage.search import SearchQuery

from .history import Violation
from .node import Node
from .template import LIAR
from .traces import erased_traces, found_in_files
from .watching import digest_path, feed_path

if TYPE_CHECKING:
    from .world import World


def sound(world: World) -> list[Node]:
    """The honest nodes that were not cloned: their feeds are whole."""
    return [node for node in world.honest if node.origin not in world.cloned]


def sound_origins(world: World) -> list[str]:
    return [node.origin for node in sound(world)]


def converged(world: World) -> str:
    """Where two honest nodes differ in what they hold of honest feeds; empty if nowhere."""
    for node in world.honest:
        for origin in sound_origins(world):
            name = f"{origin}/feed/1"
            feed = node.disk.feed(name) if node.up else None
            size = world.history.size(name)
            if feed is None or (feed.size, feed.head.size, feed.state) != (size, size, "live"):
                held = (feed.size, feed.head.size, feed.state) if feed else None
                return f"{node.origin} holds {held} of {name}, which has {size} entries"
            places = {(index, subject) for index, subject, _ in node.disk.live_places(feed.id)}
            if places != world.history.live(name):
                return f"{node.origin} holds {len(places)} live records of {name}, not the same as its origin"
    return ""


def check_end(world: World) -> str:
    """Raise `Violation` for what is not true."""
    difference = converged(world)
    if difference:
        raise Violation(difference)
    for node in world.honest:
        _check_erased(world, node)
        _check_served(world, node)
    _check_liar(world)
    for origin in world.cloned:
        _check_found_out(world, origin)
    return f"{sum(world.history.size(f'{one}/feed/1') for one in sound_origins(world))} entries"


def _check_erased(world: World, node: Node) -> None:
    traces = list(erased_traces(node.disk, world.history))
    node.disk.finish_erasures(anew=True)
    for trace in found_in_files(node.home.path, traces):
        raise Violation(f"{node.origin} still holds {trace}, which was withdrawn")
    for trace in traces[:3]:
        if node.disk.search(SearchQuery(trace.decode()), now=node.clock.seconds()).total:
            raise Violation(f"{node.origin} still finds {trace.decode()}, which was withdrawn")


def _check_served(world: World, node: Node) -> None:
    """What was withdrawn is gone from every mirror, too."""
    for follow in node.disk.follows():
        if not follow.mirror or follow.origin not in sound_origins(world):
            continue
        state = world.history.state(follow.feed_name)
        for subject in state.subjects.values():
            if subject.withdrawn_at is None:
                continue
            for version in node.disk.versions(subject.subject)[:2]:
                if version.index < subject.withdrawn_at:
                    _require_gone(world, node, feed_path(follow.feed_name) + digest_path(version.digest))


def _require_gone(world: World, node: Node, path: str) -> None:
    assert node.place is not None
    answer = world.network.server.answer(node.place, "GET", f"https://{node.origin}{path}", {}, b"")
    if answer.status != 410:
        raise Violation(f"{node.origin} answers {answer.status} to {path}, which was withdrawn")


def _check_liar(world: World) -> None:
    """A feed of a liar is stopped where it was found out; where it was not, no two hold different histories of it."""
    name = f"{LIAR}/feed/1"
    believed: list[tuple[str, int, bytes]] = []
    for node in world.honest:
        feed = node.disk.feed(name)
        if feed is None:
            continue
        if feed.state == "forked":
            if not node.disk.evidence(feed.id):
                raise Violation(f"{node.origin} stopped {name} without evidence")
            continue
        if feed.size == feed.head.size and feed.frontier.root() != feed.head.root:
            raise Violation(f"{node.origin} holds entries of {name} that do not yield the head it believes")
        if feed.head.size and not world.history.holds(name, feed.head.size, feed.head.root):
            raise Violation(f"{node.origin} believes a head of {name} that was never signed")
        believed.append((node.origin, feed.head.size, feed.head.root))
    for one, size, root in believed:
        for other, other_size, other_root in believed:
            if not world.history.agree(name, (size, root), (other_size, other_root)):
                raise Violation(f"{one} and {other} hold two histories of {name}, and neither knows")


def _check_found_out(world: World, origin: str) -> None:
    """A node that ran twice is found out, if honest witnesses cosigned both of its histories."""
    name = f"{origin}/feed/1"
    heads = world.watch.cosigned_heads(name)
    if all(world.history.agree(name, one, other) for one in heads for other in heads):
        return
    for node in world.honest:
        feed = node.disk.feed(name)
        if feed is not None and feed.state == "forked":
            return
    for node in (world.nodes[origin], world.twins[origin]):
        codes = {row.last_code for row in node.disk.pushes()}
        if codes & {"push.ahead", "push.inconsistent"} or node.disk.document(AHEAD_DOCUMENT):
            return
    raise Violation(f"{origin} ran twice, both histories were cosigned, and nobody knows")
