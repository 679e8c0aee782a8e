"""What people are told of a fault of layer S, and how to mend it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from entrepot_schema import catalog
from entrepot_schema.schema_check import schema_refusals

EXAMPLES = Path(__file__).parents[2] / "schema" / "examples"
GONE = object()


def hints(name: str, change: dict[str, Any]) -> list[tuple[str, str]]:
    document = {**json.loads((EXAMPLES / f"{name}.json").read_text("utf-8")), **change}
    document = {field: value for field, value in document.items() if value is not GONE}
    refusals = schema_refusals(document, catalog.validator(name.partition("-")[0]))
    return [(refused.code, refused.hint) for refused in refusals]


@pytest.mark.parametrize(
    ("name", "change", "code", "hint"),
    [
        ("company", {"status": GONE}, "schema.required", "Add the field."),
        ("company", {"updated": GONE}, "schema.required", "For example '2026-11-23'"),
        ("company", {"identifiers": [{"id": "1"}]}, "schema.required", "For example 'LEI'"),
        ("company", {"activities": [{"code": "72.10"}]}, "schema.required", "For example 'NACE-2.1'"),
        ("company", {"locations": [{"country": "IT", "lat": "45.0703"}]}, "schema.required", "For example '7.6869'"),
        ("company", {"sumary": {"en": "x"}}, "schema.additionalProperties", "Did you mean: sumary → summary?"),
        ("company", {"memberCounts": {"total": 1}}, "schema.additionalProperties",
         "There is no such field here; own fields go into ext.<prefix>."),
        ("company", {"legal_Representative": "x"}, "schema.additionalProperties",
         "Records name organisations, never people; leave the field out."),
        ("company", {"contacts": [{"role": "general", "email": "info@x.example", "title": "x"}]},
         "schema.additionalProperties", "Records name organisations, never people; leave the field out."),
        ("relation", {"state": "confirmed"}, "schema.additionalProperties",
         "Whether a relation is confirmed is computed from the records of both sides; leave the field out."),
        ("company", {"sizeClass": "tiny"}, "schema.enum", "One of: ['micro', 'small', 'medium', 'large', 'unknown']"),
        ("company", {"type": "firm"}, "schema.const", "Write 'company'."),
        ("company", {"website": None}, "schema.type", "What is not known is left out."),
        ("company", {"listed": "yes"}, "schema.type", "Write true or false, without quotes."),
        ("company", {"name": "x"}, "schema.type", "Write an object in { }."),
        ("company", {"website": "x"}, "schema.pattern", "For example 'https://www.biomed.example/en/'"),
        ("company", {"name": {"en": " "}}, "schema.pattern", "A text needs at least one visible character."),
        ("company", {"name": {"en_US": "x"}}, "schema.propertyNames", "A language tag has the form en, pt-BR or zh-Hans."),
        ("company", {"ext": {"A": {"schema": "https://x.example/s"}}}, "schema.propertyNames",
         "The prefix of an extension has 2 to 30 lower-case letters and digits, for example lifesci."),
        ("company", {"contacts": [{"role": "general"}]}, "schema.anyOf", "Give at least one of: email, phone, form."),
        ("company", {"sectors": ["ai", "ai"]}, "schema.uniqueItems", "Leave the second one out."),
        ("company", {"locations": []}, "schema.minItems", "Fill it in, or leave the field out where it is not required."),
        ("company", {"name": {"en": "x" * 501}}, "schema.maxLength", "At most 500 characters."),
        ("cluster", {"memberCounts": {"total": -1}}, "schema.minimum", "At least 0."),
    ],
)  # fmt: skip
def test_a_fault_comes_with_what_to_do(name: str, change: dict[str, Any], code: str, hint: str) -> None:
    assert hints(name, change) == [(code, hint)]


def test_constants_are_shown_as_the_file_has_them() -> None:
    company = json.loads((EXAMPLES / "company-minimal.json").read_text("utf-8"))
    (refused,) = schema_refusals({**company, "website": None}, catalog.validator("company"))

    assert refused.message == "null has the wrong JSON type"


def test_what_a_terminal_would_obey_is_shown_escaped() -> None:
    company = json.loads((EXAMPLES / "company-minimal.json").read_text("utf-8"))
    (refused,) = schema_refusals({**company, "website": "x\u202e\x1b[2J"}, catalog.validator("company"))

    assert refused.message.isascii()
