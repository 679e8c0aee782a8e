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
    query = (
        "SELECT doc FROM search_docs WHERE (feed_id, idx) IN (SELECT feed_id, idx FROM versions "
        "WHERE subject IN (SELECT name FROM hidings WHERE ended_at IS NULL))"
    )
    return BitMap(connection.exec_driver_sql(query).scalars())
