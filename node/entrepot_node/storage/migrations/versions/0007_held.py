"""Contents of a mass withdrawal that are not deleted yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "held_contents",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "idx", name="pk_held_contents"),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_held_contents_feed_id"),
    )
