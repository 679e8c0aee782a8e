"""Where an iteration stands: the cursor of its page, how many items of that page were taken, and which was the last.

The token is for `resume=` of the same call later, in another process if need be. It is opaque to everybody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entrepot_client.item_key import item_key
from entrepot_schema.errors import Misuse

_MOST_TAKEN = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A page, how many of its items were handed out, and the key of the last of them."""

    cursor: str = ""
    taken: int = 0
    last: str = ""

    def __str__(self) -> str:
        return f"{self.taken}{self.last and '.' + self.last}:{self.cursor}"

    def behind_last(self, items: Sequence[Mapping[str, Any]]) -> Place:
        """The same place in a page that was fetched anew: items may have come and gone before it.

        Where the last one is gone itself the page begins again: an item twice is better than one never.
        """
        if not self.last or (self.taken <= len(items) and self.last == item_key(items[self.taken - 1])):
            return self
        keys = [item_key(item) for item in items]
        taken = keys.index(self.last) + 1 if self.last in keys else 0
        return Place(self.cursor, taken, self.last if taken else "")


def parse_place(token: str) -> Place:
    """Read a token; an empty one is the start."""
    if not token:
        return Place()
    before, colon, cursor = token.partition(":")
    taken, _, last = before.partition(".")
    if not colon or not taken.isascii() or not taken.isdigit() or len(taken) > 7:
        raise Misuse("client.resume", "this is no token to resume from")
    number = min(int(taken), _MOST_TAKEN)
    return Place(cursor, number, last if number else "")
