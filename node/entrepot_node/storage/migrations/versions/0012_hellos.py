"""Who said hello, who may be pushed to, whom peers know."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "hellos",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("scid", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("key_log", sa.LargeBinary(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name="pk_hellos"),
    )
    op.create_table(
        "followers",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("scid", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("allow_private", sa.Boolean(), nullable=False),
        sa.Column("key_log", sa.LargeBinary(), nullable=False),
        sa.Column("approved_at", sa.Float(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name="pk_followers"),
    )
    op.create_table(
        "rivals",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("scid", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name="pk_rivals"),
    )
    op.create_table(
        "greetings",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("said_at", sa.Float(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name="pk_greetings"),
    )
    op.create_table(
        "known_nodes",
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("scid", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("through", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_known_nodes"),
        sa.UniqueConstraint("through", "origin", name="uq_known_nodes_through_origin"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "list_readings",
        sa.Column("through", sa.Text(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("through", name="pk_list_readings"),
    )
