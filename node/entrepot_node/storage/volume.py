"""How many bytes are stored of a feed (LOG-91): whoever writes or erases some says so in the same transaction."""

from __future__ import annotations

from sqlalchemy import Connection, func, update

from entrepot_node.storage.tables import feeds, versions

BYTES = func.coalesce(func.length(versions.c.raw), 0)
"""How many bytes are stored of a version."""


def add_volume(connection: Connection, feed_id: int, more: int) -> None:
    """Note that so many bytes have come, or where `more` is below 0 have gone."""
    if more:
        connection.execute(update(feeds).where(feeds.c.id == feed_id).values(volume=feeds.c.volume + more))
