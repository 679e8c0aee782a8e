"""The first schema: feeds, entries, tiles, subjects, versions, changes, follows."""

from __future__ import annotations

from alembic import op

from entrepot_node.storage.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create all tables. The first migration may use today's metadata; later ones spell out their steps."""
    metadata.create_all(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """Not supported: a node goes back by restoring a backup."""
    raise NotImplementedError
