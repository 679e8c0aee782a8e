"""Where a node shows feeds of others: below the SHA-256 of their names (EXC-94, FED-21)."""

from __future__ import annotations

from hashlib import sha256


def feed_hash(name: str) -> str:
    """What stands for the name of a feed, or of any log, in a path."""
    return sha256(name.encode("utf-8")).hexdigest()


def mirror_path(feed_name: str) -> str:
    """Where a mirror serves a whole feed; its paths begin with this."""
    return f"/mirror/{feed_hash(feed_name)}"


def witness_path(feed_name: str, prefix: str = "/witness") -> str:
    """Where a witness shows the newest head that it cosigned; `prefix` stands before all of its paths."""
    return f"{prefix}/{feed_hash(feed_name)}/checkpoint"
