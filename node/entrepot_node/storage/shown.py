"""What readers are shown (FED-70): one condition for all questions over `versions` and `feeds`, and the same for searching."""

from __future__ import annotations

from pyroaring import BitMap
from sqlalchemy import Connection, text

_HIDDEN = "EXISTS (SELECT 1 FROM hidings WHERE ended_at IS NULL AND name IN (versions.subject, feeds.origin))"

HIDDEN = text(_HIDDEN)
SHOWN = text(f"NOT {_HIDDEN}")


def shown_feeds(connection: Connection) -> dict[str, int]:
    """The live feed of each origin that is not hidden; what lower ones say is history."""
    query = (
        "SELECT origin, id FROM feeds WHERE NOT superseded "
        "AND origin NOT IN (SELECT name FROM hidings WHERE ended_at IS NULL)"
    )
    return {row.origin: row.id for row in connection.exec_driver_sql(query)}


def hidden_docs(connection: Connection) -> BitMap:
    """The documents of subjects that are hidden by their id.

    They stay in the index of words, as those of hidden origins do: hiding and showing again cost nothing.
    """
    # CROSS JOIN keeps SQLite to this order: few or none are hidden, and it would begin with all documents.
    query = (
        "SELECT doc FROM hidings CROSS JOIN subjects CROSS JOIN search_docs WHERE ended_at IS NULL "
        "AND subjects.subject = name AND search_docs.feed_id = subjects.feed_id AND search_docs.subject = name"
    )
    return BitMap(connection.exec_driver_sql(query).scalars())
