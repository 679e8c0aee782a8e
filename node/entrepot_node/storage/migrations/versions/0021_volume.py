"""How many bytes are stored of a feed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the column, and count once."""
    op.add_column("feeds", sa.Column("volume", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.execute(
        "UPDATE feeds SET volume = "
        "(SELECT coalesce(sum(length(raw)), 0) FROM entries WHERE entries.feed_id = feeds.id) + "
        "(SELECT coalesce(sum(length(raw)), 0) FROM versions WHERE versions.feed_id = feeds.id)"
    )
