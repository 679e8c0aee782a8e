"""The part of the storage contract about hiding: what the operator of this node does not show to readers (FED-70).

Hidden is what is named: an origin, or a subject id. It is out of everything that is for readers: searching, lists, histories,
changes, the graph. All that checks or hands on feeds sees it as before: entries, tiles, contents, versions by digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HiddenRow:
    """An origin or a subject id that is hidden. `held`: it is an id, and its live record is stored here."""

    name: str
    reason: str
    hidden_at: float
    held: bool


class HidingStore(Protocol):
    """See `interface` for what all methods promise."""

    def hide(self, name: str, reason: str, *, now: float) -> None:
        """Hide an origin or a subject id from now on; hidden already, it gets the reason if there is one.

        `Misuse` where it is our own (`hide.own`) or nothing here is of that name (`hide.unknown`).
        """
        ...

    def unhide(self, name: str, *, now: float) -> bool:
        """Show it again, and list its live records among the changes once more; False if it was not hidden."""
        ...

    def hidden(self) -> list[HiddenRow]:
        """What is hidden now, by name."""
        ...

    def is_hidden(self, subject: str) -> bool:
        """Whether a subject that is held here is hidden, by its id or with its origin."""
        ...
