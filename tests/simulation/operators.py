"""What operators do when something is lost, by the book (docs/recovery.md), and what they do wrong."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from entrepot_node.backing_up import restore_backup, write_backup
from entrepot_node.home import Home
from entrepot_node.node_document import refresh_node_document
from entrepot_node.recovering import Recovered, find_copy, go_on, recover_feed
from entrepot_node.signing_gate import SigningGate
from entrepot_schema.timestamp import format_timestamp
from entrepot_sync.signing_gate import Voucher

from .node import Node
from .stores import open_store
from .traces import profile

if TYPE_CHECKING:
    from .world import World

KEYS = ("record.pem", "feed-1.pem")


def holder_of(world: World, node: Node) -> Node | None:
    """An honest mirror that holds all of a node's feed, and can be asked by it."""
    name = f"{node.origin}/feed/1"
    for mirror in world.running:
        row = mirror.row(node.origin)
        feed = mirror.disk.feed(name)
        known = world.history.size(name)
        if row and row.mirror and feed and feed.size == feed.head.size == known and mirror is not node:
            return mirror
    return None


def back_up(world: World, node: Node) -> str:
    """Take a backup; it takes the place of the one before."""
    file = world.folder / f"{node.origin}.backup"
    file.unlink(missing_ok=True)
    write_backup(node.home, file, time=format_timestamp(node.clock()))
    world.backups[node.origin] = file
    return f"{node.feed.size} entries"


def restore(world: World, node: Node) -> str:
    """Put an old backup back in a new folder, with the keys from the safe; the server starts as if nothing was wrong."""
    node.stop()
    old, node.home = node.home, _next_home(world, node)
    restore_backup(world.backups[node.origin], node.home)
    _keep_keys(old, node.home)
    world.restored.add(node.origin)
    node.start()
    sizes = f"{node.feed.size} of {world.history.size(node.feed.name)} entries"
    said = node.publish(profile(node.origin, world.draw.randrange(8), world.draw))
    return f"to {sizes}, publishing goes on: {said}"


def burn(world: World, node: Node) -> str:
    """Lose the disk: only the keys are left, in a safe, and the settings, which are one line."""
    node.stop()
    old, node.home = node.home, _next_home(world, node)
    node.home.keys.mkdir(parents=True, mode=0o700)
    _keep_keys(old, node.home)
    shutil.copy(old.settings_file, node.home.settings_file)
    shutil.rmtree(old.path)
    world.burned.add(node.origin)
    return "only keys are left"


def recover(world: World, node: Node) -> str:
    """`entrepot recover --from` the mirror with the newest head, then follow all peers again."""
    source = holder_of(world, node)
    if source is None or not world.network.reaches(node.origin, source.origin):
        return "no mirror can be reached"
    if not node.up:
        node.disk = open_store(node.home, node.clock)
    outcome = node.attempt(lambda: _recover_from(node, source))
    if not node.up:
        node.disk.close()
    if outcome != "back":
        return outcome
    if not node.up:
        node.start()
    world.burned.discard(node.origin)
    world.restored.discard(node.origin)
    return f"from {source.origin}: {node.follow_missing(world.template.fingerprints)}"


def _recover_from(node: Node, source: Node) -> str:
    name, key = f"{node.origin}/feed/1", node.home.keyring(1).log.public
    url = f"https://{source.origin}"
    with node.home.append_lock(1):
        marks = node.home.mark_file(name)
        held = marks.read()

        async def fetch() -> Recovered:
            copy = await find_copy(node.open_transport(url, False), name, key)
            return await recover_feed(copy, node.disk, name, key, held, now=node.clock.seconds())

        got = asyncio.run(fetch())
        gate = SigningGate(node.disk, node.home.mark_file, node.open_transport)
        go_on(got, gate, marks, held, [Voucher(source.origin, url)])
        refresh_node_document(
            node.disk, node.own_settings(), got.feed, node.home.keyring(1), now=node.clock,
            random_bytes=node.draw.randbytes, lost=True,
        )  # fmt: skip
    return "back"


def put_right(world: World, node: Node) -> str:
    """Bring a node back that has lost something; nothing to do for the others."""
    if node.origin in world.burned | world.restored:
        return f"{node.origin} {recover(world, node)}"
    return node.follow_missing(world.template.fingerprints)


def _next_home(world: World, node: Node) -> Home:
    world.homes += 1
    return Home(world.folder / f"{node.machine} {world.homes}")


def _keep_keys(old: Home, new: Home) -> None:
    for name in KEYS:
        shutil.copy(old.keys / name, new.keys / name)
