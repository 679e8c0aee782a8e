"""Public lists converted by `examples/convert`: they publish without an error, and the traps in them were seen."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from examples.convert.__main__ import RETRIEVED, main
from examples.convert.conversion import Converted, convert

from entrepot_node.commands.publish import run_publish

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "convert" / "sample"
DATA = os.environ.get("ENTREPOT_DATA", "")
ORIGIN = "biomed.example"


@pytest.fixture(scope="module")
def converted() -> dict[str, Converted]:
    return {result.name: result for result in convert(SAMPLE, origin=ORIGIN, retrieved=RETRIEVED)}


def profile(converted: dict[str, Converted], name: str) -> dict[str, Any]:
    every = [profile for result in converted.values() for profile in result.profiles]
    return next(profile for profile in every if name in profile["name"].values())


def publish_all(node: Any, folder: Path, output: Path) -> Counter[str]:
    """Convert a folder and publish every file of it under the licence of its source; count records by type."""
    assert main([str(folder), "--origin", ORIGIN, "--output", str(output)]) == 0
    for result in convert(folder, origin=ORIGIN, retrieved=RETRIEVED):
        path = output / f"{Path(result.name).stem}.jsonl"
        assert run_publish(node.home.path, [path], license=result.license, as_json=True) == 0, path
    found = node.store.statistics(now=0).facets["type"]
    return Counter({one.value: one.count for one in found})


def test_the_sample_is_published_whole_and_a_second_conversion_changes_nothing(
    node: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = publish_all(node, SAMPLE, tmp_path / "out")
    size = node.feed.size

    assert counts == {"cluster": 11, "company": 14, "institution": 14}
    publish_all(node, SAMPLE, tmp_path / "again")
    assert node.feed.size == size


@pytest.mark.skipif(not DATA, reason="ENTREPOT_DATA names no folder with the whole source files")
def test_the_whole_data_is_published_without_an_error(
    node: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish_all(node, Path(DATA), tmp_path / "out").total() > 5_000


def test_a_country_in_brackets_is_no_part_of_a_name(converted: dict[str, Converted]) -> None:
    names = [name for result in converted.values() for p in result.profiles for name in p["name"].values()]

    assert not [name for name in names if name.endswith(("(Austria)", "(China)", "(Taiwan)"))]
    assert "Austrian Centre of Industrial Biotechnology" in names


def test_where_a_company_works_is_never_taken_for_where_it_is_registered(
    converted: dict[str, Converted],
) -> None:
    """BeiGene works in China; its shares are of the Cayman Islands. Neither is derived from the other."""
    beigene = profile(converted, "BeiGene, Ltd.")

    assert beigene["locations"][0]["country"] == "CN"
    assert beigene["identifiers"] == [{"scheme": "ISIN", "id": "KYG1146Y1017"}]
    assert not [p for result in converted.values() for p in result.profiles if "jurisdiction" in p]


def test_what_is_no_company_is_left_out_and_counted(converted: dict[str, Converted]) -> None:
    assert converted["companies-listed-health-care.csv"].dropped == {
        "a structured product or a fund, no company": 1,
        "a depositary receipt, no company": 1,
        "a line of shares under its own name": 2,
        "neither place nor web site: nothing tells which company it is": 1,
    }


def test_an_isin_that_is_somebody_elses_is_left_out(converted: dict[str, Converted]) -> None:
    """The source gives a Taiwanese company the number of a Japanese one."""
    assert "identifiers" not in profile(converted, "AmCad BioMed Corporation")


def test_a_zone_stands_in_the_division_around_it_and_streets_are_none(
    converted: dict[str, Converted],
) -> None:
    """The statistical office's own codes for zones (130171) are no codes of GB/T 2260."""
    zone = profile(converted, "石家庄高新技术产业开发区")

    assert (zone["kind"], zone["locations"][0]["gbt2260"]) == ("highTechZone", "130100")
    assert zone["locations"][0]["subdivision"] == "CN-HE"
    assert converted["cn-zones-and-parks-2023.csv"].dropped.total() == 4


def test_a_record_of_the_registry_keeps_its_names_and_what_cannot_be_said_is_left_out(
    converted: dict[str, Converted],
) -> None:
    university = profile(converted, "Henan University of Economic and Law")

    assert university["name"]["zh-Hans"] == "河南财经学院"
    assert university["identifiers"][0] == {"scheme": "ROR", "id": "https://ror.org/000jtc944"}
    assert converted["ror-v2-records-sample.json"].dropped["in several countries or in none"] == 1


def test_quotation_marks_that_became_control_characters_are_mended(converted: dict[str, Converted]) -> None:
    assert profile(converted, "Fine Arts Academy “Wladyslaw Strzeminski” in Lodz")


def test_no_body_stands_in_two_files_and_ids_are_the_same_each_time(converted: dict[str, Converted]) -> None:
    ids = [profile["id"] for result in converted.values() for profile in result.profiles]
    again = convert(SAMPLE, origin=ORIGIN, retrieved=RETRIEVED)

    assert len(set(ids)) == len(ids)
    assert ids == [profile["id"] for result in again for profile in result.profiles]


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="there is no clusters-and-parks-ror"):
        main([str(tmp_path), "--origin", ORIGIN, "--output", str(tmp_path / "out")])


def test_the_report_says_what_was_left_out_and_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(SAMPLE), "--origin", ORIGIN, "--output", str(tmp_path)])
    said = capsys.readouterr().out

    assert "universities-domains-eu-cn.csv: 8 of 8 rows, MIT" in said
    assert "a depositary receipt, no company" in said
    assert json.loads((tmp_path / "universities-domains-eu-cn.jsonl").read_text().splitlines()[0])["id"]
