"""Five nodes that know each other, founded once and copied for each seed: founding and meeting cost more than many steps.

Each follows the other four, and mirrors the next two of them.
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

from entrepot_node.genesis import found_node
from entrepot_node.home import Home
from entrepot_node.settings import Settings

from .clocks import START

HONEST = ("a.example", "b.example", "c.example", "d.example")
LIAR = "liar.example"
ORIGINS = (*HONEST, LIAR)


def mirrors_of(origin: str) -> tuple[str, str]:
    """The feeds a node mirrors: those of the next two."""
    place = ORIGINS.index(origin)
    return ORIGINS[(place + 1) % 5], ORIGINS[(place + 2) % 5]


@cache
def settings_of(origin: str) -> Settings:
    return Settings(
        origin=origin, base_url=f"https://{origin}", takedown_email=f"info@{origin}", mirroring="any"
    )


def found_all(folder: Path) -> dict[str, str]:
    """Found the nodes; return the fingerprint of each, as their operators told each other by phone."""
    fingerprints = {}
    for origin in ORIGINS:
        found = found_node(
            Home(folder / origin),
            settings_of(origin),
            now=lambda: START,
            random_bytes=random.Random(origin).randbytes,
        )
        fingerprints[origin] = found.scid
    return fingerprints
