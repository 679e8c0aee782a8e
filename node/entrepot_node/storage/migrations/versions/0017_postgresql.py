"""What only a PostgreSQL database needs: tables of words, which tables erasures have touched, and no statistics of contents.

The most frequent and the outermost values of a column are copied to the catalogue of the database, where no erasure
reaches them.
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"

_CONTENTS = {
    "versions": ("raw",),
    "held_contents": ("raw",),
    "search_docs": ("sort_name", "facets"),
    "search_names": ("name",),
    "identifiers": ("id", "scheme"),
    "relations": ("from_subject", "to_subject"),
}


def upgrade() -> None:
    """Create the tables; `search_index.fill_if_outdated` fills those of words."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        'CREATE TABLE erased_tables (name text COLLATE "C" CONSTRAINT pk_erased_tables PRIMARY KEY, xid bigint NOT NULL)'
    )
    for part in range(32):
        table = f"search_words_{part}"
        op.execute(
            f"CREATE TABLE {table} (doc bigint CONSTRAINT pk_{table} PRIMARY KEY, words tsvector NOT NULL, "
            'names text COLLATE "C" NOT NULL, others text COLLATE "C" NOT NULL)'
        )
        op.execute(f"CREATE INDEX ix_{table}_words ON {table} USING gin (words)")
        _keep_no_statistics(table, "words", "names", "others")
    for table, columns in _CONTENTS.items():
        _keep_no_statistics(table, *columns)


def _keep_no_statistics(table: str, *columns: str) -> None:
    changes = ", ".join(f"ALTER COLUMN {column} SET STATISTICS 0" for column in columns)
    op.execute(f"ALTER TABLE {table} {changes}")
