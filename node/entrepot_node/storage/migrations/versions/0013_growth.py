"""How far a followed feed has grown in its present day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns; the day of a follow begins with its next pull."""
    op.add_column(
        "follows", sa.Column("grown_from", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column(
        "follows", sa.Column("grown_since", sa.Float(), nullable=False, server_default=sa.text("0"))
    )
