"""The tables that searches are answered from: one document for each live stored record, made anew from `versions` at any time."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from entrepot_node.storage.tables import Sequence, metadata

search_docs = Table(
    "search_docs",
    metadata,
    Column("doc", Sequence, primary_key=True, autoincrement=True),
    Column("feed_id", ForeignKey("feeds.id"), nullable=False),
    Column("idx", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("sort_name", Text, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("facets", LargeBinary, nullable=False),
    Index(None, "feed_id", "idx"),
    Index("ix_search_docs_sort_name_doc", "sort_name", "doc"),
    sqlite_autoincrement=True,  # readers ask for what is new behind the last one they know
)

search_names = Table(
    "search_names",
    metadata,
    Column("name", Text, primary_key=True),
    Column("doc", BigInteger, primary_key=True),
    Index(None, "doc"),
    sqlite_with_rowid=False,
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("scheme", Text, primary_key=True),
    Column("doc", BigInteger, primary_key=True),
    Index(None, "doc"),
    sqlite_with_rowid=False,
)

relations = Table(
    "relations",
    metadata,
    Column("doc", BigInteger, primary_key=True, autoincrement=False),
    Column("from_subject", Text, nullable=False),
    Column("to_subject", Text, nullable=False),
    Index(None, "from_subject"),
    Index(None, "to_subject"),
    sqlite_with_rowid=False,
)

search_removed = Table(
    "search_removed",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("doc", BigInteger, nullable=False),
    Column("feed_id", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Index(None, "feed_id", "subject"),
    sqlite_autoincrement=True,
)

search_blocks = Table(
    "search_blocks",
    metadata,
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("facet", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("docs", LargeBinary, nullable=False),
)

SEARCH_TABLES = (search_docs, search_names, identifiers, relations, search_removed, search_blocks)
"""All of them, but for those of words, which each kind of database makes in its own way."""
