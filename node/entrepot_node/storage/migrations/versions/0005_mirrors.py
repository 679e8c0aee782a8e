"""Which follows are mirrored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("follows", recreate="always" if on_sqlite else "never") as follows:
        follows.add_column(sa.Column("mirror", sa.Boolean(), nullable=False, server_default=sa.false()))
