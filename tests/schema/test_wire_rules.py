"""The wire rules (PRO-20 to PRO-25): what they refuse, and what they leave alone (PRO-01)."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema import catalog
from entrepot_schema.errors import Refused
from entrepot_schema.wire_rules import DATE_FIELDS, require_wire_rules, wire_refusals

ROOT = Path(__file__).parents[2]
SPEC = (ROOT / "spec" / "profile.md").read_text("utf-8")

Profile = dict[str, Any]


def example(name: str) -> Profile:
    profile: Profile = json.loads((ROOT / "schema" / "examples" / f"{name}.json").read_text("utf-8"))
    return profile


def found(profile: Profile) -> list[tuple[str, str]]:
    return [(refused.code, refused.pointer) for refused in wire_refusals(profile)]


def company(**members: Any) -> Profile:
    return {**example("company-minimal"), **members}


@pytest.mark.parametrize(
    "name",
    ["company", "company-chinese", "company-merged", "cluster", "cluster-chinese", "institution", "relation", "opportunity"],
)  # fmt: skip
def test_the_examples_break_no_wire_rule(name: str) -> None:
    """PRO-01."""
    assert found(example(name)) == []
    require_wire_rules(example(name))


# --- dates (PRO-20)


def test_the_date_fields_are_those_of_the_spec() -> None:
    """PRO-20."""
    (line,) = [line for line in SPEC.splitlines() if line.startswith("- **PRO-20**")]

    assert set(re.findall(r"`([a-zA-Z]+)`", line.partition(" outside of ")[0])) == DATE_FIELDS


@pytest.mark.parametrize("field", sorted(DATE_FIELDS))
def test_a_day_is_a_day_of_the_calendar(field: str) -> None:
    """PRO-20: wherever the field stands."""
    assert found(company(**{field: "2026-02-30"})) == [("code.date", f"/{field}")]
    assert found(company(memberOf=[{field: "1900-02-29"}])) == [("code.date", f"/memberOf/0/{field}")]
    assert found(company(**{field: "2028-02-29"})) == []


@pytest.mark.parametrize("value", ["2026", "2026-02", "2026-12"])
def test_a_date_may_be_less_exact(value: str) -> None:
    """PRO-20, PRO-11: months are the schema's matter."""
    assert found(company(founded=value)) == []


def test_dates_inside_ext_and_under_other_names_are_texts() -> None:
    """PRO-20."""
    assert found(company(ext={"lab": {"schema": "https://x.example", "founded": "2026-02-30"}})) == []
    assert found(company(note="2026-02-30")) == []


# --- text (PRO-21)

FORBIDDEN = [
    *(chr(point) for point in range(0x20) if point != 0x0A),
    *(chr(point) for point in range(0x7F, 0xA0)),
    "\u2028",
    "\u2029",
    *(chr(point) for point in range(0x202A, 0x202F)),
    "\ufeff",
    *(chr(point) for point in range(0xFDD0, 0xFDF0)),
    *(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)),
]
ISOLATES = "\u2066\u2067\u2068\u2069"


def test_exactly_these_characters_are_refused() -> None:
    """PRO-21: each of them, and none of all other code points."""
    refused = {*FORBIDDEN, *ISOLATES}
    rest = [chr(point) for point in (*range(0xD800), *range(0xE000, 0x110000)) if chr(point) not in refused]

    assert found(company(name={"en": "".join(rest)})) == []
    for letter in FORBIDDEN:
        assert found(company(name={"en": f"a{letter}b"})) == [("code.text", "/name/en")]


@pytest.mark.parametrize(
    "text", ["a\nb", "", "مرحبا", "汉字", "🇪🇺", "a\u200db", "\u200e", "\u061c", "\ufffd", "\U0001f9ec"]
)
def test_other_text_is_left_alone(text: str) -> None:
    """PRO-21: joiners, marks and emoji are part of writing."""
    assert found(company(name={"en": text})) == []


@pytest.mark.parametrize(
    ("text", "balanced"),
    [("\u2066a\u2069", True), ("\u2066\u2067\u2068\u2069\u2069\u2069", True), ("a\u2068b\u2069c\u2066d\u2069", True),
     ("\u2066a", False), ("a\u2069", False), ("\u2069a\u2066", False), ("\u2066\u2069\u2069", False), ("\u2066\u2066\u2069", False)],
)  # fmt: skip
def test_isolates_balance(text: str, balanced: bool) -> None:
    """PRO-21: no text can turn the direction of what follows it."""
    assert found(company(name={"en": text})) == ([] if balanced else [("code.text", "/name/en")])


def test_text_is_checked_at_any_depth() -> None:
    """PRO-21: `ext` included; the pointer escapes names."""
    extension = {"schema": "https://x.example", "a/b~c": [{"deep": ["ok", "x\u202e"]}]}

    assert found(company(ext={"lab": extension})) == [("code.text", "/ext/lab/a~1b~0c/0/deep/1")]


# --- identifiers (PRO-22)


@pytest.mark.parametrize(
    ("scheme", "good", "bad"),
    [("LEI", "529900T8BM49AURSDO55", "529900T8BM49AURSDO56"), ("CN-USCC", "91350100M000100Y43", "91350100M000100Y44"),
     ("ROR", "https://ror.org/05dxps055", "https://ror.org/05dxps056")],
)  # fmt: skip
def test_three_schemes_have_check_characters(scheme: str, good: str, bad: str) -> None:
    """PRO-22."""
    assert found(company(identifiers=[{"scheme": scheme, "id": good}])) == []
    two = [{"scheme": scheme, "id": good}, {"scheme": scheme, "id": bad}]
    assert found(company(identifiers=two)) == [("code.identifier", "/identifiers/1/id")]


@pytest.mark.parametrize("scheme", ["EU-VAT", "IT-REA", "WIKIDATA", "lei", "LEI2"])
def test_other_schemes_are_not_judged_on_the_wire(scheme: str) -> None:
    """PRO-22, PRO-01."""
    assert found(company(identifiers=[{"scheme": scheme, "id": "x"}])) == []


# --- owner (PRO-23)


@pytest.mark.parametrize(("name", "field"), [("relation", "from"), ("opportunity", "via")])
def test_nobody_speaks_for_others(name: str, field: str) -> None:
    """PRO-23."""
    profile = example(name)
    other = "https://other.example/id/" + "a" * 26

    assert found({**profile, field: other}) == [("code.owner", f"/{field}")]
    assert found({**profile, field: profile["id"]}) == []


def test_the_other_side_of_a_relation_may_be_anybody() -> None:
    """PRO-23, PRO-07."""
    assert found({**example("relation"), "to": "https://other.example/id/" + "a" * 26}) == []


# --- names of fields about people (PRO-24)


def names_in_the_spec() -> list[str]:
    """The names of the fenced block after PRO-24."""
    return SPEC.partition("**PRO-24**")[2].split("```")[1].split()


def test_the_list_of_names_is_that_of_the_spec() -> None:
    """PRO-24, PRO-25."""
    assert sorted(code.code for code in catalog.codelist("personalPropertyName").codes) == names_in_the_spec()
    assert names_in_the_spec() == sorted(names_in_the_spec())


@pytest.mark.parametrize("name", names_in_the_spec())
def test_a_field_about_a_person_is_refused_in_ext(name: str) -> None:
    """PRO-24: in any case, with hyphens and underscores, at any depth, as prefix too."""
    spelled = f"{name[:2].upper()}-{name[2:]}_"
    extension = {"schema": "https://x.example", "teams": [{"a": {spelled: 1}}], name: "x"}

    assert found(company(ext={"lab": extension})) == [
        ("privacy.property-name", f"/ext/lab/teams/0/a/{spelled}"),
        ("privacy.property-name", f"/ext/lab/{name}"),
    ]
    assert found(company(ext={name: {"schema": "https://x.example"}})) == [
        ("privacy.property-name", f"/ext/{name}")
    ]


@pytest.mark.parametrize(
    "name", ["firstNames", "nameOfLab", "ceos", "directorate", "genderBalance", "schema", "mobility"]
)
def test_names_that_only_look_like_it_are_left_alone(name: str) -> None:
    """PRO-24: the whole name counts."""
    assert found(company(ext={"lab": {"schema": "https://x.example", name: "x"}})) == []


def test_names_outside_of_ext_are_the_schema_s_matter() -> None:
    """PRO-24."""
    assert found(company(ceo="x")) == []


# --- all together


def test_the_first_breach_is_raised_and_all_are_listed() -> None:
    profile = company(updated="2026-02-30", name={"en": "\u202e"}, identifiers=[{"scheme": "LEI", "id": "x"}])

    assert [code for code, _ in found(profile)] == ["code.text", "code.date", "code.identifier"]
    with pytest.raises(Refused) as refusal:
        require_wire_rules(profile)
    assert refusal.value.code == "code.text"


def test_checking_changes_nothing() -> None:
    profile = example("company")
    before = copy.deepcopy(profile)
    require_wire_rules(profile)

    assert profile == before


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_extension_is_judged_without_an_error(value: Any) -> None:
    """S14, J12."""
    for code, pointer in found(company(ext={"lab": {"schema": "https://x.example", "x": value}})):
        assert code in {"code.text", "privacy.property-name"}
        assert pointer.startswith("/ext/lab/x")
