"""How many bytes are stored of a feed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the column, and count once."""
    op.add_column("feeds", sa.Column("volume", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    counts = [
        f"(SELECT coalesce(sum(length(raw)), 0) FROM {table} WHERE {table}.feed_id = feeds.id)"  # noqa: S608  names of ours
        for table in ("entries", "versions", "held_contents")
    ]
    op.execute(f"UPDATE feeds SET volume = {' + '.join(counts)}")  # noqa: S608  names of ours
