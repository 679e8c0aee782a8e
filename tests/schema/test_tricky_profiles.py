"""Profiles that look odd and are right: no rule may refuse them (PRO-30, PRO-44)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot_schema.places import equivalent_places
from entrepot_schema.profile_check import profile_findings

NOW = datetime(2026, 11, 25, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "schema" / "examples"

Profile = dict[str, Any]


def company(**members: Any) -> Profile:
    base: Profile = json.loads((EXAMPLES / "company-minimal.json").read_text("utf-8"))
    return {**base, **members}


def institution(**members: Any) -> Profile:
    base: Profile = json.loads((EXAMPLES / "institution-minimal.json").read_text("utf-8"))
    return {**base, **members}


def told(profile: Profile) -> set[tuple[str, str]]:
    return {(found.severity, found.code) for found in profile_findings(profile, now=NOW)}


def located(*places: Profile) -> Profile:
    return company(locations=list(places))


SILENT = {
    "a Hebrew name with a Latin brand in isolates": company(name={"he": "חברת \u2066Nova\u2069 בע״מ"}),
    "a name in Chinese only": company(name={"zh-Hans": "苏州示例生物（集团）有限公司"}),
    "four scripts together": company(
        name={"zh-Hans": "苏州（示例）", "zh-Hant": "蘇州（示例）", "zh-Latn-pinyin": "Sūzhōu shìlì", "en": "Suzhou Example"}
    ),
    "a long name": company(name={"en": "Institute " * 20 + "Bio"}),
    "two characters": company(name={"und": "2I"}),
    "digits": company(name={"en": "1234", "zh-Hans": "1234"}),
    "apostrophe, ampersand, dingbat": company(name={"en": "O'Brien & Söhne ✓ R&D; <5 mg"}),
    "no web site": company(),
    "dissolved long ago": company(status="dissolved", founded="1998", statusSince="2021-06", updated="2021-07-01"),
    "registered elsewhere": company(locations=[{"country": "CN", "subdivision": "CN-JS"}], jurisdiction="KY"),
    "small states": located(*({"country": code} for code in ("MC", "SM", "VA", "LI", "AD"))),
    "Kosovo": located({"country": "XK", "lat": "42.66", "lon": "21.16"}),
    "Hong Kong twice": located({"country": "HK"}, {"country": "CN", "subdivision": "CN-HK", "lat": "22.3", "lon": "114.2"}),
    "Hong Kong by both codes": located({"country": "HK", "subdivision": "CN-HK", "gbt2260": "810000"}),
    "Taiwan": located({"country": "TW", "lat": "25.03", "lon": "121.56"}, {"country": "CN", "subdivision": "CN-TW"}),
    "Greece": company(
        locations=[{"country": "GR", "nuts": "EL30"}], identifiers=[{"scheme": "EU-VAT", "id": "EL094259216"}]
    ),
    "Guadeloupe": located({"country": "GP", "nuts": "FRY10", "lat": "16.2", "lon": "-61.5"}),
    "a department overseas": located({"country": "FR", "subdivision": "FR-971", "lat": "16.2", "lon": "-61.5"}),
    "an all-digit code as text": institution(
        locations=[{"country": "CN"}], identifiers=[{"scheme": "CN-USCC", "id": "123100000000000001"}]
    ),
    "international host and mailbox": company(
        website="https://生物园区.中国/", contacts=[{"role": "general", "email": "联系@园区.中国"}]
    ),
    "three official languages": company(
        locations=[{"country": "BE"}], legalName={"nl": "Voorbeeld NV", "fr": "Exemple SA", "de": "Beispiel AG"}
    ),
    "the 29th of February": company(founded="2024-02-29"),
    "a day that has begun elsewhere": company(updated="2026-11-25"),
    "a university with ROR and USCC": institution(
        locations=[{"country": "CN"}],
        identifiers=[
            {"scheme": "ROR", "id": "https://ror.org/05q8mqd91"},
            {"scheme": "CN-USCC", "id": "123100000000000001"},
        ],
    ),
    "languages of three letters": company(languages=["nso", "hai", "yue", "gsw"], name={"nso": "Mohlala"}),
    "a brand in several languages": company(name={"en": "Nova Assay", "it": "Nova Assay"}),
    "one Chinese name in both spellings": company(name={"zh-Hans": "生物", "zh-Hant": "生物"}),
    "Greek letters that are meant": company(name={"en": "TGFβ Bio", "de": "α-Synuclein Forschung"}),
    "a company named after its founder": company(name={"de": "Dr. Müller Pharma"}, summary={"de": "Dr. Müller Pharma stellt Salben her."}),
    "French quotes": company(summary={"fr": "Fabrique les tests « CAFÉ » et «RÉSUMÉ»."}),
    "role mailboxes": company(
        contacts=[
            {"role": "general", "email": f"{local}@nova-bio.example"}
            for local in (  # with words of its host among them
                "info", "international.office", "bd", "soft-landing", "nova-bio", "kontakt", "info.china", "segreteria", "sales2",
            )
        ]
    ),
    "a year that is no telephone number": company(summary={"en": "Since 2016 it sold 13000 tests in 40 countries (+12 %)."}),
    "a post-doctoral station": company(summary={"zh-Hans": "设有博士后工作站，拥有20名博士。"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
def test_what_is_right_is_left_alone(name: str) -> None:
    """PRO-30, PRO-44: nothing to tell, though it looks odd."""
    assert told(SILENT[name]) == set()


TOLD = {
    "Suzhou Industrial Park": (
        located({"country": "CN", "gbt2260": "320576"}),
        {("warning", "code.gbt2260")},
    ),
    "soft hyphens": (
        company(name={"de": "Bio\u00adtechnologie\u00a0GmbH"}),
        {("information", "code.invisible")},
    ),
    "an unknown extension": (
        company(ext={"lab": {"schema": "https://x.example/s", "text": "kept"}}),
        {("information", "code.extension")},
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_odd_is_told_and_not_refused(name: str) -> None:
    """PRO-30, PRO-35, PRO-46, PRO-57."""
    profile, expected = TOLD[name]

    assert told(profile) == expected


def test_a_place_with_two_codes_is_found_under_each() -> None:
    """PRO-44."""
    hong_kong = {("HK", None), ("CN", "CN-HK"), ("HK", "CN-HK")}

    assert all(equivalent_places(*writing) == hong_kong for writing in hong_kong)
    assert ("NO", "NO-21") in equivalent_places("SJ")
    assert equivalent_places("NO", "NO-21") == {("SJ", None), ("NO", "NO-21"), ("SJ", "NO-21")}
    assert ("NL", "NL-BQ1") in equivalent_places("BQ", "BQ-BO")


@pytest.mark.parametrize("place", [("DE", None), ("DE", "DE-BY"), ("CN", None), ("XK", None)])
def test_most_places_have_one_writing(place: tuple[str, str | None]) -> None:
    """PRO-44: no part stands for the whole."""
    assert equivalent_places(*place) == {place}
