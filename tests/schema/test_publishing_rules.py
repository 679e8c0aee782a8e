"""The publishing rules of layers C and P (PRO-30 to PRO-67): what they find, how bad it is, and where."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from entrepot_schema import catalog
from entrepot_schema.catalog import Code, CodeList
from entrepot_schema.code_lists import judge_code
from entrepot_schema.findings import Finding
from entrepot_schema.licences import licence_findings
from entrepot_schema.profile_check import has_error, profile_findings
from entrepot_schema.wire_rules import require_wire_rules

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LIFESCI = "https://w3id.org/entrepot/extension/lifesci/0.1.json"
E, W, I = "error", "warning", "information"  # noqa: E741  short, for the tables below

Profile = dict[str, Any]


def example(name: str) -> Profile:
    profile: Profile = json.loads((ROOT / "schema" / "examples" / f"{name}.json").read_text("utf-8"))
    return profile


def findings(profile: Profile) -> list[Finding]:
    found = profile_findings(profile, now=NOW)
    assert all(one.message and one.hint for one in found if not one.code.startswith("schema.")), found
    return found


def told(profile: Profile) -> list[tuple[str, str, str]]:
    return [(one.code, one.severity, one.pointer) for one in findings(profile)]


def company(**members: Any) -> Profile:
    return {**example("company-minimal"), **members}


def place(**members: Any) -> Profile:
    return company(locations=[{"country": "DE", **members}])


def contact(**members: Any) -> Profile:
    return company(contacts=[{"role": "general", **members}])


def identifier(scheme: str, number: str, country: str = "CN") -> Profile:
    return company(identifiers=[{"scheme": scheme, "id": number}], locations=[{"country": country}])


def activity(scheme: str, code: str) -> Profile:
    return company(activities=[{"scheme": scheme, "code": code}])


def ext(**members: Any) -> Profile:
    return company(ext={"lifesci": {"schema": LIFESCI, **members}})


def changed(name: str, **members: Any) -> Profile:
    profile = {**example(name), **members}
    return {member: value for member, value in profile.items() if value is not None}


CASES: list[tuple[Profile, str, str, str]] = [
    # languages and scripts, PRO-31 to PRO-34
    (company(name={"cn": "上海"}), "code.language", E, "/name/cn"),
    (company(name={"iw": "שלום"}), "code.language", E, "/name/iw"),
    (company(languages=["en", "zho"]), "code.language", E, "/languages/1"),
    (company(languages=["en-UK"]), "code.language", E, "/languages/0"),
    (company(summary={"zh-Hans": "Makes tests."}), "code.language-script", W, "/summary/zh-Hans"),
    (company(summary={"en": "生产检测试剂。"}), "code.language-script", W, "/summary/en"),
    (company(summary={"zh-Latn-pinyin": "生产"}), "code.language-script", W, "/summary/zh-Latn-pinyin"),
    (company(summary={"en": "Same.", "de": "Same."}), "code.copied-text", W, "/summary"),
    (company(machineTranslated=["fr"]), "code.machine-translated", E, "/machineTranslated/0"),
    # texts, PRO-35 and PRO-36
    (company(name={"de": "Zu\u0308rich"}), "code.normalization", W, "/name/de"),
    (company(name={"de": "Bio\u00adtech"}), "code.invisible", I, "/name/de"),
    (company(name={"en": "Bio\u200btech"}), "code.invisible", I, "/name/en"),
    (company(name={"en": "Bio\u200dtech"}), "code.invisible", I, "/name/en"),
    (company(name={"de": "ZÃ¼rich"}), "code.mojibake", W, "/name/de"),
    (company(name={"en": "itâ€™s"}), "code.mojibake", W, "/name/en"),
    (company(name={"en": "B\ufffdo"}), "code.mojibake", W, "/name/en"),
    (company(name={"en": "Ac\u043ce Вiо"}), "code.homoglyph", W, "/name/en"),
    (company(summary={"en": "<b>Best</b> tests"}), "code.markup", E, "/summary/en"),
    (company(summary={"en": "Fish &amp; chips"}), "code.markup", E, "/summary/en"),
    (company(summary={"en": "a&#160;b"}), "code.markup", E, "/summary/en"),
    (company(summary={"en": '<a href="https://x.example">x</a>'}), "code.markup", E, "/summary/en"),
    # dates, PRO-37 to PRO-41
    (company(founded="2027"), "code.future-date", E, "/founded"),
    (company(updated="2026-11-27"), "code.future-date", E, "/updated"),
    (company(source={"kind": "cluster", "retrieved": "2027-01"}), "code.future-date", E, "/source/retrieved"),
    (company(founded="2019", status="dissolved", statusSince="2018-12-31"), "code.date-order", E, "/statusSince"),
    (company(status="dissolved"), "code.status-since", E, "/status"),
    (changed("relation", until="2024"), "code.date-order", E, "/until"),
    (changed("relation", status="ended", until=None), "code.until-missing", E, "/status"),
    (changed("opportunity", closes="2026-10-31"), "code.date-order", E, "/closes"),
    (changed("opportunity", closes="2027-11-02"), "code.too-long-open", E, "/closes"),
    (changed("opportunity", opens="2026-01-01", closes="2026-11-01"), "code.expired", W, "/closes"),
    (company(updated="2025-11-20"), "code.stale", W, "/updated"),
    (company(updated="2023-11-20"), "code.stale", E, "/updated"),
    # places, PRO-42 to PRO-47
    *((place(country=code), "code.country", E, "/locations/0/country") for code in ("UK", "EL", "SU", "ZZ")),
    (company(jurisdiction="UK"), "code.country", E, "/jurisdiction"),
    (company(jurisdiction="AE-XX"), "code.subdivision", W, "/jurisdiction"),
    (place(country="FR", subdivision="DE-BY"), "code.subdivision", E, "/locations/0/subdivision"),
    (place(country="CN", subdivision="CN-32"), "code.subdivision", E, "/locations/0/subdivision"),
    (place(subdivision="DE-XX"), "code.subdivision", W, "/locations/0/subdivision"),
    (place(country="GR", nuts="GR30"), "code.nuts", E, "/locations/0/nuts"),
    (place(country="IT", nuts="DE21H"), "code.nuts", E, "/locations/0/nuts"),
    (place(country="GB", nuts="UKI31"), "code.nuts", W, "/locations/0/nuts"),
    (place(gbt2260="320500"), "code.gbt2260", E, "/locations/0/gbt2260"),
    (place(country="CN", gbt2260="320576"), "code.gbt2260", W, "/locations/0/gbt2260"),
    (place(lat="9.19", lon="48.78"), "code.coordinates", W, "/locations/0/lat"),
    (place(lat="-33.9", lon="18.4"), "code.coordinates", W, "/locations/0/lat"),
    # identifiers and classes, PRO-48 to PRO-52
    (identifier("EU-VAT", "DE136695977", "DE"), "code.identifier", E, "/identifiers/0/id"),
    (identifier("EUID", "DE12345", "DE"), "code.identifier", E, "/identifiers/0/id"),
    (identifier("ISIN", "US0378331006"), "code.identifier", E, "/identifiers/0/id"),
    (identifier("ISNI", "0000000121032684"), "code.identifier", E, "/identifiers/0/id"),
    (identifier("WIKIDATA", "Q0"), "code.identifier", E, "/identifiers/0/id"),
    (identifier("DE-HR", "12345"), "code.identifier", E, "/identifiers/0/id"),
    (identifier("FR-SIREN", "552008444"), "code.identifier", E, "/identifiers/0/id"),
    (identifier("IT-REA", "9999999"), "code.identifier", E, "/identifiers/0/id"),
    (identifier("NL-KVK", "1234567"), "code.identifier", E, "/identifiers/0/id"),
    (identifier("BE-KBO", "0403019262"), "code.identifier", E, "/identifiers/0/id"),
    (identifier("HK-BR", "1234"), "code.identifier", E, "/identifiers/0/id"),
    (identifier("CN-USCC", "N2330100MF1234567X"), "code.identifier", W, "/identifiers/0/id"),
    (identifier("CN-USCC", "123100000000000001"), "code.identifier-kind", W, "/identifiers/0/id"),
    (identifier("ROR", "https://ror.org/05q8mqd91"), "code.identifier-kind", W, "/identifiers/0/id"),
    (identifier("EU-VAT", "DE136695976", "IT"), "code.identifier-country", W, "/identifiers/0/id"),
    (identifier("USCC", "91310115MA1K000003"), "code.identifier-scheme", E, "/identifiers/0/scheme"),
    (activity("NACE-2.1", "72.11"), "code.classification", E, "/activities/0/code"),
    (activity("NACE-2.1", "7210"), "code.classification", E, "/activities/0/code"),
    (activity("NACE-2.0", "C21.20"), "code.classification", E, "/activities/0/code"),
    (activity("ISIC-4", "C2100"), "code.classification", E, "/activities/0/code"),
    (activity("GBT-4754-2017", "C276"), "code.classification", E, "/activities/0/code"),
    (activity("GBT-4754-2017", "2760"), "code.classification", W, "/activities/0/code"),
    (activity("NACE", "72.10"), "code.classification-scheme", E, "/activities/0/scheme"),
    (company(sectors=["biopharm"]), "code.unknown-code", E, "/sectors/0"),
    # addresses, PRO-53 to PRO-55
    *((company(website=f"https://{host}/"), "code.url", E, "/website") for host in (
        "www.localhost", "127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.1.1", "1.2.3", "intranet.local", "x.test")),
    (company(website="https://a.example:65536/"), "code.url", E, "/website"),
    (contact(email="info@biomed.test"), "code.email", E, "/contacts/0/email"),
    (contact(phone="+1202555"), "code.phone", E, "/contacts/0/phone"),
    (contact(phone="+999123456789"), "code.phone", E, "/contacts/0/phone"),
    # extensions, PRO-57
    (company(ext={"lab": {"schema": "https://x.example/s", "a": 1}}), "code.extension", I, "/ext/lab"),
    (ext(modalities=["adc", "pill"]), "code.extension-schema", E, "/ext/lifesci/modalities/1"),
    (ext(animals=True), "code.extension-schema", E, "/ext/lifesci"),
    # people, PRO-60 to PRO-66
    *((contact(email=mailbox), "privacy.free-mail", E, "/contacts/0/email") for mailbox in (
        "info@gmail.com", "nova@qq.com", "office@gmx.at", "bio@mail.163.com", "lab@yahoo.co.uk")),
    *((contact(email=f"{local}@nova.example"), "privacy.personal-mailbox", E, "/contacts/0/email") for local in (
        "maria.rossi", "m.rossi", "m.rossi2", "anna_maria.rossi", "13912345")),
    (contact(email="mrossi@nova.example"), "privacy.personal-mailbox", W, "/contacts/0/email"),
    (contact(phone="+8613812345678"), "privacy.mobile", E, "/contacts/0/phone"),
    (contact(phone="+4915112345678"), "privacy.mobile", E, "/contacts/0/phone"),
    (contact(phone="+12025550123"), "privacy.mobile", W, "/contacts/0/phone"),
    (identifier("CN-USCC", "92310115MA1K000000"), "privacy.personal-identifier", E, "/identifiers/0/id"),
    (identifier("EU-VAT", "ES00000000T", "ES"), "privacy.personal-identifier", E, "/identifiers/0/id"),
    (identifier("EU-VAT", "ITRSSMRA80A01H501U", "IT"), "privacy.personal-identifier", E, "/identifiers/0/id"),
    (identifier("x-it-cf", "RSSMRA80A01H501U", "IT"), "privacy.personal-identifier", E, "/identifiers/0/id"),
    (company(summary={"en": "Write to maria@nova.example."}), "privacy.text", E, "/summary/en"),
    (company(summary={"zh-Hans": "身份证11010519491231002X。"}), "privacy.text", E, "/summary/zh-Hans"),
    (company(summary={"zh-Hans": "电话13812345678"}), "privacy.text", W, "/summary/zh-Hans"),
    (company(summary={"zh-Hans": "身份证 110105 19491231 002X。"}), "privacy.text", E, "/summary/zh-Hans"),
    (company(summary={"zh-Hans": "身份证１１０１０５１９４９１２３１００２Ｘ。"}), "privacy.text", E, "/summary/zh-Hans"),
    (company(summary={"zh-Hans": "邮箱ｍａｒｉａ＠ｎｏｖａ．ｅｘａｍｐｌｅ"}), "privacy.text", E, "/summary/zh-Hans"),
    (company(summary={"zh-Hans": "电话１３８１２３４５６７８"}), "privacy.text", W, "/summary/zh-Hans"),
    (company(website="https://www.linkedin.com/IN/maria"), "privacy.profile-page", E, "/website"),
    (company(summary={"en": "Call +49 151 123 45678."}), "privacy.text", W, "/summary/en"),
    (company(summary={"en": "Led by Dr. Maria Rossi."}), "privacy.text", W, "/summary/en"),
    (company(summary={"zh-Hans": "联系王小明先生。"}), "privacy.text", W, "/summary/zh-Hans"),
    (company(website="https://www.linkedin.com/in/maria"), "privacy.profile-page", E, "/website"),
    (company(website="https://weibo.com/u/123456"), "privacy.profile-page", E, "/website"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "code", "severity", "pointer"), CASES, ids=[f"{c[1]}-{n}" for n, c in enumerate(CASES)]
)
def test_a_fault_is_told_where_it_stands(profile: Profile, code: str, severity: str, pointer: str) -> None:
    """PRO-31 to PRO-57 and PRO-60 to PRO-66: exactly this finding, with a hint (PRO-67)."""
    assert told(profile) == [(code, severity, pointer)]


@pytest.mark.parametrize(
    ("profile", "code", "severity", "pointer"), CASES, ids=[f"{c[1]}-{n}" for n, c in enumerate(CASES)]
)
def test_no_publishing_rule_decides_on_the_wire(
    profile: Profile, code: str, severity: str, pointer: str
) -> None:
    """PRO-30, PRO-01: what a publisher's tool refuses may still arrive from another node."""
    before = copy.deepcopy(profile)

    assert catalog.profile_validator(profile["type"]).is_valid(profile)
    require_wire_rules(profile)
    assert profile == before


def test_several_faults_are_told_in_the_order_of_their_pointers() -> None:
    found = told(company(sectors=["xyzzy"], founded="2030", languages=["cn"]))

    assert [pointer for _, _, pointer in found] == ["/founded", "/languages/0", "/sectors/0"]


def test_of_very_many_faults_the_errors_come_first() -> None:
    """PRO-30: a list that was cut must not hide that the profile may not be signed."""
    other = [{"kind": "brand", "name": {"en": "生物" + "\u00ad" * n}} for n in range(1, 41)]
    places = [{"country": "DE", "subdivision": f"DE-{n:03}", "nuts": "DE999"} for n in range(150)]
    found = findings(company(otherNames=other, locations=places, website="https://10.0.0.1/"))

    assert len(found) == 200
    assert has_error(found)
    assert "code.url" in {one.code for one in found}


def test_a_wire_rule_and_a_publishing_rule_do_not_tell_the_same_twice() -> None:
    """PRO-22, PRO-48: a number that does not check is told once."""
    assert told(identifier("CN-USCC", "91310115MA1K000004")) == [("code.identifier", E, "/identifiers/0/id")]


def test_a_text_of_an_extension_may_be_the_mailbox_of_a_role() -> None:
    """PRO-66: and of nobody else, known or not."""
    assert told(company(ext={"lab": {"schema": "https://x.example/s", "ask": ["qa@lab.example"]}})) == [
        ("code.extension", I, "/ext/lab")
    ]
    assert ("privacy.personal-mailbox", E, "/ext/lab/ask/0") in told(
        company(ext={"lab": {"schema": "https://x.example/s", "ask": ["anna.rossi@lab.example"]}})
    )
    assert ("privacy.text", E, "/ext/lab/a~1b") in told(
        company(ext={"lab": {"schema": "https://x.example/s", "a/b": "ask anna@lab.example"}})
    )


def test_a_code_out_of_use_is_pointed_out_and_stays_valid() -> None:
    """PRO-52."""
    old = Code("fax", "Fax", "传真", "By fax.", "以传真联系。", "1.0", "1.1, use general")
    (found,) = judge_code(CodeList("contactRole", False, "Role", (old,)), "fax", "/contacts/0/role")

    assert (found.code, found.severity) == ("code.deprecated", I)
    assert "use general" in found.message


@pytest.mark.parametrize(
    ("license", "expected"),
    [("CC0-1.0", []), ("CC-BY-4.0", []), ("ODbL-1.0", []), ("CC-BY-NC-4.0", [E]), ("CC-BY-ND-3.0", [E]), ("CC-BY-NC-SA-4.0", [E]),
     ("CC-BY-4", [W]), ("MIT", [W]), ("proprietary", [W]), ("LicenseRef-mine", [W])],
)  # fmt: skip
def test_a_licence_lets_everybody_use_the_record(license: str, expected: list[str]) -> None:
    """PRO-56."""
    found = list(licence_findings(license))

    assert [one.severity for one in found] == expected
    assert all(one.code == "code.license" and one.pointer == "/license" and one.hint for one in found)


def test_a_hint_names_the_nearest_licence() -> None:
    """PRO-56."""
    (found,) = licence_findings("CC-BY-4")

    assert found.hint == "Did you mean CC-BY-4.0?"


def test_the_extension_for_life_sciences_says_what_each_field_is() -> None:
    """PRO-57: closed, titled, and known by its id."""
    assert catalog.extension_ids() == (LIFESCI,)
    schema = catalog.extension_schema(LIFESCI)

    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert all(field["title"] and field["description"] for field in schema["properties"].values())
    for name, field in schema["properties"].items():
        for value in field.get("examples", ()):
            assert Draft202012Validator(schema).is_valid({"schema": LIFESCI, name: value})
    with pytest.raises(KeyError):
        catalog.extension_schema("https://w3id.org/entrepot/extension/lifesci/0.2.json")


NASTY = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff"),
    min_size=1,
    max_size=80,
)
PIECES = st.sampled_from(
    [
        "@",
        "<a ",
        "&amp;",
        "+86 138 1234 5678",
        "Dr. ",
        "先生",
        "王",
        "Ã¼",
        "\u0301",
        "\u200d",
        "110105194912310",
        ".",
    ]
)
TEXTS = st.lists(NASTY | PIECES, min_size=1, max_size=6).map("".join)
TAGS = st.from_regex(r"\A[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?\Z")
MAPS = st.dictionaries(TAGS, TEXTS, min_size=1, max_size=3)


@settings(deadline=None)  # the first profile loads the libraries
@given(
    name=MAPS, summary=MAPS, inside=TEXTS, country=st.from_regex(r"\A[A-Z]{2}\Z"), rest=st.from_regex(r"\A[A-Z0-9]{1,3}\Z"),
    number=st.from_regex(r"\A[!-~]{1,20}\Z"),
    phone=st.from_regex(r"\A\+[1-9][0-9]{6,14}\Z"),
    code=st.from_regex(r"\A[A-Z]?[0-9]{1,3}(?:\.[0-9]{1,3})?\Z"),
    mailbox=st.from_regex(r"\A[a-zé0-9_]{1,9}(?:[.+][a-z0-9]{1,9})?@[a-zü0-9]{1,20}\.[a-z0-9]{1,8}\Z"),
    host=st.from_regex(r"\A[a-zü0-9]{1,20}\.[a-z0-9]{1,8}(?::[1-9][0-9]{0,4})?\Z"),
)  # fmt: skip
def test_any_profile_that_fits_its_schema_is_judged_without_an_error(
    name: Profile, summary: Profile, inside: str, country: str, rest: str, number: str, phone: str, code: str, mailbox: str, host: str
) -> None:  # fmt: skip
    """PRO-30: whatever it says, in every field that a rule reads."""
    schemes = (
        "EU-VAT",
        "ISIN",
        "ISNI",
        "WIKIDATA",
        "EUID",
        "DE-HR",
        "FR-SIREN",
        "IT-REA",
        "NL-KVK",
        "BE-KBO",
        "HK-BR",
        "LEI",
        "CN-USCC",
    )
    place = {
        "country": country,
        "subdivision": f"{country}-{rest}",
        "nuts": f"{country}{rest}",
        "gbt2260": "123456",
        "lat": "1",
        "lon": "2",
    }
    profile = company(
        name=name, summary=summary, locations=[place], jurisdiction=f"{country}-{rest}", website=f"https://{host}/",
        identifiers=[{"scheme": scheme, "id": value} for scheme in schemes for value in (number, country + number)],
        contacts=[{"role": "general", "email": mailbox, "phone": phone}],
        activities=[{"scheme": scheme, "code": code} for scheme in ("NACE-2.1", "NACE-2.0", "ISIC-5", "GBT-4754-2017")],
        ext={"lab": {"schema": "https://x.example/s", "t": inside}},
    )  # fmt: skip

    for one in profile_findings(profile, now=NOW):
        assert one.message
        assert one.layer in ("S", "C", "P")
