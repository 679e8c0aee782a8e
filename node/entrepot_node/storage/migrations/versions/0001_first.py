"""The first schema: feeds, entries, tiles, subjects, versions, changes, follows.

Every step is written out, so that this migration makes the same tables whatever `tables` says later.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create all tables."""
    _create_feeds()
    _create_log()
    _create_records()
    _create_rest()


def downgrade() -> None:
    """Not supported: a node goes back by restoring a backup."""
    raise NotImplementedError


def _feed_id() -> sa.Column[int]:
    return sa.Column("feed_id", sa.Integer(), nullable=False)


def _of_feed(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=f"fk_{table}_feed_id")


def _create_feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("scid", sa.Text(), nullable=False),
        sa.Column("key_log", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("head_size", sa.BigInteger(), nullable=False),
        sa.Column("head_root", sa.LargeBinary(), nullable=False),
        sa.Column("head_note", sa.LargeBinary(), nullable=False),
        sa.Column("head_at", sa.Float(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_code", sa.Text(), nullable=False),
        sa.Column("state_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
        sa.UniqueConstraint("name", name="uq_feeds_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "follows",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("allow_private", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("growth_limit", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.Float(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("attempt_at", sa.Float()),
        sa.Column("success_at", sa.Float()),
        sa.Column("last_code", sa.Text(), nullable=False),
        sa.Column("last_text", sa.Text(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", name="pk_follows"),
        _of_feed("follows"),
    )


def _create_log() -> None:
    op.create_table(
        "entries",
        _feed_id(),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "idx", name="pk_entries"),
        _of_feed("entries"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tiles",
        _feed_id(),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "level", "n", name="pk_tiles"),
        _of_feed("tiles"),
    )
    op.create_table(
        "changes",
        sa.Column("seq", _SEQUENCE, primary_key=True, autoincrement=True, nullable=False),
        _feed_id(),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_changes"),
        _of_feed("changes"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "evidence",
        sa.Column("id", _SEQUENCE, primary_key=True, autoincrement=True, nullable=False),
        _feed_id(),
        sa.Column("found_at", sa.Float(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        _of_feed("evidence"),
    )


def _create_records() -> None:
    op.create_table(
        "subjects",
        _feed_id(),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("last_index", sa.BigInteger(), nullable=False),
        sa.Column("publishes", sa.BigInteger(), nullable=False),
        sa.Column("live_index", sa.BigInteger()),
        sa.Column("withdrawn_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("feed_id", "subject", name="pk_subjects"),
        _of_feed("subjects"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_subjects_subject", "subjects", ["subject"])
    op.create_table(
        "versions",
        _feed_id(),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary()),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("pointer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "idx", name="pk_versions"),
        sa.UniqueConstraint("feed_id", "digest", name="uq_versions_feed_id_digest"),
        _of_feed("versions"),
    )
    op.create_index("ix_versions_feed_id_subject", "versions", ["feed_id", "subject"])


def _create_rest() -> None:
    op.create_table(
        "documents",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_documents"),
    )
    op.create_table(
        "import_keys",
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("list", "key", name="pk_import_keys"),
        sqlite_with_rowid=False,
    )
