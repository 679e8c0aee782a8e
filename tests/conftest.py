"""Settings of all tests, and the PostgreSQL server of those that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from entrepot_node.storage.postgresql import DURABLE

from .postgresql_server import PostgresqlServer

# A slow machine must not fail a property test; what is bounded is bounded by counting.
settings.register_profile("entrepot", deadline=None)
settings.load_profile("entrepot")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A server that all tests of this process share, each with databases of its own; quick, and not to be killed."""
    with (
        PostgresqlServer.made(fsync="off", full_page_writes="off") as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in ("fsync", "full_page_writes"):
            patch.setitem(DURABLE, name, frozenset({"on", "off"}))
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer) -> str:
    """The URL of a database that holds a store without feeds."""
    return postgresql_server.new_database(like=postgresql_server.empty_store)
