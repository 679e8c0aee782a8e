"""Fewer indexes in the order of random ids: in a store of a million records each made a pull pay for a page a record."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Find subjects by their versions, and documents by the place of their version."""
    op.drop_index("ix_subjects_subject", "subjects")
    op.drop_index("ix_versions_feed_id_subject", "versions")
    op.drop_index("ix_search_docs_feed_id_subject", "search_docs")
    op.create_index("ix_versions_subject_feed_id", "versions", ["subject", "feed_id"])
    op.create_index("ix_search_docs_feed_id_idx", "search_docs", ["feed_id", "idx"])


def downgrade() -> None:
    """Not supported: a node goes back by restoring a backup."""
    raise NotImplementedError
