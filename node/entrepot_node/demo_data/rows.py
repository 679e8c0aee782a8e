"""Rows of somebody else's table on their way to profiles: read, cleaned, and left out with a reason where they must be."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from entrepot_schema.profile_check import profile_findings

Profile = dict[str, Any]
Row = dict[str, str]

PLACEHOLDER_ID = f"https://demo.example/id/{'a' * 26}"


class Dropped(Exception):  # an outcome, counted where people read it
    """A row that is left out; its text is the reason."""


def find_file(folder: Path, name: str) -> Path:
    """The file of that name in a folder, at any depth."""
    path = next(iter(sorted(folder.rglob(name))), None)
    if path is None:
        raise SystemExit(f"there is no {name} in {folder}")
    return path


def read_rows(folder: Path, name: str) -> list[Row]:
    """The rows of a CSV file in a folder, at any depth."""
    with find_file(folder, name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def publishable(makers: Iterable[Callable[[], Profile]], dropped: Counter[str]) -> Iterator[Profile]:
    """Make profiles, without ids, and yield those that may be signed; count in `dropped` why others may not."""
    for make in makers:
        try:
            profile = make()
        except Dropped as reason:
            dropped[str(reason)] += 1
            continue
        found = profile_findings({**profile, "id": PLACEHOLDER_ID}, now=datetime.now(UTC))
        faults = [fault for fault in found if fault.severity == "error"]
        if faults and all(fault.pointer == "/website" for fault in faults):
            del profile["website"]  # an address nobody could open anyway
            dropped["(web site only, the row is kept) no web address"] += 1
        elif faults:
            dropped[f"{faults[0].code} at {faults[0].pointer}"] += 1
            continue
        yield profile


def clean(text: str) -> str:
    """Text in one line, with its letters composed."""
    return " ".join(unicodedata.normalize("NFC", text).split())
