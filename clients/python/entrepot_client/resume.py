"""Where an iteration stands: the cursor of its page and how many items of that page were taken.

The token is for `resume=` of the same call later, in another process if need be. It is opaque to everybody else.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrepot_schema.errors import Misuse

_MOST_TAKEN = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A page and how many of its items were handed out."""

    cursor: str = ""
    taken: int = 0

    def __str__(self) -> str:
        return f"{self.taken}:{self.cursor}"


def parse_place(token: str) -> Place:
    """Read a token; an empty one is the start."""
    if not token:
        return Place()
    taken, colon, cursor = token.partition(":")
    if not colon or not taken.isascii() or not taken.isdigit() or len(taken) > 7:
        raise Misuse("client.resume", "this is no token to resume from")
    return Place(cursor, min(int(taken), _MOST_TAKEN))
