"""Indexes of what is rare and asked for often: versions that are not stored, withdrawn subjects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Create them."""
    _create("ix_versions_unstored", "versions", "idx", "status NOT IN ('stored', 'erased')")
    _create("ix_subjects_withdrawn", "subjects", "subject", "withdrawn_at IS NOT NULL")


def _create(name: str, table: str, column: str, where: str) -> None:
    rare = sa.text(where)
    op.create_index(name, table, ["feed_id", column], sqlite_where=rare, postgresql_where=rare)


def downgrade() -> None:
    """Not supported: a node goes back by restoring a backup."""
    raise NotImplementedError
