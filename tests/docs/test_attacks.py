"""The page of attacks for auditors: each id has a row, each row names tests that exist and name the id."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from entrepot_conformance.suite.registry import PROFILES, all_cases
from entrepot_schema.reason_codes import reason_rows

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "attacks.md").read_text("utf-8")
ROW = re.compile(r"^\| ([A-Z][0-9]{2}) \|(.*)\|$", re.MULTILINE)
TEST = re.compile(r"`((?:tests|node)/[\w/]+\.py)::(?:\w+::)?(\w+)`")

# All attacks of the list, by family; the suite makes each, or the page says why not.
COUNTED = {"L": 28, "S": 16, "J": 15, "H": 24, "D": 16, "A": 26, "F": 24}
MADE = re.compile(r"^\| `([A-Z][0-9]{2})` \| (.*) \|$", re.MULTILINE)

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


def test_the_suite_makes_each_attack_or_the_page_says_why_not() -> None:
    """All 149, in order: the profiles that have cases of it and no others, or a reason behind a dash."""
    making: dict[str, set[str]] = {}
    for case in all_cases():
        making.setdefault(case.attack, set()).add(case.profile)
    told = dict(MADE.findall(PAGE))

    assert list(told) == [
        f"{family}{number:02}" for family, most in COUNTED.items() for number in range(1, most + 1)
    ]
    assert len(told) == 149
    wrong = {attack: words for attack, words in told.items() if (attack in making) == words.startswith("– ")}
    assert wrong == {}
    for attack, words in told.items():
        if attack in making:
            assert words == ", ".join(f"`{name}`" for name in PROFILES if name in making[attack]), attack
        else:
            assert len(words) > 30, f"{attack}: no reason"


def test_what_a_reason_names_is_there() -> None:
    names = {case.name for case in all_cases()} | set(PROFILES)
    for attack, words in MADE.findall(PAGE):
        for word in re.findall(r"`([^`]+)`", words):
            assert word in names or (ROOT / word).exists(), f"{attack} names {word}"
