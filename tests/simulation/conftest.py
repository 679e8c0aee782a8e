"""What all seeds of one process share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .building import build, world_folder
from .serving import Server, serving
from .world import Template


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def template(server: Server) -> Iterator[Template]:
    with world_folder() as folder:
        yield build(folder, server)
