"""What reason codes say of a record, in the languages of the pages.

The English stands in the one table of codes of the standard; `reasons.csv` has the Chinese, for every code with which
a record is refused on the wire and for those of findings that readers meet.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from entrepot_schema.reason_codes import reason_codes

_FILE = Path(__file__).resolve().parent / "reasons.csv"
CHINESE = "zh-Hans"


def meaning(code: str, language: str) -> str:
    """Say what a code means, in English where there is no Chinese; empty for a code nobody knows."""
    known = reason_codes().get(code)
    english = known.meaning if known else ""
    return chinese_meanings().get(code, english) if language == CHINESE else english


@cache
def chinese_meanings() -> dict[str, str]:
    """The meanings in Chinese by code."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row[CHINESE] for row in csv.DictReader(file)}
