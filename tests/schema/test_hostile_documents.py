"""Documents nobody writes by hand: each field left out in turn, hundreds of languages, text from right to left."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot_conformance.reader.schemas import find_bundles
from entrepot_schema.file_check import check_file
from entrepot_schema.findings import Finding

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "schema" / "examples"
PROFILES = sorted(
    path.stem for path in EXAMPLES.glob("*.json") if not path.stem.startswith(("node", "package"))
)
BUNDLES = find_bundles()
REGIONS = [f"{first}{second}" for first in "ABCDEFGHIKLMNPRST" for second in "ABCDEFGHIKLMNPRSTUVWYZ"]

Document = dict[str, Any]


def example(name: str) -> Document:
    document: Document = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))
    return document


def findings(document: Any) -> list[Finding]:
    raw = json.dumps(document, indent=2, ensure_ascii=False).encode()
    return check_file(raw, "x.json", now=NOW).findings


def errors(document: Any) -> list[tuple[str, str]]:
    return [(found.code, found.pointer) for found in findings(document) if found.severity == "error"]


def members(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every member of every object."""
    for step, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        if isinstance(value, dict):
            yield (*way, step)
        yield from members(inner, (*way, step))


def without(document: Document, way: tuple[str | int, ...]) -> Document:
    result = copy.deepcopy(document)
    target: Any = result
    for step in way[:-1]:
        target = target[step]
    del target[way[-1]]
    return result


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_without_one_of_its_fields_is_judged_as_its_schema_does(name: str) -> None:
    """PRO-02: each member of each object, one at a time; the other reader of the schemas is the judge."""
    whole = example(name)
    for way in members(whole):
        document = without(whole, way)
        kind = document.get("type")
        owed = BUNDLES.faults(kind, document) if kind else {("schema.unknown-type", "/type")}
        found = findings(document)

        assert {(f.code, f.pointer) for f in found if f.layer == "S"} == owed, way
        assert all(f.layer == "S" for f in found) or not owed, way


def test_a_package_without_one_of_its_fields_never_stops_the_checker() -> None:
    package = example("package")
    for way in members(package):
        for found in findings(without(package, way)):
            assert found.layer in "SCXP"
            assert found.line >= 1, way


@pytest.fixture(scope="module")
def languages() -> list[str]:
    """Three hundred tags that are registered and canonical: languages with territories."""
    from langcodes import Language  # the judge of tags, as the checker uses it

    tags = [f"{language}-{region}" for language in ("en", "fr") for region in REGIONS]
    known = [tag for tag in tags if Language.get(tag).is_valid() and Language.get(tag).to_tag() == tag]
    return known[:301]


def test_a_name_in_300_languages_is_a_name(languages: list[str]) -> None:
    names = {tag: f"Dora Diagnostics {number}" for number, tag in enumerate(languages[:300])}

    assert len(names) == 300
    assert findings({**example("company-minimal"), "name": names}) == []


def test_a_name_in_301_languages_is_refused(languages: list[str]) -> None:
    names = {tag: f"Dora Diagnostics {number}" for number, tag in enumerate(languages[:301])}

    assert len(names) == 301
    assert errors({**example("company-minimal"), "name": names}) == [("schema.maxProperties", "/name")]


@pytest.mark.parametrize(
    "text", ["شركة الأمل للتقنيات الحيوية", "חברת דורה לאבחון בע״מ", "دۆرا بۆ پشکنین", "ދިވެހި ބޭސް"]
)
def test_text_from_right_to_left_is_fine_in_every_text(text: str) -> None:
    """PRO-21: plain letters of any direction need no isolates."""
    tag = "und"
    whole = {
        **example("institution"),
        "name": {tag: text},
        "legalName": {tag: text},
        "otherNames": [{"kind": "short", "name": {tag: text}}],
        "summary": {tag: text},
        "expertise": {tag: f"{text}\n{text}"},
        "openFacilities": [{"name": {tag: text}}],
        "locations": [{"country": "AE", "locality": {tag: text}, "street": {tag: text}}],
        "machineTranslated": [tag],
    }

    assert errors(whole) == []


@pytest.mark.parametrize(
    "mark", ["\u202a", "\u202b", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"]
)
def test_direction_marks_that_hide_text_are_refused_in_every_direction(mark: str) -> None:
    """PRO-21."""
    assert errors({**example("company-minimal"), "name": {"ar": f"شركة {mark}الأمل"}}) == [
        ("code.text", "/name/ar")
    ]


def test_isolates_may_be_nested_if_each_is_closed() -> None:
    """PRO-21."""
    name = "\u2067شركة \u2066Dora \u2068الأمل\u2069\u2069\u2069"

    assert errors({**example("company-minimal"), "name": {"ar": name}}) == []


@pytest.mark.parametrize(
    "member",
    [
        {"identifiers": [{"a": 1}] * 100_000},
        {"locations": [{}] * 300_000},
        {f"x{number}": 1 for number in range(70_000)},
        {"ext": {"lifesci": {"a": {f"x{number}": [{}] for number in range(70_000)}}}},
    ],
    ids=["identifiers", "locations", "fields", "extension"],
)
def test_a_profile_of_more_parts_than_fit_a_record_is_judged_by_that_alone(member: Document) -> None:
    """SIG-02: each fault of its schema would be a copy in memory, and there are as many as parts."""
    whole = {**example("company"), **member}
    package = {**example("package"), "records": [whole, whole]}

    assert errors(whole) == [("json.too-large", "")]
    assert ("json.too-large", "/records/0") in errors(package)
    assert errors({"proof": {}, "credentialSubject": {"profile": whole}}) == [("json.too-large", "")]


def test_a_profile_of_more_bytes_than_a_record_may_have_is_told_so() -> None:
    """SIG-02: the check says what publishing would say, and a fault of the schema first."""
    text = dict.fromkeys([f"en-{region}" for region in REGIONS][:200], "a" * 600)
    document = {**example("company-minimal"), "summary": text}

    assert errors(document) == [("json.too-large", "")]
    assert errors({**document, "status": "x"}) == [("schema.enum", "/status")]


def test_a_head_with_a_million_small_faults_is_refused_with_the_first() -> None:
    head = {**example("package"), "records": [], "extensions": [{}] * 300_000}

    assert len([code for code, _ in errors(head) if code.startswith("schema")]) == 1
