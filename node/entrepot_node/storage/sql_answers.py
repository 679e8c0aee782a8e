"""Answers on SQLAlchemy Core; what they are for stands in `answers`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Connection, Engine, delete, insert

from entrepot_node.storage.answers import ANSWER_SECONDS, AnswerRow
from entrepot_node.storage.dialect import find_among
from entrepot_node.storage.engine import reading, writing
from entrepot_node.storage.tables import answers


class SqlAnswers:
    """The table of answers, as a part of a store."""

    _engine: Engine
    _now: Callable[[], float]

    def keep_answers(self, answers: Iterable[AnswerRow]) -> None:
        rows = list(answers)
        if rows:
            with writing(self._engine) as connection:
                write_answers(connection, rows, now=self._now())

    def answers(self, keys: Iterable[bytes]) -> dict[bytes, AnswerRow]:
        query = "SELECT key, request, raw FROM answers WHERE made_at > ? AND key"
        oldest = self._now() - ANSWER_SECONDS
        with reading(self._engine) as connection:
            found = [AnswerRow(*row) for row in find_among(connection, query, oldest, list(keys))]
        return {one.key: one for one in found}


def write_answers(connection: Connection, rows: Iterable[AnswerRow], *, now: float) -> None:
    """Write answers within the caller's transaction, and forget those that are too old."""
    values = [{"key": row.key, "request": row.request, "raw": row.raw, "made_at": now} for row in rows]
    if values:
        connection.execute(delete(answers).where(answers.c.made_at <= now - ANSWER_SECONDS))
        connection.execute(insert(answers), values)
