"""How far a record has come, and the one thing that would help it most, in the words of the page. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from entrepot_node.pages.messages import Messages
from entrepot_schema.level import Level, Standing


@dataclass(frozen=True, slots=True)
class Rung:
    """One of the four levels; `reached` up to that of the record."""

    name: Markup
    reached: bool


@dataclass(frozen=True, slots=True)
class StandingView:
    """The level of a record. `next` is empty at the top."""

    level: str
    text: Markup
    rungs: tuple[Rung, ...]
    next_key: str
    next: Markup


def standing_view(standing: Standing, messages: Messages) -> StandingView:
    """Write a level and the next step."""
    key = standing.next.key if standing.next else ""
    name = standing.level.name.lower()
    return StandingView(
        level=name,
        text=messages(f"level.{name}.text"),
        rungs=tuple(Rung(messages(f"level.{one.name.lower()}"), one <= standing.level) for one in Level),
        next_key=key,
        next=messages(f"step.{key}") if key else Markup(""),
    )
