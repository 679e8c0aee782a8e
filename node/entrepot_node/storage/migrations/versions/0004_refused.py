"""An index of refused versions alone: they are few, and listed by place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the index."""
    op.create_index(
        "ix_versions_refused",
        "versions",
        ["feed_id", "idx"],
        sqlite_where=sa.text("status = 'refused'"),
        postgresql_where=sa.text("status = 'refused'"),
    )
