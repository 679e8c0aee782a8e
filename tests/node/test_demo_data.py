"""The data of the demo: valid, marked as invented where it is, and silent where its source is."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.demo_data import NODES, build, demo_profiles, load_organisations, symbolic_names
from entrepot_schema.origin import subject_of
from entrepot_schema.profile_check import profile_findings

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, tzinfo=UTC)
STATED_BY_ORGANISATIONS = frozenset(
    ["capabilities", "contacts", "internationalisation", "memberOf", "sectors", "services", "summary"]
)
MARKS = {"en": "Invented for the demo.", "de": "Für die Demo erfunden.", "zh-Hans": "演示用虚构信息。"}


def fake_ids(symbol: str) -> str:
    """The same valid id for the same symbolic name, under the origin of its node."""
    node, _, _ = symbol.partition("/")
    every = sorted(name for known in NODES for name in symbolic_names(known))
    return subject_of(NODES[node].origin, "a" * 25 + "abcdefghijklmnop"[every.index(symbol)])


def invented(node: str) -> list[dict[str, Any]]:
    return demo_profiles(node, fake_ids, TODAY)


@pytest.mark.parametrize("node", NODES)
def test_every_real_organisation_may_be_signed(node: str) -> None:
    placeholder = subject_of(NODES[node].origin, "a" * 26)

    profiles = load_organisations(node)
    faults = [
        fault for profile in profiles for fault in profile_findings({**profile, "id": placeholder}, now=NOW)
    ]

    assert len(profiles) > 60
    # The source is a register of research organisations: that a company stands in it is pointed out.
    assert {(fault.severity, fault.code) for fault in faults} <= {("warning", "code.identifier-kind")}


@pytest.mark.parametrize("node", NODES)
def test_nothing_is_invented_about_a_real_organisation(node: str) -> None:
    for profile in load_organisations(node):
        assert not STATED_BY_ORGANISATIONS & profile.keys()
        assert profile["source"]["kind"] == "thirdParty"
        assert profile["source"]["url"] == profile["identifiers"][0]["id"]
        assert "id" not in profile


def test_each_real_organisation_stands_at_one_node_only() -> None:
    ids = Counter(profile["identifiers"][0]["id"] for node in NODES for profile in load_organisations(node))

    assert max(ids.values()) == 1


def test_the_data_stays_small() -> None:
    folder = Path(build.__file__).parent

    assert sum(path.stat().st_size for path in folder.glob("*.jsonl")) < 1_500_000


@pytest.mark.parametrize("node", NODES)
def test_every_invented_profile_may_be_signed(node: str) -> None:
    profiles = invented(node)

    assert [profile["id"] for profile in profiles] == [fake_ids(symbol) for symbol in symbolic_names(node)]
    assert [profile_findings(profile, now=NOW) for profile in profiles] == [[]] * len(profiles)


@pytest.mark.parametrize("node", NODES)
def test_every_invented_summary_says_so_in_each_of_its_languages(node: str) -> None:
    for profile in invented(node):
        for language, text in profile["summary"].items():
            assert text.startswith(MARKS[language])


def test_no_placeholder_is_left() -> None:
    assert '"@' not in json.dumps([invented(node) for node in NODES])


def test_one_relation_is_stated_by_both_sides_and_one_by_one_side() -> None:
    stated = {
        (profile["from"], profile["to"], profile["relationType"])
        for node in NODES
        for profile in invented(node)
        if profile["type"] == "relation"
    }

    biomed, lifepark, parks = (fake_ids(f"{node}/cluster") for node in NODES)
    assert stated == {
        (biomed, lifepark, "mutualEntryPoint"),
        (lifepark, biomed, "mutualEntryPoint"),
        (parks, biomed, "knowledgeExchange"),
    }


def test_there_are_four_companies_one_offer_and_one_request() -> None:
    everything = [profile for node in NODES for profile in invented(node)]

    assert Counter(profile["type"] for profile in everything) == {
        "cluster": 3,
        "company": 4,
        "opportunity": 2,
        "relation": 3,
    }
    assert {p["direction"] for p in everything if p["type"] == "opportunity"} == {"offer", "request"}


def test_opportunities_open_today_and_close_within_a_year() -> None:
    offer = next(profile for profile in invented("biomed") if profile["type"] == "opportunity")

    assert offer["opens"] == "2026-11-24"
    assert offer["closes"] == "2027-05-23"


ROR = "https://ror.org/05q8mqd91"


def source_folder(tmp_path: Path, **changes: str) -> Path:
    row = {
        "ror_id": ROR,
        "name": "Beispiel Bio (Austria)",
        "name_lang": "",
        "name_zh": "",
        "other_names_json": "",
        "country": "AT",
        "subdivision_code": "9",
        "city": "Vienna",
        "lat": "48.20850",
        "lng": "16.0",
        "website": "https://bio.example",
        "established": "2010",
        "status": "active",
        "types": "company",
        "wikidata": "Q1",
        "isni": "0000 0004 0591 4434",
    } | changes
    for name, rows in ((build.COMPANIES, [row]), (build.INSTITUTIONS, []), (build.CLUSTERS, [])):
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, row)
            writer.writeheader()
            writer.writerows(rows)
    return tmp_path


def built(tmp_path: Path, **changes: str) -> tuple[list[dict[str, Any]], Counter[str]]:
    dropped: Counter[str] = Counter()
    files = build.build(source_folder(tmp_path, **changes), "2026-11-23", dropped)
    return [profile for profiles in files.values() for profile in profiles], +dropped


def test_a_row_becomes_a_profile(tmp_path: Path) -> None:
    profiles, dropped = built(tmp_path)

    assert not dropped
    assert profiles == [
        {
            "type": "company",
            "name": {"und": "Beispiel Bio"},
            "locations": [
                {
                    "country": "AT",
                    "subdivision": "AT-9",
                    "locality": {"und": "Vienna"},
                    "lat": "48.2085",
                    "lon": "16",
                }
            ],
            "identifiers": [
                {"scheme": "ROR", "id": ROR},
                {"scheme": "WIKIDATA", "id": "Q1"},
                {"scheme": "ISNI", "id": "0000000405914434"},
            ],
            "website": "https://bio.example",
            "founded": "2010",
            "status": "active",
            "source": {"kind": "thirdParty", "url": ROR, "retrieved": "2026-11-23"},
            "updated": "2026-11-23",
        }
    ]


@pytest.mark.parametrize("name", ["Beispiel (Vienna)", "Beispiel (Germany)", "Beispiel (Austria) Bio"])
def test_a_bracket_that_is_not_the_country_is_part_of_the_name(tmp_path: Path, name: str) -> None:
    profiles, _ = built(tmp_path, name=name)

    assert profiles[0]["name"] == {"und": name}


@pytest.mark.parametrize(
    ("country", "chinese", "tag"),
    [
        ("CN", "苏州示例生物", "zh-Hans"),
        ("CN", "愛爾眼科", "zh-Hant"),
        ("HK", "香港科技园公司", "zh-Hans"),
        ("TW", "亞洲大學", "zh-Hant"),
        ("CN", "中大", "zh-Hans"),
        ("TW", "中大", "zh-Hant"),
    ],
)
def test_chinese_names_carry_the_script_of_their_characters(
    tmp_path: Path, country: str, chinese: str, tag: str
) -> None:
    profiles, _ = built(tmp_path, country=country, subdivision_code="", name="Bio", name_zh=chinese)

    assert profiles[0]["name"] == {"und": "Bio", tag: chinese}


def test_a_chinese_name_without_chinese_characters_is_left_out(tmp_path: Path) -> None:
    profiles, _ = built(tmp_path, name_zh="Instituto de Investigación")

    assert profiles[0]["name"] == {"und": "Beispiel Bio"}


def test_a_subdivision_of_another_list_is_left_out(tmp_path: Path) -> None:
    profiles, _ = built(tmp_path, country="HK", subdivision_code="NST")

    assert "subdivision" not in profiles[0]["locations"][0]


@pytest.mark.parametrize("status", ["inactive", "withdrawn"])
def test_rows_of_unclear_fate_are_left_out_and_counted(tmp_path: Path, status: str) -> None:
    profiles, dropped = built(tmp_path, status=status)

    assert profiles == []
    assert dropped.total() == 1


def test_a_row_that_cannot_be_signed_is_left_out_and_counted(tmp_path: Path) -> None:
    profiles, dropped = built(tmp_path, established="about 1990")

    assert profiles == []
    assert dropped == {"schema.pattern at /founded": 1}
