"""The words of documents in SQLite's FTS5, spread over a few tables.

Spread, because erasing costs as much as the table is large: FTS5 only notes that a row is gone, and the words stay in
its older segments until all of them are written anew (`optimize`). A document lives in the table of its block of
1,024, so that a batch touches one or two. Words come folded and cut already (`searching.terms`), each once in a
document: neither counts nor lengths are kept, since results are not ranked by them. Beginnings of one character have
an index of their own: a single Chinese character, or the s, p and a of S.p.A., would gather the rows of thousands of words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson
from sqlalchemy import Connection

from entrepot_node.searching.question import Question

PARTS = 32
BLOCK = 1_024

Words = tuple[int, str, str, str]  # doc, names, texts, ids


def part_of(doc: int) -> int:
    """The number of the table that holds a document."""
    return doc // BLOCK % PARTS


def insert_words(connection: Connection, words: Sequence[Words]) -> None:
    """Add documents."""
    for part in sorted({part_of(row[0]) for row in words}):
        connection.exec_driver_sql(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS search_words_{part} "
            "USING fts5(names, texts, ids, prefix='1', columnsize=0, tokenize='ascii')"
        )
        connection.exec_driver_sql(
            f"INSERT INTO search_words_{part} (rowid, names, texts, ids) VALUES (?, ?, ?, ?)",  # noqa: S608  a number
            [row for row in words if part_of(row[0]) == part],
        )


def delete_words(connection: Connection, docs: Iterable[int]) -> None:
    """Remove documents. Their words are still in the file until `purge_words`."""
    for doc in docs:
        connection.exec_driver_sql(f"DELETE FROM search_words_{part_of(doc)} WHERE rowid = ?", (doc,))  # noqa: S608


def purge_words(connection: Connection, docs: Iterable[int]) -> None:
    """Write the tables anew that held these documents, so that no word of a removed one is left in them."""
    for part in sorted({part_of(doc) for doc in docs}):
        table = f"search_words_{part}"
        connection.exec_driver_sql(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608  a number


def drop_words(connection: Connection) -> None:
    """Drop all tables."""
    for part in _parts(connection):
        connection.exec_driver_sql(f"DROP TABLE search_words_{part}")


def find_words(connection: Connection, match: str) -> list[int]:
    """The documents that match an expression made by `match_of`."""
    parts = _parts(connection)
    selects = " UNION ALL ".join(
        f"SELECT rowid AS doc FROM search_words_{part} WHERE search_words_{part} MATCH ?1"  # noqa: S608
        for part in parts
    )
    if not parts:
        return []
    # One long text from C instead of a row at a time: ten thousands of rows cost more than finding them.
    query = f"SELECT json_group_array(doc) FROM ({selects})"  # noqa: S608  numbers of our own
    docs: list[int] = orjson.loads(connection.exec_driver_sql(query, (match,)).scalar_one())
    return docs


def match_of(question: Question, *, names_only: bool = False, whole: bool = False) -> str:
    """An FTS5 expression of quoted terms; what was typed never gets there but as letters and digits. May be empty.

    Words are found by their beginnings, or `whole`.
    """
    wanted = [f'"{word}"' if whole else _beginning(word, names_only) for word in question.words]
    wanted += [f'"{" ".join(phrase)}"' for phrase in question.phrases]
    every = " AND ".join(wanted)
    if names_only:
        return f"{{names}} : ({every})" if every else ""
    if question.identifier and not whole:
        own = f'{{ids}} : "{question.identifier}" *'
        return f"({every}) OR ({own})" if every else own
    return every


def _beginning(word: str, names_only: bool) -> str:
    # The ids of one record in thirty begin with any letter, by chance.
    texts = "{names texts} : " if len(word) == 1 and not names_only else ""
    return f'{texts}"{word}" *'


def _parts(connection: Connection) -> list[int]:
    """Which tables there are: they fill one after the other."""
    last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'search_docs'").scalar()
    return list(range(min(PARTS, last // BLOCK + 1))) if last else []
