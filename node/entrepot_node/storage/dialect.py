"""What SQLite and PostgreSQL write differently: upserts, marks for values, lists of numbers, text in order of bytes.

All other differences stand in `sqlite`, `postgresql` and the two indexes of words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, CursorResult, Insert, Row, Table, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import TypeCompiler

from entrepot_node.storage.engine import is_postgresql

_IN_LIST = 500  # values in one IN (…): far below SQLite's limit of 32,766
_COPIED = 16  # rows from which COPY is faster


def upsert(
    connection: Connection,
    table: Table,
    rows: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    *,
    update: Collection[str],
) -> None:
    """Insert rows; where the primary key is there already, write the columns of `update` instead."""
    statement = _upsert(is_postgresql(connection), table, tuple(sorted(update)))
    connection.execute(statement, rows)


@cache
def _upsert(postgresql: bool, table: Table, update: tuple[str, ...]) -> Insert:
    if postgresql:
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]  # the same by another name
    statement = insert(table)
    new = {name: statement.excluded[name] for name in update}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=new)


def upsert_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    update: Collection[str],
) -> None:
    """As `upsert`, of many rows: nothing is compiled."""
    if not rows:
        return
    key = ", ".join(column.name for column in table.primary_key.columns)
    new = ", ".join(f"{name} = excluded.{name}" for name in update)
    query = f"{_insert(table.name, columns)} ON CONFLICT ({key}) DO UPDATE SET {new}"
    driver_sql(connection, query, rows)


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({_marks(len(columns))})"  # noqa: S608  names of ours


def driver_sql(connection: Connection, query: str, values: Any = ()) -> CursorResult[*tuple[Any, ...]]:
    """Run a question as it is written, with `?` for each value: nothing is compiled, rows come as they are."""
    if is_postgresql(connection):
        query = _with_percents(query)
    return connection.exec_driver_sql(query, values)


@cache
def _with_percents(query: str) -> str:
    return query.replace("?", "%s")


def find_among(
    connection: Connection, query: str, first: Any, values: Sequence[Any]
) -> Iterator[Row[*tuple[Any, ...]]]:
    """Rows of a question whose last column is one of many values; `first` is the value before. Nothing is compiled."""
    for begin in range(0, len(values), _IN_LIST):
        part = values[begin : begin + _IN_LIST]
        yield from driver_sql(connection, f"{query} IN ({_marks(len(part))})", (first, *part))


@cache
def _marks(count: int) -> str:
    return ", ".join("?" * count)


def among(connection: Connection, column: str) -> str:
    """A condition for `driver_sql`: the column is one of many numbers, given as one value, `numbers`."""
    if is_postgresql(connection):
        return f"{column} = ANY(?)"
    return f"{column} IN (SELECT value FROM json_each(?))"  # noqa: S608  names of ours


def numbers(connection: Connection, values: Iterable[int]) -> object:
    """The value of `among`."""
    return list(values) if is_postgresql(connection) else orjson.dumps(list(values)).decode()


def all_of(connection: Connection, column: str, query: str, values: Any = ()) -> list[int]:
    """The numbers in a column of a question that goes on with FROM.

    One long text from C instead of a row at a time: ten thousands of rows cost more than finding them.
    """
    gathered = f"string_agg({column}::text, ',')" if is_postgresql(connection) else f"group_concat({column})"
    text = driver_sql(connection, f"SELECT {gathered} {query}", values).scalar_one()
    found: list[int] = orjson.loads(f"[{text or ''}]")
    return found


def insert_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert many rows, in the fastest way there is; nothing is compiled."""
    if not rows:
        return
    if is_postgresql(connection) and len(rows) >= _COPIED:
        from entrepot_node.storage.postgresql import copy_rows

        copy_rows(connection, f"COPY {table} ({', '.join(columns)}) FROM STDIN", rows)
        return
    driver_sql(connection, _insert(table, columns), rows)


def take_numbers(connection: Connection, table: str, column: str, count: int) -> int:
    """Give out numbers that were never given before; return the first. The caller writes rows with all of them.

    The caller is the only one who writes (`writing`), so who sees one number sees all lower ones that there will be.
    """
    last = last_number(connection, table, column)
    if is_postgresql(connection):
        set_last_number(connection, table, column, last + count)
    return last + 1


def last_number(connection: Connection, table: str, column: str) -> int:
    """The number that was given out last; 0 if none was."""
    if is_postgresql(connection):
        query = "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)"
        return connection.exec_driver_sql(query, (table, column)).scalar() or 0
    query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
    return connection.exec_driver_sql(query, (table,)).scalar() or 0


def set_last_number(connection: Connection, table: str, column: str, last: int) -> None:
    """Let numbers go on behind one, also where no row has it."""
    if not last:
        return
    if is_postgresql(connection):
        query = "SELECT setval(pg_get_serial_sequence(%s, %s), %s)"
        connection.exec_driver_sql(query, (table, column, last))
        return
    # A row of this table is made with the first row of the other; tables that count by their rows have none.
    there = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).scalar_one()
    if "AUTOINCREMENT" in there:
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        connection.exec_driver_sql("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, last))


@compiles(Text, "postgresql")
def _in_order_of_bytes(type_: Text, _compiler: TypeCompiler, **_: Any) -> str:
    """As SQLite compares, whatever language the database was made for: orders and ranges are the same on both."""
    return 'TEXT COLLATE "C"'
