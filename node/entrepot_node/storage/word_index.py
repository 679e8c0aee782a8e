"""The index of words of a store: FTS5 in SQLite, tsvector in PostgreSQL. Both find the same (`word_parts.Match`)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from entrepot_node.storage import fts5_words, tsvector_words
from entrepot_node.storage.engine import is_postgresql
from entrepot_node.storage.word_parts import Match, Words


def insert_words(connection: Connection, words: Sequence[Words]) -> None:
    """Add documents."""
    (tsvector_words if is_postgresql(connection) else fts5_words).insert_words(connection, words)


def delete_words(connection: Connection, docs: Sequence[int]) -> None:
    """Remove documents. Their words may be found on the disk until `purge_words`."""
    (tsvector_words if is_postgresql(connection) else fts5_words).delete_words(connection, docs)


def purge_words(connection: Connection, docs: Sequence[int]) -> None:
    """See to it that no word of removed documents is left where these were; in PostgreSQL when all that was erased is."""
    if is_postgresql(connection):
        tsvector_words.purge_words(connection, docs)
    else:
        fts5_words.purge_words(connection, docs)


def drop_words(connection: Connection) -> None:
    """Forget all documents."""
    (tsvector_words if is_postgresql(connection) else fts5_words).drop_words(connection)


def find_words(connection: Connection, match: Match, *, behind: int = 0, last: int) -> list[int]:
    """The documents that match, of those behind one up to the last."""
    if is_postgresql(connection):
        return tsvector_words.find_words(connection, match, behind=behind, last=last)
    return fts5_words.find_words(connection, match, behind=behind, last=last)
