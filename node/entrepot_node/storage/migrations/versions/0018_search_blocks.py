"""The bitmaps of facets in the store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Create the table; `facet_blocks.seal_blocks` fills it."""
    op.create_table(
        "search_blocks",
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("docs", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("block", "facet", "value", name="pk_search_blocks"),
    )
    if op.get_bind().dialect.name == "postgresql":  # no erasure reaches what the catalogue says of contents
        op.execute(
            "ALTER TABLE search_blocks ALTER COLUMN value SET STATISTICS 0, ALTER COLUMN docs SET STATISTICS 0"
        )


def downgrade() -> None:
    """Not supported: a node goes back by restoring a backup."""
    raise NotImplementedError
