"""What can happen, and how often."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import liar, operators
from .drawing import NothingToDo
from .network import CALM, FOUL, ROUGH, SLOW
from .node import Node
from .template import HONEST, ORIGINS
from .traces import profile

if TYPE_CHECKING:
    from .world import World

Step = Callable[["World"], str]


def choose(world: World) -> tuple[str, Step]:
    """Draw what happens next."""
    names = list(STEPS)
    name = world.draw.choices(names, [STEPS[name][0] for name in names])[0]
    return name, STEPS[name][1]


def by_somebody(deed: Callable[[World, Node], str]) -> Step:
    """Let an honest node that is up do something; of one that was cloned, either machine."""

    def step(world: World) -> str:
        if not world.running:
            raise NothingToDo
        node = world.draw.choice(world.running)
        twin = world.twins.get(node.origin)
        if twin is not None and twin.up and world.draw.random() < 0.5:
            node = twin
        return f"{node.machine} {deed(world, node)}"

    return step


def publish(world: World, node: Node) -> str:
    numbers = world.draw.sample(range(8), world.draw.randint(1, 2))
    return node.publish(*(profile(node.origin, number, world.draw) for number in numbers))


def withdraw(world: World, node: Node) -> str:
    places = node.disk.live_places(node.feed.id)
    if not places:
        raise NothingToDo
    subject = world.draw.choice(places)[1]

    def run() -> str:
        with node.publisher() as publisher:
            return str(publisher.withdraw([subject])[0].index)

    return node.attempt(run)


def _peer(world: World, node: Node) -> str:
    return world.draw.choice([one for one in ORIGINS if one != node.origin])


def pull(world: World, node: Node) -> str:
    peer = _peer(world, node)
    return f"from {peer}: {node.pull(peer)}"


def push(world: World, node: Node) -> str:
    peer = _peer(world, node)
    return f"to {peer}: {node.push(peer)}"


def spread(world: World, node: Node) -> str:
    """Push to whom it is due, and let them hear."""
    said = []
    for target in node.pusher().due()[: world.draw.randint(1, 3)]:
        said.append(f"{target.origin} {node.push(target.origin)}")
        peer = world.nodes[target.origin]
        if peer.up and peer.news:
            said.append(peer.hear_news())
        if not node.up:
            break
    if not said:
        raise NothingToDo
    return "; ".join(said)


def hear_news(world: World, node: Node) -> str:
    if not node.news:
        raise NothingToDo
    return node.hear_news()


def tend(world: World, node: Node) -> str:
    return node.tend()


def compare(world: World, node: Node) -> str:
    return node.compare()


def receipts(world: World, node: Node) -> str:
    return node.collect_receipts()


def crash(world: World, node: Node) -> str:
    """Die in the midst of something, at some write."""
    deed = world.draw.choice([publish, withdraw, pull, push, hear_news, tend])
    node.crash.writes = world.draw.randint(1, 4)
    node.crash.committed = world.draw.random() < 0.7
    try:
        outcome = deed(world, node)
    finally:
        node.crash.writes = 0
    return f"in {deed.__name__}: {outcome}"


def stop(world: World, node: Node) -> str:
    node.stop()
    return "is down"


def restart(world: World, node: Node) -> str:
    node.stop()
    node.start()
    return "is up again"


def start(world: World) -> str:
    down = [node for node in world.honest if not node.up and node.origin not in world.burned]
    for node in down:
        node.start()
    if not down:
        raise NothingToDo
    return " ".join(node.origin for node in down)


def set_clock(world: World, node: Node) -> str:
    node.clock.wrong = world.draw.choice([0.0, world.draw.uniform(-7200, 1800)])
    return f"{node.clock.wrong:.0f} seconds"


def back_up(world: World, node: Node) -> str:
    if node.origin in world.restored:
        raise NothingToDo
    return operators.back_up(world, node)


def restore(world: World, node: Node) -> str:
    if node.origin not in world.backups or not _may_lose(world, node):
        raise NothingToDo
    return operators.restore(world, node)


def burn(world: World, node: Node) -> str:
    if not _may_lose(world, node):
        raise NothingToDo
    return operators.burn(world, node)


def _may_lose(world: World, node: Node) -> bool:
    """One disaster at a time, and none without a mirror that holds everything: more nobody promises to survive."""
    calm = not world.burned and not world.restored and node.origin not in world.cloned
    return calm and operators.holder_of(world, node) is not None


def clone(world: World, node: Node) -> str:
    """Copy a machine with its keys, and let both run."""
    if world.cloned or world.burned or world.restored:
        raise NothingToDo
    world.split(node.origin)
    world.cloned.add(node.origin)
    world.misled |= {(one, node.origin) for one in HONEST if world.draw.random() < 0.5}
    return "runs twice"


def recover(world: World) -> str:
    lost = [node for node in world.honest if node.origin in world.burned | world.restored]
    if not lost:
        raise NothingToDo
    return " ".join(operators.put_right(world, node) for node in lost)


def cut(world: World) -> str:
    one, other = world.draw.sample(ORIGINS, 2)
    world.network.cuts |= {(one, other), (other, one)}
    return f"{one} and {other}"


def cut_off(world: World) -> str:
    """Part the nodes in two."""
    side = set(world.draw.sample(ORIGINS, world.draw.randint(1, 2)))
    world.network.cuts |= {(one, two) for one in ORIGINS for two in ORIGINS if (one in side) != (two in side)}
    return f"{' '.join(sorted(side))} from all others"


def mend(world: World) -> str:
    if not world.network.cuts:
        raise NothingToDo
    world.network.cuts.clear()
    return "all lines"


def weather(world: World) -> str:
    world.network.weather = world.draw.choice([CALM, ROUGH, SLOW, FOUL])
    return str(world.network.weather)


def wait(world: World) -> str:
    seconds = world.draw.choice([2, 60, 700, 4000])
    world.time.elapsed += seconds
    return f"{seconds} seconds"


STEPS: dict[str, tuple[int, Step]] = {
    "publish": (12, by_somebody(publish)),
    "withdraw": (7, by_somebody(withdraw)),
    "pull": (10, by_somebody(pull)),
    "push": (6, by_somebody(push)),
    "spread": (10, by_somebody(spread)),
    "hear news": (6, by_somebody(hear_news)),
    "tend": (2, by_somebody(tend)),
    "compare": (3, by_somebody(compare)),
    "receipts": (2, by_somebody(receipts)),
    "crash": (6, by_somebody(crash)),
    "stop": (3, by_somebody(stop)),
    "restart": (3, by_somebody(restart)),
    "start": (5, start),
    "clock": (3, by_somebody(set_clock)),
    "back up": (4, by_somebody(back_up)),
    "restore": (4, by_somebody(restore)),
    "burn": (3, by_somebody(burn)),
    "clone": (1, by_somebody(clone)),
    "recover": (6, recover),
    "cut": (3, cut),
    "cut off": (2, cut_off),
    "mend": (4, mend),
    "weather": (3, weather),
    "wait": (4, wait),
    "liar": (14, liar.act),
}
