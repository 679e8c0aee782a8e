"""Every MUST of the spec is met by a vector, a check or a case, or named among what the suite cannot see."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from entrepot_conformance.checks import CHECKS
from entrepot_conformance.document_cases import stored_cases
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


def in_documents() -> set[str]:
    """The ids whose reason codes are all shown by a document: `- **PRO-60** (`privacy.free-mail`) …`."""
    shown = {finding.code for case in stored_cases() for finding in case.findings}
    shown |= {"code.deprecated"}  # no code of the lists of version 1.0 is out of use yet
    rules = [
        (line, re.findall(r"`([a-z]+\.[a-z0-9-]+)`", line["codes"]))
        for path in (ROOT / "spec").glob("*.md")
        for line in re.finditer(
            rf"^- \*\*(?P<id>{ID})\*\* \((?P<codes>[^)]*)\)", path.read_text("utf-8"), re.MULTILINE
        )
    ]
    return {line["id"] for line, codes in rules if codes and shown.issuperset(codes)}


def in_checks() -> set[str]:
    return {found for check in CHECKS for found in ids_in((check.__doc__ or "").partition(":")[0])}


def in_cases() -> set[str]:
    """The ids that the cases of all profiles cite."""
    return {found for case in all_cases() for found in case.ids}


def test_every_must_is_tested_or_named_as_out_of_sight() -> None:
    out_of_sight = ids_in(CONTRACT.partition("## What the suite cannot see")[2])
    # A range in a docstring may step over numbers that the spec has not given out.
    tested = (in_vectors() | in_documents() | in_checks() | in_cases()) & in_the_spec()

    assert in_the_spec() - tested - out_of_sight == set()
    assert out_of_sight & tested == set()


def test_ids_of_cases_are_in_the_spec() -> None:
    """The checks name ranges, which may step over numbers that the spec has not given out."""
    assert in_cases() - in_checks() - in_the_spec() == set()


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
