"""A node whose operator lies: two histories, old heads, entries held back, answers made up, digests of others logged as its own.

It has real keys and a real store, for most lies are told with true signatures. It asks nobody before it signs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from entrepot_node.orders import Publication
from entrepot_schema.timestamp import format_timestamp
from entrepot_sync.checkpoint import Checkpoint, sign_checkpoint
from entrepot_sync.chunk import ChunkBuilder
from entrepot_sync.entry import PUBLISH, WITHDRAW, Entry
from entrepot_sync.feed_store import Head

from .drawing import NothingToDo
from .network import Exchange
from .node import Node
from .serving import Answer
from .template import HONEST, LIAR
from .traces import profile

if TYPE_CHECKING:
    from .world import World

MANY = 55  # more than the brake lets pass
_ENTRIES = re.compile(r"/feed/(delta|tile/entries)")
_CONTENTS = re.compile(r"/(feed|mirror/[0-9a-f]{64})/(delta|contents)")
_PLAIN = [(b"content-type", b"text/plain")]


def act(world: World) -> str:
    """Tell the next lie, or do what an honest node would do; `NothingToDo` where that cannot be."""
    name = world.draw.choice(list(_MOVES))
    return f"{name}: {_MOVES[name](world)}"


def _publish(world: World) -> str:
    node = _one_of(world)
    number = world.draw.randrange(8)
    with node.publisher() as publisher:
        receipts = publisher.publish([Publication(profile(LIAR, number, world.draw), "CC0-1.0")])
    return f"{node.machine} {receipts[0].index}"


def _withdraw(world: World) -> str:
    node = _one_of(world)
    places = node.disk.live_places(node.feed.id)
    if not places:
        raise NothingToDo
    with node.publisher() as publisher:
        return f"{node.machine} {publisher.withdraw([world.draw.choice(places)[1]])[0].index}"


def _mass(world: World) -> str:
    """Publish many, and later withdraw them all at once, as a thief of the log key would."""
    node = _one_of(world)
    live = [subject for _, subject, _ in node.disk.live_places(node.feed.id)]
    with node.publisher() as publisher:
        if len(live) >= MANY:
            publisher.withdraw(live)
            return f"withdrew {len(live)}"
        many = [Publication(profile(LIAR, 100 + number, world.draw), "CC0-1.0") for number in range(MANY)]
        publisher.publish(many)
    return f"published {MANY}"


def _fork(world: World) -> str:
    """Begin a second history, and show it to some; with nothing written to it, it is an old head."""
    if LIAR not in world.twins:
        world.split(LIAR)
    world.misled -= {(caller, LIAR) for caller in HONEST}
    world.misled |= {(caller, LIAR) for caller in HONEST if world.draw.random() < 0.5}
    return "the other history is for " + " ".join(
        sorted(caller for caller, host in world.misled if host == LIAR)
    )


def _steal(world: World) -> str:
    """Log the digest of somebody else's record as one's own, and withdraw it: nothing of theirs may go."""
    victim = world.draw.choice(world.running) if world.running else None
    places = victim.disk.live_places(victim.feed.id) if victim else []
    if not places:
        raise NothingToDo
    node = _one_of(world)
    digest = bytes.fromhex(world.draw.choice(places)[2])
    if node.disk.known_digests(node.feed.id, [digest]):
        raise NothingToDo
    subject = str(profile(LIAR, 1000 + node.feed.size, world.draw)["id"])
    time = format_timestamp(node.clock())
    size = node.feed.size
    _append(
        node,
        Entry(PUBLISH, subject, "company", time, None, digest).to_bytes(),
        Entry(WITHDRAW, subject, "company", time, size, None).to_bytes(),
    )
    return f"{node.machine} withdrew {digest.hex()[:8]}"


def _append(node: Node, *entries: bytes) -> None:
    """Append entries whose contents nobody checks, and sign the head."""
    feed = node.feed
    builder = ChunkBuilder(node.disk, feed)
    assert builder.decide(entries) is None
    chunk = builder.build({}, None)
    checkpoint = Checkpoint(feed.name, chunk.frontier.size, chunk.frontier.root())
    signed = sign_checkpoint(checkpoint, feed.name, node.keyring.log)
    node.disk.append(feed.id, replace(chunk, head=Head(checkpoint.size, checkpoint.root, signed)))
    node.signed(node)


def _push(world: World) -> str:
    """Show somebody's witness the head of either history."""
    node, host = _one_of(world), world.draw.choice(HONEST)
    return f"{node.machine} to {host}: {node.push(host)}"


def _two_faces(world: World) -> str:
    """Let one witness cosign both histories, the longer one last."""
    if LIAR not in world.twins:
        world.split(LIAR)
    both = sorted((world.nodes[LIAR], world.twins[LIAR]), key=lambda node: (node.feed.size, node.machine))
    for times, node in enumerate(both, 1):
        for _ in range(times):
            node.publish(profile(LIAR, world.draw.randrange(8), world.draw))
    host = world.draw.choice(HONEST)
    return f"{host}: {', '.join(node.push(host) for node in both)}"


def _replay(world: World) -> str:
    """Send some push again, to whoever got it or to somebody else."""
    if not world.network.pushes:
        raise NothingToDo
    _, body = world.draw.choice(world.network.pushes)
    host = world.draw.choice(HONEST)
    return f"to {host}: {world.network.replay(host, body)}"


def _lie(world: World) -> str:
    """Answer in another way from now on."""
    name = world.draw.choice(list(_LIES))
    world.network.tamper[LIAR] = lambda exchange: _LIES[name](world, exchange)
    return name


def _one_of(world: World) -> Node:
    twin = world.twins.get(LIAR)
    return twin if twin and world.draw.random() < 0.5 else world.nodes[LIAR]


# lies: what the liar answers in place of the truth


def _nothing(world: World, exchange: Exchange) -> Answer:
    return exchange.answer


def _no_entries(world: World, exchange: Exchange) -> Answer:
    return Answer(404, _PLAIN, b"") if _ENTRIES.match(exchange.target) else exchange.answer


def _no_contents(world: World, exchange: Exchange) -> Answer:
    withheld = exchange.target.startswith(("/feed/delta", "/feed/contents", "/feed/addenda/"))
    return Answer(404, _PLAIN, b"") if withheld else exchange.answer


def _for_another(world: World, exchange: Exchange) -> Answer:
    """Cosign in the name of another witness."""
    if exchange.method != "POST" or exchange.answer.status != 200:
        return exchange.answer
    return Answer(200, _PLAIN, exchange.answer.body.replace(LIAR.encode(), b"a.example"))


def _much_larger(world: World, exchange: Exchange) -> Answer:
    """Claim to have seen a head that there never was."""
    if exchange.method != "POST":
        return exchange.answer
    return Answer(409, [(b"content-type", b"text/x.tlog.size")], b"4711\n")


def _first_seen(world: World, exchange: Exchange) -> Answer:
    """Whoever asks what was cosigned last is told what was cosigned first."""
    if not exchange.target.startswith("/witness/") or exchange.answer.status != 200:
        return exchange.answer
    return world.first_said.setdefault(exchange.target, exchange.answer)


def _resurrect(world: World, exchange: Exchange) -> Answer:
    """Hand out everything that was ever withdrawn, as origin and as mirror."""
    answer = exchange.answer
    if answer.status != 200 or not _CONTENTS.match(exchange.target):
        return answer
    everything = b"".join(raw + b"\n" for raw in world.history.contents.values())
    return Answer(200, _PLAIN, answer.body + everything)


def _damage(world: World, exchange: Exchange) -> Answer:
    """Change one bit of what is hashed."""
    answer = exchange.answer
    if answer.status != 200 or not _ENTRIES.match(exchange.target) or not answer.body:
        return answer
    body = bytearray(answer.body)
    body[len(body) // 3] ^= 1
    return Answer(200, answer.headers, bytes(body))


_LIES: dict[str, Callable[[World, Exchange], Answer]] = {
    "tell the truth": _nothing,
    "hold entries back": _no_entries,
    "hold contents back": _no_contents,
    "cosign for another": _for_another,
    "claim a larger head": _much_larger,
    "tell old heads": _first_seen,
    "resurrect": _resurrect,
    "damage": _damage,
}
_MOVES: dict[str, Callable[[World], str]] = {
    "publish": _publish,
    "publish again": _publish,
    "withdraw": _withdraw,
    "mass": _mass,
    "fork": _fork,
    "steal": _steal,
    "push": _push,
    "two faces": _two_faces,
    "replay": _replay,
    "lie": _lie,
    "lie again": _lie,
}
