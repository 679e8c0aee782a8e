"""The page of attacks for auditors: each id has a row, each row names tests that exist and name the id."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from entrepot_schema.reason_codes import reason_rows

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "attacks.md").read_text("utf-8")
ROW = re.compile(r"^\| ([A-Z][0-9]{2}) \|(.*)\|$", re.MULTILINE)
TEST = re.compile(r"`((?:tests|node)/[\w/]+\.py)::(?:\w+::)?(\w+)`")

# The attacks that must have a row. Whoever adds a family adds it here and a section to the page.
LISTED = {
    "L": set(range(1, 29)),
    "S": set(range(1, 17)),
    "K": set(range(1, 26)),
    "F": {*range(1, 12), 17, 20, 21, 23},
    "P": set(range(1, 6)),
    "D": {1, 2, 5, 6, 7, 8, 12, 13, 14},
}


def rows() -> dict[str, list[str]]:
    """The cells of each row: attack, what a node does, codes, tests."""
    return {match[1]: [cell.strip() for cell in match[2].split(" | ")] for match in ROW.finditer(PAGE)}


@cache
def functions_of(path: str) -> dict[str, str]:
    """The functions of a file: name → docstring."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name: ast.get_docstring(function) or "" for function in functions}


def test_every_listed_attack_has_a_row() -> None:
    listed = {f"{family}{number:02}" for family, numbers in LISTED.items() for number in numbers}

    assert sorted(listed - set(rows())) == []


def test_ids_stand_once_and_in_order() -> None:
    for section in PAGE.split("\n## "):
        ids = [match[1] for match in ROW.finditer(section)]
        assert ids == sorted(set(ids))
    assert len(ROW.findall(PAGE)) == len(rows())


@pytest.mark.parametrize("attack", sorted(rows()))
def test_a_row_names_tests_that_exist_and_name_the_attack(attack: str) -> None:
    cells = rows()[attack]
    assert len(cells) == 4
    assert all(cells)

    named = TEST.findall(cells[3])
    assert named
    assert cells[3].count("`") == 2 * len(named), "something else than tests stands in the last cell"
    for path, name in named:
        assert (ROOT / path).is_file(), path
        assert name in functions_of(path), f"{path} has no test {name}"
        assert re.search(rf"\b{attack}\b|_{attack.lower()}_", f"{name} {functions_of(path)[name]}"), name


@pytest.mark.parametrize("attack", sorted(rows()))
def test_a_row_names_codes_that_exist(attack: str) -> None:
    codes = rows()[attack][2]

    assert codes == "–" or set(re.findall(r"`([^`]+)`", codes)) <= {row[0] for row in reason_rows()}
