"""Every MUST of the spec is tried from both sides, or a reason is written down."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot_conformance.checks import CHECKS
from entrepot_conformance.document_cases import stored_cases
from entrepot_conformance.document_clauses import unnamed_codes
from entrepot_conformance.report.traced import spec_clauses
from entrepot_conformance.report.untested import Reasons, faults, read_reasons, tried_sides
from entrepot_conformance.suite.case import Side
from entrepot_conformance.suite.registry import all_cases
from entrepot_conformance.vectors_folder import vectors_folder

ROOT = Path(__file__).parents[2]
CONTRACT = (ROOT / "conformance_tests" / "NODE-CONTRACT.md").read_text("utf-8")
ID = r"(?:SIG|LOG|EXC|PRO|FED)-[0-9]{2}"


def ids_in(text: str) -> set[str]:
    """Return the ids named in a text; `LOG-10 to LOG-19` names all between."""
    found = set(re.findall(ID, text))
    for first, last in re.findall(f"({ID}) to ({ID})", text):
        found |= {f"{first[:4]}{number:02d}" for number in range(int(first[4:]), int(last[4:]) + 1)}
    return found


def cited(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value.get("ids", [])
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from cited(item)


def in_the_spec() -> set[str]:
    texts = [path.read_text("utf-8") for path in (ROOT / "spec").glob("*.md")]
    return {found for text in texts for found in re.findall(rf"\*\*({ID})\*\*", text)}


def vector_texts() -> list[str]:
    """The vector files; of the documents only what is expected: they themselves are profiles, or no JSON at all."""
    paths = vectors_folder().rglob("*.json")
    return [
        path.read_text("utf-8")
        for path in paths
        if "documents" not in path.parts or path.name.endswith((".expected.json", "recipes.json"))
    ]


def in_vectors() -> set[str]:
    return {i for text in vector_texts() for i in cited(json.loads(text))}


def test_every_must_is_tried_on_both_sides_or_has_a_reason() -> None:
    """Each MUST has a case that accepts and one that refuses, or a row in untested.toml; a row without need fails too."""
    assert faults(spec_clauses(), tried_sides(all_cases()), read_reasons()) == []


def test_a_reason_is_one_sentence_of_its_own() -> None:
    reasons = [reason for _, reason in read_reasons().values()]

    assert [reason for reason, count in Counter(reasons).items() if count > 1] == []
    assert [reason for reason in reasons if len(reason) < 40 or not reason.endswith(".")] == []


MUST = {"LOG-31": "A log MUST stand.", "LOG-32": "It SHOULD not fall.", "LOG-33": "It MUST NOT\n  fall."}
BOTH, ACCEPT, REFUSE = frozenset(Side), frozenset({Side.ACCEPT}), frozenset({Side.REFUSE})


@pytest.mark.parametrize(
    ("tried", "reasons", "told"),
    [
        ({"LOG-31": BOTH, "LOG-33": BOTH}, {}, ""),
        ({"LOG-31": BOTH, "LOG-33": ACCEPT}, {"LOG-33": (REFUSE, "x")}, ""),
        ({"LOG-31": BOTH}, {"LOG-33": (BOTH, "x")}, ""),
        ({"LOG-31": BOTH}, {}, "LOG-33: no case on the side accept and refuse"),
        ({"LOG-31": BOTH, "LOG-33": ACCEPT}, {}, "LOG-33: no case on the side refuse; write one"),
        ({"LOG-31": BOTH, "LOG-33": ACCEPT}, {"LOG-33": (ACCEPT, "x")}, "LOG-33: no case on the side refuse"),
        ({"LOG-31": BOTH, "LOG-33": ACCEPT}, {"LOG-33": (BOTH, "x")}, "LOG-33: tried on the side accept; move its row to [refuse]"),
        ({"LOG-31": BOTH, "LOG-33": BOTH}, {"LOG-33": (REFUSE, "x")}, "LOG-33: tried on the side refuse; take its row out"),
        ({"LOG-31": BOTH, "LOG-33": BOTH}, {"LOG-32": (BOTH, "x")}, "LOG-32: it says no MUST"),
        ({"LOG-31": BOTH, "LOG-33": BOTH}, {"LOG-34": (BOTH, "x")}, "LOG-34: the specification has no such clause"),
    ],
)  # fmt: skip
def test_a_side_without_case_and_a_reason_without_need_are_told(
    tried: dict[str, frozenset[Side]], reasons: Reasons, told: str
) -> None:
    found = faults(MUST, tried, reasons)

    assert [one[: len(told)] for one in found] == ([told] if told else [])


@pytest.mark.parametrize("table", ["[both]\n", '[accept]\nLOG-31 = "x"\n[refuse]\nLOG-31 = "x"\n'])
def test_a_table_that_is_none_is_refused(table: str, tmp_path: Path) -> None:
    (tmp_path / "untested.toml").write_text(table)

    with pytest.raises(ValueError, match=r"untested\.toml"):
        read_reasons(tmp_path / "untested.toml")


def test_every_document_says_which_of_the_clauses_it_means_that_share_a_code() -> None:
    assert {one.name: unnamed_codes(one) for one in stored_cases() if unnamed_codes(one)} == {}


def test_ids_of_vectors_are_in_the_spec() -> None:
    assert in_vectors() - in_the_spec() == set()


def test_codes_of_vectors_are_in_the_spec() -> None:
    spec = "".join(path.read_text("utf-8") for path in (ROOT / "spec").glob("*.md"))
    codes = {code for text in vector_texts() for code in re.findall(r'"code": "([^"]*)"', text)}

    assert {code for code in codes if not code.endswith("*") and f"`{code}`" not in spec} == set()


def test_the_contract_lists_the_checks() -> None:
    table = CONTRACT.partition("## The ten checks")[2].partition("## What")[0]
    rows = dict(re.findall(r"^\| ([a-z_]+) \| ([^:\n]+):", table, re.MULTILINE))
    names = {
        check.__name__.removeprefix("check_"): (check.__doc__ or "").partition(":")[0] for check in CHECKS
    }

    assert {name: ids_in(text) for name, text in rows.items()} == {
        name: ids_in(text) for name, text in names.items()
    }
