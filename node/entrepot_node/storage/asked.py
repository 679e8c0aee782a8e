"""Questions that nearly every request asks: written and compiled once, and put to the driver itself.

SQLAlchemy takes five times as long around such a question as the store to answer it. One statement sees one moment, so no
transaction is begun. Whatever goes wrong is left to the usual way, which asks again and says what it means.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Select
from sqlalchemy.engine.interfaces import DBAPICursor

from entrepot_node.storage.engine import reading

_FLOAT8 = (
    701  # what PostgreSQL calls numbers of a column of `Float`; the processors of other types do not ask
)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A question as a driver takes it. `values` has what was bound beforehand; `order` the names where places count."""

    text: str
    values: dict[str, Any]
    order: Sequence[str] | None
    make_row: Callable[[Sequence[Any]], Any]
    processors: Sequence[tuple[int, Callable[[Any], Any]]]


class Asked:
    """A SELECT with bound parameters. `write` makes it when it is first asked."""

    def __init__(self, write: Callable[[], Select[Any]]) -> None:
        self._write = write
        self._query: Select[Any] | None = None
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, engine: Engine, **values: Any) -> list[Any]:
        """All rows, with the columns as attributes."""
        compiled = self._compiled.get(engine.dialect.name) or self._compile(engine)
        bound = {**compiled.values, **values}
        parameters = bound if compiled.order is None else [bound[name] for name in compiled.order]
        try:
            found = _fetch(engine, compiled.text, parameters)
        except Exception:
            with reading(engine) as connection:
                return list(connection.execute(self._select(), values))
        if compiled.processors:
            found = [_processed(row, compiled.processors) for row in found]
        return [compiled.make_row(row) for row in found]

    def scalars(self, engine: Engine, **values: Any) -> list[Any]:
        """The first column of all rows."""
        return [row[0] for row in self.rows(engine, **values)]

    def _select(self) -> Select[Any]:
        if self._query is None:
            self._query = self._write()
        return self._query

    def _compile(self, engine: Engine) -> _Compiled:
        query, dialect = self._select(), engine.dialect
        written = query.compile(dialect=dialect)
        processors = []
        for place, column in enumerate(query.selected_columns):
            process = column.type.dialect_impl(dialect).result_processor(dialect, _FLOAT8)
            if process is not None:
                processors.append((place, process))
        make_row = _row_type([str(column.name) for column in query.selected_columns])
        compiled = _Compiled(str(written), dict(written.params), written.positiontup, make_row, processors)
        self._compiled[dialect.name] = compiled
        return compiled


def _row_type(names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    make_type: Any = namedtuple
    make: Callable[[Sequence[Any]], Any] = make_type("Row", names)._make
    return make


def _fetch(engine: Engine, text: str, parameters: Any) -> list[Sequence[Any]]:
    pooled = engine.raw_connection()
    try:
        cursor: DBAPICursor = pooled.cursor()
        try:
            cursor.execute(text, parameters)
            return list(cursor.fetchall())
        finally:
            cursor.close()
    finally:
        pooled.close()


def _processed(row: Sequence[Any], processors: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    made = list(row)
    for place, process in processors:
        made[place] = process(made[place])
    return made
