"""Decisions are cited by their numbers, so each number is given once, in the file's name and in its title."""

from __future__ import annotations

import re
from pathlib import Path

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"


def test_each_number_is_given_once_and_stands_in_name_and_title() -> None:
    found = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
    titles = [path.read_text("utf-8").partition(".")[0] for path in found]

    assert [path.name[:4] for path in found] == [f"{number:04}" for number in range(1, len(found) + 1)]
    assert titles == [f"# {number}" for number in range(1, len(found) + 1)]
    assert all(re.fullmatch(r"[0-9]{4}-[a-z0-9-]+\.md", path.name) for path in found)
