"""The publishing rules of layers C and P (PRO-30 to PRO-67): what they find, how bad it is, and where."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot_schema import catalog
from entrepot_schema.findings import Finding
from entrepot_schema.profile_check import profile_findings
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
        "maria.rossi", "m.rossi", "anna_maria.rossi", "13912345")),
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


@pytest.mark.parametrize("code", ["52310000000000000W", "91310115000000000Q"])
def test_two_faults_are_both_told_in_order(code: str) -> None:
    found = told(company(identifiers=[{"scheme": "CN-USCC", "id": code}], sectors=["xyzzy"], founded="2030"))

    assert [pointer for _, _, pointer in found] == sorted(pointer for _, _, pointer in found)
    assert {"code.future-date", "code.unknown-code"} <= {one for one, _, _ in found}
