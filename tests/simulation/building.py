"""Making the template: found five nodes, let them meet, publish, pull each other and take a backup once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .clocks import loops_on
from .operators import back_up
from .serving import Server
from .template import found_all
from .traces import profile
from .world import Template, World

RECORDS = 2


def build(folder: Path, server: Server) -> Template:
    """Make a template in a folder."""
    found = Template(folder / "founded", found_all(folder / "founded"))
    world = World(0, folder / "met", found, server)
    with loops_on(world.time):
        for node in world.nodes.values():
            node.start()
        for node in world.nodes.values():
            node.follow_missing(found.fingerprints)
        for node in world.nodes.values():
            node.publish(*(profile(node.origin, number, world.draw) for number in range(RECORDS)))
        for node in world.nodes.values():
            for follow in node.disk.follows():
                node.pull(follow.origin)
        for node in world.nodes.values():
            back_up(world, node)
            node.stop()
    return Template(folder / "met", found.fingerprints, world.backups)


@contextmanager
def world_folder() -> Iterator[Path]:
    """A folder for one world, in memory where there is such a disk."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="entrepot-simulation-", dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
