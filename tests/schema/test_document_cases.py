"""The document cases, file by file: exactly the findings that are owed, in their order (PRO-01 to PRO-25).

The cases are data (`conformance_tests/vectors/documents`); a case is added without touching this file.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from entrepot_conformance.document_cases import DocumentCase, ExpectedFinding, made_cases, stored_cases
from entrepot_schema import catalog
from entrepot_schema.file_check import check_file
from entrepot_schema.findings import Finding

SPEC = Path(__file__).parents[2] / "spec"
STORED = stored_cases()
MADE = made_cases()
# Half a gigabyte is written only to be refused by its size.
HUGE = "010-file-above-the-limit"
INVALID, VALID = range(1, 109), range(1, 26)
# These are said of rows of a table that is imported, before there is a document.
OF_TABLES = {"privacy.column", "privacy.sole-trader"}
# No code of the lists of version 1.0 is out of use yet, so no document can hold one.
OF_LATER_LISTS = {"code.deprecated"}


def findings_of(case: DocumentCase) -> list[Finding]:
    return check_file(case.read(), case.file, now=datetime.fromisoformat(case.now)).findings


def assert_as_owed(case: DocumentCase) -> None:
    findings = findings_of(case)
    found = [ExpectedFinding(f.layer, f.code, f.pointer, f.line, f.severity) for f in findings]

    assert found == list(case.findings), case.why
    assert all(finding.message for finding in findings)
    assert all(finding.hint for finding in findings if finding.severity == "error")
    assert all(finding.file == case.file for finding in findings)


@pytest.mark.parametrize("case", STORED, ids=lambda case: case.name)
def test_a_file_gets_exactly_the_findings_it_is_owed(case: DocumentCase) -> None:
    assert_as_owed(case)


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[pytest.mark.long] if case.name == HUGE else []) for case in MADE],
    ids=lambda case: case.name,
)
def test_a_file_made_by_recipe_gets_exactly_the_findings_it_is_owed(case: DocumentCase) -> None:
    assert_as_owed(case)


def test_every_case_of_the_table_has_a_file() -> None:
    numbers = {case.case for case in (*STORED, *MADE)}

    assert numbers == {str(number) for number in INVALID} | {f"V{number}" for number in VALID}


def test_every_code_that_a_document_can_earn_has_a_file() -> None:
    """The layers C, X and P; J and S are shown as far as the table of cases asks for them."""
    table = (SPEC / "codes.md").read_text("utf-8")
    codes = set(re.findall(r"^\| `((?:code|cross|privacy)\.[a-z0-9-]+)`", table, re.MULTILINE))
    shown = {finding.code for case in STORED for finding in case.findings}

    assert sorted(codes - shown - OF_TABLES - OF_LATER_LISTS) == []


def test_no_code_list_of_this_version_has_a_code_that_is_out_of_use() -> None:
    """Else `code.deprecated` is owed a file."""
    assert not [
        code for name in catalog.codelist_names() for code in catalog.codelist(name).codes if code.deprecated
    ]


def test_a_document_has_one_fault() -> None:
    """Two findings only where one fault breaks two rules, and the file says so."""
    several = {case.name for case in (*STORED, *MADE) if len(case.findings) > 1}

    assert several == {
        "025-empty-name",
        "046-country-name",
        "046-country-three-letters",
        "081-personal-name-deep-in-ext",
        "080-resident-id-in-ext",
        "081-personal-name-in-ext",
    }
