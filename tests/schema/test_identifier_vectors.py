"""82 identifiers and codes with what is expected of each: the traps that real lists hold (PRO-31, PRO-42 to PRO-51, PRO-63)."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot_schema.identifier import usual_spelling
from entrepot_schema.profile_check import profile_findings

NOW = datetime(2026, 11, 25, tzinfo=UTC)
FILE = Path(__file__).parent / "vectors" / "identifier-test-vectors.csv"
ROWS = list(csv.DictReader(FILE.read_text("utf-8").splitlines()))
BASE = {
    "id": "https://biomed.example/id/v3ikd5zxcyjg6xxgjsqxxbz6rt", "type": "institution", "kind": "university",
    "name": {"und": "A"}, "locations": [{"country": "DE"}], "status": "active", "updated": "2026-11-02",
}  # fmt: skip
# The base stands in one country only; that is no verdict on the number.
BESIDE_THE_POINT = {"code.identifier-country"}


def profile_with(scheme: str, value: str) -> dict[str, Any]:
    """A profile in which the value stands where it belongs."""
    match scheme:
        case "NACE-2.1" | "NACE-2.0" | "GBT-4754-2017":
            return {**BASE, "activities": [{"scheme": scheme, "code": value}]}
        case "ISO-3166-1":
            return {**BASE, "locations": [{"country": value}]}
        case "ISO-3166-2":
            return {**BASE, "locations": [{"country": value[:2], "subdivision": value}]}
        case "GBT-2260":
            return {**BASE, "locations": [{"country": "CN", "gbt2260": value}]}
        case "NUTS-2024":
            country = {"EL": "GR", "UK": "GB"}.get(value[:2], value[:2])
            return {**BASE, "locations": [{"country": country, "nuts": value}]}
        case "BCP47":
            return {**BASE, "languages": [value]}
        case _:
            return {**BASE, "identifiers": [{"scheme": scheme, "id": value}]}


def verdict(scheme: str, value: str) -> tuple[str, list[str]]:
    """The worst severity, and all codes."""
    found = [
        one
        for one in profile_findings(profile_with(scheme, value), now=NOW)
        if one.code not in BESIDE_THE_POINT
    ]
    severities = {one.severity for one in found}
    worst = next((one for one in ("error", "warning", "information") if one in severities), "")
    return worst, [one.code for one in found]


def test_there_are_all_of_them() -> None:
    assert len(ROWS) == 82


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['scheme']}-{row['value']}" for row in ROWS])
def test_a_vector_is_judged_as_expected(row: dict[str, str]) -> None:
    """PRO-22, PRO-31, PRO-42, PRO-43, PRO-45, PRO-46, PRO-48, PRO-51, PRO-63."""
    severity, codes = verdict(row["scheme"], row["value"])

    match row["expected"]:
        case "valid" | "allowed-user-assigned":
            assert codes == []
        case "invalid" | "normalise":
            # Our copies of registers age: what they lack is a warning (UKI31, 2760).
            assert severity == ("warning" if row["value"] in ("UKI31", "2760") else "error")
        case "warning" | "unlisted":
            assert severity == "warning"
        case "personal":
            assert "privacy.personal-identifier" in codes
            assert severity == "error"
        case other:
            pytest.fail(other)


MENDED = [
    ("CN-USCC", "91110000600037341l", "91110000600037341L"),
    ("CN-USCC", "9111 0000 6000 3734 1L", "91110000600037341L"),
    ("LEI", "506700ge1g29325qx363", "506700GE1G29325QX363"),
    ("EU-VAT", "GR094259216", "EL094259216"),
    ("EU-VAT", "BE 0403.019.261", "BE0403019261"),
    ("ROR", "05q8mqd91", "https://ror.org/05q8mqd91"),
    ("NACE-2.1", "7210", "72.10"),
    ("NACE-2.1", "C21.20", "21.20"),
    ("GBT-4754-2017", "C276", "276"),
    ("BCP47", "iw", "he"),
    ("BCP47", "zho", "zh"),
    ("BCP47", "cn", "zh-Hans"),
    ("BCP47", "jp", "ja"),
    ("ISO-3166-1", "EL", "GR"),
    ("ISO-3166-1", "UK", "GB"),
    ("ISO-3166-2", "CN-32", "CN-JS"),
    ("NUTS-2024", "GR30", "EL30"),
]


@pytest.mark.parametrize(("scheme", "value", "meant"), MENDED)
def test_the_hint_says_what_to_write(scheme: str, value: str, meant: str) -> None:
    """PRO-67 in spirit, for codes: mend nothing, say how."""
    (found,) = profile_findings(profile_with(scheme, value), now=NOW)

    assert meant in found.hint


@pytest.mark.parametrize("value", ["9.1110000600037E+17", "9,1E+17", "1.231e17"])
def test_digits_that_a_spreadsheet_lost_are_told_as_such(value: str) -> None:
    """PRO-22: the number is gone; nobody repairs it."""
    (found,) = profile_findings(profile_with("CN-USCC", value), now=NOW)

    assert found.code == "code.identifier"
    assert "spreadsheet" in found.hint


def test_full_width_digits_are_mended_by_importers_only() -> None:
    """PRO-22: in a profile the schema refuses them."""
    wide = "９１１１００００６０００３７３４１Ｌ"

    assert usual_spelling("CN-USCC", wide) == "91110000600037341L"
    assert verdict("CN-USCC", wide) == ("error", ["schema.pattern"])
