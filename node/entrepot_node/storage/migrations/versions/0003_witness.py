"""What vouching needs: cosignatures of our heads, pushes to peers, their node documents, heads they reported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "cosignatures",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("newest_time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "name", name="pk_cosignatures"),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_cosignatures_feed_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pushes",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("feed_name", sa.Text(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("tried_size", sa.BigInteger(), nullable=False),
        sa.Column("ahead_size", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("attempt_at", sa.Float()),
        sa.Column("success_at", sa.Float()),
        sa.Column("last_code", sa.Text(), nullable=False),
        sa.Column("last_text", sa.Text(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name="pk_pushes"),
    )
    op.create_table(
        "peer_documents",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name="pk_peer_documents"),
    )
    op.create_table(
        "reported_heads",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "reporter", name="pk_reported_heads"),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_reported_heads_feed_id"),
    )


def downgrade() -> None:
    """Not supported: a node goes back by restoring a backup."""
    raise NotImplementedError
