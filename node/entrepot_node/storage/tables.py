"""The tables of a node, one model for our own feed and those we follow.

`subjects.live_index` alone says what is live; `versions` holds one row for each effective `publish` or `keys`
entry, with the bytes while they may be kept. Everything a reader of the log could derive again stands here only
to be fast; the entries are the truth. What searches are answered from stands in `search_tables`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Sequence = BigInteger().with_variant(Integer, "sqlite")

UNSTORED = "status NOT IN ('stored', 'erased')"
"""What is rare among versions. An index of them serves questions in these very words."""

feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("origin", Text, nullable=False),
    Column("own", Boolean, nullable=False),
    Column("scid", Text, nullable=False),
    Column("key_log", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("head_size", BigInteger, nullable=False),
    Column("head_root", LargeBinary, nullable=False),
    Column("head_note", LargeBinary, nullable=False),
    Column("head_at", Float, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_code", Text, nullable=False),
    Column("state_text", Text, nullable=False),
    Column("superseded", Boolean, nullable=False, server_default=false()),
    Column("volume", BigInteger, nullable=False, server_default=text("0")),
    sqlite_autoincrement=True,  # an id is never used again: a pull that is under way may still hold it
)

follows = Table(
    "follows",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("base_url", Text, nullable=False),
    Column("allow_private", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("growth_limit", BigInteger, nullable=False),
    Column("added_at", Float, nullable=False),
    Column("etag", Text, nullable=False),
    Column("next_at", Float, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("attempt_at", Float),
    Column("success_at", Float),
    Column("last_code", Text, nullable=False),
    Column("last_text", Text, nullable=False),
    Column("lease_owner", Text, nullable=False),
    Column("lease_until", Float, nullable=False),
    Column("mirror", Boolean, nullable=False, server_default=false()),
    Column("source", Text, nullable=False, server_default=text("''")),
    Column("source_at", Float),
    Column("grown_from", BigInteger, nullable=False, server_default=text("0")),
    Column("grown_since", Float, nullable=False, server_default=text("0")),
    Column("woken_at", Float, nullable=False, server_default=text("0")),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("lease_owner", Text, nullable=False),
    Column("lease_until", Float, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("raw", LargeBinary, nullable=False),
    Column("code", Text, nullable=False),
    sqlite_with_rowid=False,
)

tiles = Table(
    "tiles",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("hashes", LargeBinary, nullable=False),
)

subjects = Table(
    "subjects",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("last_index", BigInteger, nullable=False),
    Column("publishes", BigInteger, nullable=False),
    Column("live_index", BigInteger),
    Column("withdrawn_at", BigInteger),
    Index(
        "ix_subjects_withdrawn",
        "feed_id",
        "subject",
        sqlite_where=text("withdrawn_at IS NOT NULL"),
        postgresql_where=text("withdrawn_at IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

versions = Table(
    "versions",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("raw", LargeBinary),
    Column("code", Text, nullable=False),
    Column("pointer", Text, nullable=False),
    UniqueConstraint("feed_id", "digest"),
    # The one way to a subject whose feed is not known. Each index in the order of random ids costs a page a record in
    # a large store, so that there are no more of them than it takes.
    Index(None, "subject", "feed_id"),
    # Few are refused, and they are asked for by place: without it every listing would read all versions.
    Index(
        "ix_versions_refused",
        "feed_id",
        "idx",
        sqlite_where=text("status = 'refused'"),
        postgresql_where=text("status = 'refused'"),
    ),
    # Few are not as they should be, and each pull and each start asks for them.
    Index(
        "ix_versions_unstored",
        "feed_id",
        "idx",
        sqlite_where=text(UNSTORED),
        postgresql_where=text(UNSTORED),
    ),
)

held_contents = Table(
    "held_contents",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("raw", LargeBinary, nullable=False),
    Column("due_at", Float, nullable=False),
)

turnovers = Table(
    "turnovers",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("feed_id", ForeignKey("feeds.id"), nullable=False),
    Column("pulled_at", Float, nullable=False),
    Column("withdrawn", BigInteger, nullable=False),
    Column("appeared", BigInteger, nullable=False),
    Index(None, "feed_id", "pulled_at"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("feed_name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("success_at", Float),
    Column("attempt_at", Float, nullable=False),
    Column("next_at", Float, nullable=False),
    Column("asked_size", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("code", Text, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("feed_id", ForeignKey("feeds.id"), nullable=False),
    Column("idx", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

hidings = Table(
    "hidings",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("hidden_at", Float, nullable=False),
    Column("ended_at", Float),
    Index(
        "ix_hidings_active",
        "name",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("feed_id", ForeignKey("feeds.id"), nullable=False),
    Column("found_at", Float, nullable=False),
    Column("raw", LargeBinary, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("name", Text, primary_key=True),
    Column("raw", LargeBinary, nullable=False),
)

import_keys = Table(
    "import_keys",
    metadata,
    Column("list", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

answers = Table(
    "answers",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("request", LargeBinary, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("made_at", Float, nullable=False, index=True),
)

# Vouching: who cosigned our heads, what others cosigned, who the peers are.

cosignatures = Table(
    "cosignatures",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("line", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("newest_time", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

pushes = Table(
    "pushes",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("feed_name", Text, nullable=False),
    Column("witness", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("tried_size", BigInteger, nullable=False),
    Column("ahead_size", BigInteger, nullable=False),
    Column("next_at", Float, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("attempt_at", Float),
    Column("success_at", Float),
    Column("last_code", Text, nullable=False),
    Column("last_text", Text, nullable=False),
    Column("lease_owner", Text, nullable=False),
    Column("lease_until", Float, nullable=False),
)

peer_documents = Table(
    "peer_documents",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("raw", LargeBinary, nullable=False),
    Column("witness", Text, nullable=False),
    Column("fetched_at", Float, nullable=False),
    Column("etag", Text, nullable=False, server_default=text("''")),
)

reported_heads = Table(
    "reported_heads",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("reporter", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
)

log_evidence = Table(
    "log_evidence",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("log", Text, nullable=False),
    Column("found_at", Float, nullable=False),
    Column("raw", LargeBinary, nullable=False),
)

# Nodes that are not followed: who said hello, who may be pushed to, whom peers know.

hellos = Table(
    "hellos",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("scid", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("key_log", LargeBinary, nullable=False),
    Column("said_at", BigInteger, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("refused", Boolean, nullable=False),
)

followers = Table(
    "followers",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("scid", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("allow_private", Boolean, nullable=False),
    Column("key_log", LargeBinary, nullable=False),
    Column("approved_at", Float, nullable=False),
    Column("next_at", Float, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("code", Text, nullable=False),
)

rivals = Table(
    "rivals",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("scid", Text, nullable=False),
    Column("seen_at", Float, nullable=False),
)

greetings = Table(
    "greetings",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("said", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("said_at", Float, nullable=False),
    Column("next_at", Float, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("code", Text, nullable=False),
)

known_nodes = Table(
    "known_nodes",
    metadata,
    Column("place", Sequence, primary_key=True, autoincrement=True),
    Column("origin", Text, nullable=False),
    Column("scid", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("through", Text, nullable=False),
    UniqueConstraint("through", "origin"),
    sqlite_autoincrement=True,  # a place is never used again: readers go on behind the last one they know
)

list_readings = Table(
    "list_readings",
    metadata,
    Column("through", Text, primary_key=True),
    Column("next_at", Float, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("code", Text, nullable=False),
)
