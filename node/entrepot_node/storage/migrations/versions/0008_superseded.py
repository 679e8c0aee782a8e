"""Which feeds are history: a higher one of the same origin has taken their place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column; no store has more than one feed of an origin yet.

    The table is not made anew: then ids of feeds that are gone would be given again.
    """
    op.add_column("feeds", sa.Column("superseded", sa.Boolean(), nullable=False, server_default=sa.false()))
