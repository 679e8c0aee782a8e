"""The document cases against the schemas alone, by the suite's own reader and plain jsonschema.

What is expected on layer S must follow from the published schemas, not from the software that is tested with it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrepot_conformance.document_cases import DocumentCase, made_cases, stored_cases
from entrepot_conformance.reader.schemas import find_bundles

BUNDLES = find_bundles()
TYPES = ("cluster", "company", "institution", "relation", "opportunity")
CASES = stored_cases() + [case for case in made_cases() if case.name.startswith(("107", "V"))]

Faults = set[tuple[str, str]]


def is_readable(case: DocumentCase) -> bool:
    """Layer J says no more than a warning, so the later layers have their turn."""
    return not any(finding.layer == "J" and finding.severity == "error" for finding in case.findings)


def faults_of(document: Any, prefix: str = "") -> Faults:
    """What the schemas say of a document: a package by its head and each record, a profile by its type."""
    if "specVersion" in document or "records" in document:
        return faults_of_a_package(document)
    if document.get("type") not in TYPES:
        return {("schema.unknown-type", f"{prefix}/type")}
    return {(code, prefix + pointer) for code, pointer in BUNDLES.faults(document["type"], document)}


def faults_of_a_package(package: dict[str, Any]) -> Faults:
    records = package.get("records")
    if not isinstance(records, list):
        return BUNDLES.faults("package", package)
    found = BUNDLES.faults("package", {**package, "records": []})
    for index, record in enumerate(records):
        found |= faults_of(record, f"/records/{index}")
    return found


def documents_in(case: DocumentCase) -> list[Any]:
    text = case.read().decode("utf-8-sig")
    return (
        [json.loads(line) for line in text.splitlines()]
        if case.file.endswith(".jsonl")
        else [json.loads(text)]
    )


@pytest.mark.parametrize("case", [case for case in CASES if is_readable(case)], ids=lambda case: case.name)
def test_the_schemas_alone_give_the_verdict_of_layer_s(case: DocumentCase) -> None:
    """PRO-02, PRO-03: refused exactly where a finding of layer S is expected, by that keyword at that place."""
    found = set().union(*(faults_of(document) for document in documents_in(case)))

    assert found == {(finding.code, finding.pointer) for finding in case.findings if finding.layer == "S"}


def test_a_package_refuses_records_without_id_or_type_by_itself() -> None:
    """The schema of the package knows of its records that they have an id and one of the five types."""
    named = {case.name: case for case in CASES}
    for name in ("016-type-missing", "017-type-person", "018-id-missing", "019-id-number"):
        (package,) = documents_in(named[name])
        assert BUNDLES.faults("package", package), name


def test_a_file_is_in_the_folder_of_its_verdict() -> None:
    """What stands in `valid` may be published; what stands in `invalid` has a finding, be it a warning."""
    for case in stored_cases():
        assert case.case.startswith("V") == (case.name[0] == "V")
        assert case.is_valid if case.name[0] == "V" else case.findings, case.name


def test_the_name_of_a_file_starts_with_its_number() -> None:
    for case in (*stored_cases(), *made_cases()):
        number = case.name.partition("-")[0]
        assert case.case == (f"V{int(number[1:])}" if number[0] == "V" else str(int(number))), case.name
        assert case.why.endswith("."), case.name
