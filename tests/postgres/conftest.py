"""Nodes whose store is a PostgreSQL database."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.genesis import found_node
from entrepot_node.home import Home
from entrepot_node.settings import Settings

from ..node.conftest import Clock, OwnNode
from ..postgresql_server import PostgresqlServer
from .pair import Pair

ORIGIN = "biomed.example"
FEED = f"{ORIGIN}/feed/1"


@dataclass
class Shared:
    """A node on a database: each machine has a folder with the same keys."""

    folder: Path
    url: str
    opened: list[OwnNode] = field(default_factory=list)

    def home(self, machine: str) -> Path:
        """The folder of a machine."""
        path = self.folder / machine
        if not path.exists():
            shutil.copytree(self.folder / "founded", path)
        return path

    def open(self, machine: str = "one") -> OwnNode:
        """Open the node in a process of a machine; closed in the end."""
        home = Home(self.home(machine))
        self.opened.append(OwnNode(home, home.open_store(), Clock(), home.settings()))
        return self.opened[-1]


def found(folder: Path, url: str, *, origin: str = ORIGIN, **settings: Any) -> Shared:
    given = Settings(origin=origin, database=url, takedown_email=f"info@{origin}", **settings)
    found_node(Home(folder / "founded"), given, now=Clock(), random_bytes=random.Random(origin).randbytes)
    return Shared(folder, url)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A server as nodes want it: what it has confirmed is on the disk."""
    with PostgresqlServer.made() as server:
        yield server


@pytest.fixture
def shared(postgresql_server: PostgresqlServer, tmp_path: Path) -> Iterator[Shared]:
    """A founded node on a database of its own."""
    node = found(tmp_path, postgresql_server.new_database())
    yield node
    for one in node.opened:
        one.store.close()


@pytest.fixture(scope="session")
def pair() -> Iterator[Pair]:
    """A primary and its replica, for tests that leave both as they were."""
    with Pair.made() as both:
        yield both


@pytest.fixture
def administer(postgresql_server: PostgresqlServer) -> Callable[[str], list[tuple[object, ...]]]:
    """Run a statement as the administrator of the server."""
    return postgresql_server.execute
