"""Registers of others that no library brings: codes of places and classes, cut down to what the checks need.

They age, so nothing in them refuses a record on the wire. Sources and licences stand in README.md beside them.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path


def read_rows(name: str) -> list[dict[str, str]]:
    """Read the rows of a register."""
    with (Path(__file__).resolve().parent / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_lines(name: str) -> tuple[str, ...]:
    """Read the lines of a register that is one list of words."""
    return tuple((Path(__file__).resolve().parent / f"{name}.txt").read_text("utf-8").split())


@cache
def codes_of(name: str) -> frozenset[str]:
    """All codes of a register."""
    return frozenset(row["code"] for row in read_rows(name))
