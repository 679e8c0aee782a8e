"""What reason codes say of a record, in words: `reasons.csv`, whose English is that of `spec/codes.md`.

Every code with which a record is refused on the wire stands there, and those of findings that readers meet.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

_FILE = Path(__file__).resolve().parent / "reasons.csv"


def meaning(code: str, language: str = "en") -> str:
    """Say in `en` or `zh-Hans` what a code means; empty for a code without words."""
    row = _rows().get(code)
    return row[language] if row else ""


@cache
def _rows() -> dict[str, dict[str, str]]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}
