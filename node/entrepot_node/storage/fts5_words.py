"""The words of documents in SQLite's FTS5.

A row that goes is only noted by FTS5, and its words stay in older segments until all of them are written anew
(`optimize`). Beginnings of one character have an index of their own: a single Chinese character, or the s, p and a of
S.p.A., would gather the rows of thousands of words.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from entrepot_node.storage.dialect import all_of
from entrepot_node.storage.word_parts import Match, Words, by_part, parts_between, parts_of


def insert_words(connection: Connection, words: Sequence[Words]) -> None:
    """Add documents."""
    for part, rows in by_part(words):
        connection.exec_driver_sql(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS search_words_{part} "
            "USING fts5(names, texts, ids, prefix='1', columnsize=0, tokenize='ascii')"
        )
        connection.exec_driver_sql(
            f"INSERT INTO search_words_{part} (rowid, names, texts, ids) VALUES (?, ?, ?, ?)",  # noqa: S608  a number of ours
            rows,
        )


def delete_words(connection: Connection, docs: Sequence[int]) -> None:
    """Remove documents. Their words are still in the file until `purge_words`."""
    for part, gone in parts_of(docs):
        query = f"DELETE FROM search_words_{part} WHERE rowid = ?"  # noqa: S608  a number of ours
        connection.exec_driver_sql(query, [(doc,) for doc in gone])


def purge_words(connection: Connection, docs: Sequence[int]) -> None:
    """Write the tables anew that held these documents, so that no word of a removed one is left in them."""
    for part, _ in parts_of(docs):
        table = f"search_words_{part}"
        connection.exec_driver_sql(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608  a number of ours


def drop_words(connection: Connection) -> None:
    """Drop all tables."""
    last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'search_docs'").scalar()
    for part in parts_between(0, last or 0):
        connection.exec_driver_sql(f"DROP TABLE search_words_{part}")


def find_words(connection: Connection, match: Match, *, behind: int, last: int) -> list[int]:
    """The documents that match, of those behind one up to the last."""
    selects = " UNION ALL ".join(
        f"SELECT rowid AS doc FROM search_words_{part} WHERE search_words_{part} MATCH ?1 AND rowid > ?2"  # noqa: S608  a number of ours
        for part in parts_between(behind, last)
    )
    return all_of(connection, "doc", f"FROM ({selects})", (_expression(match), behind)) if selects else []


def _expression(match: Match) -> str:
    """An FTS5 expression of quoted terms."""
    wanted = [f'"{word}"' if match.whole else _beginning(word, match) for word in match.words]
    wanted += [f'"{" ".join(phrase)}"' for phrase in match.phrases]
    every = " AND ".join(wanted)
    if match.names_only:
        return f"{{names}} : ({every})"
    if match.identifier:
        own = f'{{ids}} : "{match.identifier}" *'
        return f"({every}) OR ({own})" if every else own
    return every


def _beginning(word: str, match: Match) -> str:
    texts = "{names texts} : " if len(word) == 1 and not match.names_only else ""
    return f'{texts}"{word}" *'
