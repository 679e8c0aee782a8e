"""Where a page of results ended, as one opaque word. A position is a key in the order of results, never a count.

It holds a digest of the question, so that a position in other results is told from one in these.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import orjson

from entrepot_node.storage.search import SearchQuery
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Misuse

_LONGEST = 1_000
_MOST = 2**62


@dataclass(frozen=True, slots=True)
class Position:
    """The last result of a page: its group and day, or its name, and its document."""

    group: int
    day: int
    doc: int
    name: str = ""


def write_position(position: Position, query: SearchQuery) -> str:
    """Write a position in the results of a query."""
    parts = [_digest(query), position.group, position.day, position.doc, position.name]
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode("ascii").rstrip("=")


def read_position(query: SearchQuery) -> Position | None:
    """Read where a query goes on, None at its start; `Misuse` for what was not given for this query."""
    if not query.after:
        return None
    position = _read(query.after, _digest(query))
    if position is None or write_position(position, query) != query.after:
        raise Misuse("http.cursor", "this cursor was not given by this node for this search")
    return position


def _read(text: str, digest: str) -> Position | None:
    try:
        parts = orjson.loads(base64.b64decode(text[:_LONGEST] + "=" * (-len(text) % 4), b"-_", validate=True))
    except ValueError:
        return None
    match parts:
        case [str() as about, int() as group, int() as day, int() as doc, str() as name] if about == digest:
            return (
                Position(group, day, doc, name)
                if 0 <= min(group, day, doc) <= max(group, day, doc) < _MOST
                else None
            )
    return None


def _digest(query: SearchQuery) -> str:
    filters = sorted((name, sorted(set(values))) for name, values in query.filters.items())
    about = orjson.dumps([query.words.strip(), filters, query.sort], option=orjson.OPT_NON_STR_KEYS)
    return sha256(about).hex()[:12]
