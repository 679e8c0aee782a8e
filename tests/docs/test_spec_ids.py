"""Every promise of the spec has a permanent id, and every id is cited by a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ID = re.compile(r"\b(?:PRO|SIG|LOG|EXC|FED)-[0-9]{2}\b")
DEFINITION = re.compile(r"^- \*\*((?:PRO|SIG|LOG|EXC|FED)-[0-9]{2})\*\* (.*)$", re.MULTILINE)
DOCUMENTS = sorted(
    path for path in (ROOT / "spec").glob("*.md") if path.name not in ("README.md", "codes.md")
)


def definitions() -> dict[str, str]:
    return {
        match[1]: match[2] for path in DOCUMENTS for match in DEFINITION.finditer(path.read_text("utf-8"))
    }


def cited() -> set[str]:
    # What names ids in bulk to check the documents is no citation.
    tests = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__).resolve()]
    checks = (ROOT / "conformance_tests" / "entrepot_conformance").glob("*.py")
    found: set[str] = set()
    for path in (*tests, *checks):
        text = path.read_text("utf-8")
        found |= set(ID.findall(text))
        for prefix, first, last in re.findall(
            r"\b(PRO|SIG|LOG|EXC|FED)-([0-9]{2}) to (?:\1-)?([0-9]{2})\b", text
        ):
            found |= {f"{prefix}-{number:02}" for number in range(int(first), int(last) + 1)} & set(
                definitions()
            )
    return found


def test_ids_are_defined_once() -> None:
    names = [match[1] for path in DOCUMENTS for match in DEFINITION.finditer(path.read_text("utf-8"))]

    assert len(names) > 100
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_line_that_says_must_has_an_id(path: Path) -> None:
    loose = [
        line
        for line in path.read_text("utf-8").split("\n")
        if "MUST" in line and not DEFINITION.match(line) and "MUST, MUST NOT and MAY are used" not in line
    ]

    assert loose == []


def test_every_id_is_cited_by_a_test() -> None:
    assert sorted(set(definitions()) - cited()) == []


def test_no_test_cites_an_id_that_is_not_defined() -> None:
    assert sorted(cited() - set(definitions())) == []
