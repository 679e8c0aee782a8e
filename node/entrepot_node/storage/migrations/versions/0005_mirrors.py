"""Which follows are mirrored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("follows", recreate="always") as follows:
        follows.add_column(sa.Column("mirror", sa.Boolean(), nullable=False, server_default=sa.text("0")))
