"""What pulls took from view and brought within a day, for the brake on mass withdrawal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Create the table; the first day is counted from here."""
    op.create_table(
        "turnovers",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("pulled_at", sa.Float(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), nullable=False),
        sa.Column("appeared", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_turnovers"),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_turnovers_feed_id"),
    )
    op.create_index("ix_turnovers_feed_id_pulled_at", "turnovers", ["feed_id", "pulled_at"])
