"""Three invented clusters that show what the standard can say, and how two of them confirm a relation.

    biomed   ⇄ lifepark   mutual entry point, stated by both: confirmed
    parks    → biomed     knowledge exchange, stated by one side only

All of this is invented, and every summary says so in each of its languages. Hosts end in `.example`, which
nobody can own; there are no register numbers and no telephone numbers, since those would belong to somebody.

The profiles stand in `invented.json` by node and symbolic name (`biomed/cluster`). Only nodes can mint ids,
so a text that starts with `@` is filled in here: `@biomed/cluster` by an id, `@today`, `@closes` by days.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

Profile = dict[str, Any]

_OPEN_FOR = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class DemoNode:
    """One node of the demo. `file` holds the real organisations it publishes beside its own invention."""

    symbol: str
    origin: str
    name: str
    language: str
    territory: tuple[str, ...]
    file: str


NODES: dict[str, DemoNode] = {
    "biomed": DemoNode("biomed", "biomed.example", "Biomed Saale (demo)", "en", ("DE",), "eu.jsonl"),
    "lifepark": DemoNode(
        "lifepark", "lifepark.example", "湖滨生命科学园（演示）", "zh-Hans", ("CN",), "cn.jsonl"
    ),
    "parks": DemoNode("parks", "parks.example", "Open Parks Network (demo)", "en", ("BE",), "parks.jsonl"),
}


def symbolic_names(node: str) -> tuple[str, ...]:
    """List the symbolic names of what a node publishes, its cluster first. KeyError for an unknown node."""
    return tuple(_templates()[node])


def demo_profiles(node: str, ids: Callable[[str], str], today: date) -> list[Profile]:
    """Make the invented profiles of a node, its cluster first.

    `ids` gives the subject id of a symbolic name, the same one each time; relations ask for names of other
    nodes too. Opportunities open on `today` and close 180 days later. KeyError for an unknown node.
    """
    days = {"@today": today.isoformat(), "@closes": (today + _OPEN_FOR).isoformat()}

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(member) for name, member in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        if isinstance(value, str) and value.startswith("@"):
            return days.get(value) or ids(value[1:])
        return value

    return [
        {"id": ids(symbol), **filled(template), "updated": days["@today"]}
        for symbol, template in _templates()[node].items()
    ]


@cache
def _templates() -> dict[str, dict[str, Profile]]:
    text = (resources.files(__package__) / "invented.json").read_text(encoding="utf-8")
    templates: dict[str, dict[str, Profile]] = json.loads(text)
    return templates
