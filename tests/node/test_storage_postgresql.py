"""The storage contract on PostgreSQL, and what holds for PostgreSQL only."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from entrepot_node.storage.contract_feed import MakeStore
from entrepot_node.storage.contract_whole import WholeContract
from entrepot_node.storage.engine import open_engine
from entrepot_node.storage.tables import metadata

from ..postgresql_server import PostgresqlServer  # noqa: TID252  pytest puts no folder of tests on the path
from .opened_stores import opening


@pytest.fixture(scope="module")
def contract_url(postgresql_server: PostgresqlServer) -> str:
    """A database with the schema, for tests that take a store that was emptied for a new one."""
    return postgresql_server.new_database(like=postgresql_server.empty_store)


@pytest.fixture
def make_store(contract_url: str) -> Iterator[MakeStore]:
    """Open one database again and again, each time with connections of its own."""
    with opening(contract_url) as make:
        yield make
    empty(contract_url)


def empty(url: str) -> None:
    """Remove all rows, and let numbers begin at 1 again."""
    tables = [*(f"search_words_{part}" for part in range(32)), "erased_tables"]
    tables += [table.name for table in reversed(metadata.sorted_tables)]
    statements = [f"DELETE FROM {table}" for table in tables]
    statements += [
        "SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence",
        "INSERT INTO documents VALUES ('search-index', '1')",
    ]
    with psycopg.connect(url) as connection:
        connection.execute("; ".join(statements).encode())


class TestPostgresqlStore(WholeContract):
    """All promises of `interface`, kept by a PostgreSQL database."""


def test_the_migrated_schema_is_that_of_the_tables(postgresql_url: str) -> None:
    engine = open_engine(postgresql_url)
    with engine.connect() as connection:
        own = {
            "include_object": lambda _, name, kind, *__: (
                not (kind == "table" and name.startswith(("search_words_", "erased_")))
            )
        }
        context = MigrationContext.configure(connection, opts={"compare_type": True, **own})
        differences = compare_metadata(context, metadata)
    engine.dispose()

    assert differences == []
