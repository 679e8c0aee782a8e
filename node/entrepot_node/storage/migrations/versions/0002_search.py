"""What searching needs: documents, names, identifiers, relations, and what was removed.

The full-text tables are made when the first document needs them, by `word_index`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables; `search_index.fill_if_outdated` fills them."""
    op.create_table(
        "search_docs",
        sa.Column("doc", _SEQUENCE, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("facets", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("doc", name="pk_search_docs"),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_search_docs_feed_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_docs_feed_id_subject", "search_docs", ["feed_id", "subject"])
    op.create_index("ix_search_docs_sort_name_doc", "search_docs", ["sort_name", "doc"])
    _create_values("search_names", "name")
    _create_values("identifiers", "id", "scheme")
    op.create_table(
        "relations",
        sa.Column("doc", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_subject", sa.Text(), nullable=False),
        sa.Column("to_subject", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("doc", name="pk_relations"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_relations_from_subject", "relations", ["from_subject"])
    op.create_index("ix_relations_to_subject", "relations", ["to_subject"])
    op.create_table(
        "search_removed",
        sa.Column("seq", _SEQUENCE, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("doc", sa.BigInteger(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_search_removed"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_removed_feed_id_subject", "search_removed", ["feed_id", "subject"])


def _create_values(table: str, *columns: str) -> None:
    op.create_table(
        table,
        *(sa.Column(name, sa.Text(), nullable=False) for name in columns),
        sa.Column("doc", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*columns, "doc", name=f"pk_{table}"),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_{table}_doc", table, ["doc"])


def downgrade() -> None:
    """Not supported: a node goes back by restoring a backup."""
    raise NotImplementedError
