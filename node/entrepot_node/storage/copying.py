"""Copying a whole store into an empty one of either kind: how a database gets into a backup, and a backup into a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, func, select

from entrepot_node.storage.dialect import insert_rows, last_number, set_last_number
from entrepot_node.storage.engine import open_engine, reading, writing
from entrepot_node.storage.migrate import migrate
from entrepot_node.storage.search_index import VERSION_DOCUMENT, fill
from entrepot_node.storage.search_tables import SEARCH_TABLES
from entrepot_node.storage.tables import documents, metadata

_STEP = 1_000  # rows with 64 KiB each at most


def copy_between(source: Path | str, target: Path | str) -> None:
    """Copy the store at one place to another place, where it may not be there yet."""
    with _opened(source) as old, _opened(target) as new:
        copy_store(old, new)


@contextmanager
def _opened(place: Path | str) -> Iterator[Engine]:
    engine = open_engine(place)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


def copy_store(source: Engine, target: Engine) -> None:
    """Copy everything as it is at one moment, in one transaction; both have the newest schema, and the target no rows.

    The search index is made anew. Numbers that were given out are not given again, but for those of its documents.
    """
    with reading(source) as old, writing(target) as new:
        for table in metadata.sorted_tables:
            if table in SEARCH_TABLES:
                continue
            _copy_rows(old, new, table)
            number = table.autoincrement_column
            if number is not None:
                highest = old.scalar(select(func.max(number))) or 0
                given = max(highest, last_number(old, table.name, number.name))
                set_last_number(new, table.name, number.name, given)
        fill(new)


def _copy_rows(old: Connection, new: Connection, table: Table) -> None:
    query = select(table).execution_options(yield_per=_STEP)
    if table is documents:
        query = query.where(documents.c.name != VERSION_DOCUMENT)
    with old.execute(query) as result:
        for rows in result.partitions():
            insert_rows(new, table.name, list(table.c.keys()), [tuple(row) for row in rows])
