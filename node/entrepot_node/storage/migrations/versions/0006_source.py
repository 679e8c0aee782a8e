"""Which mirror a feed came from while its own node was silent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("follows", recreate="always" if on_sqlite else "never") as follows:
        follows.add_column(sa.Column("source", sa.Text(), nullable=False, server_default=sa.text("''")))
        follows.add_column(sa.Column("source_at", sa.Float()))
