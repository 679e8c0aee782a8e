"""The tag a node document came with, so that it is not sent again while it is the same."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the column; the next document that is fetched fills it."""
    op.add_column(
        "peer_documents", sa.Column("etag", sa.Text(), nullable=False, server_default=sa.text("''"))
    )
