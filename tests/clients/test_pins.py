"""Pins are what a person confirmed: strict to read, never changed in passing."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot_client.pins import Pins
from entrepot_client.resume import Place, parse_place
from entrepot_schema.errors import Misuse

SCID = "QmS3UiXYJVUZmFtkoYVjLNjqfB9C34DvjmX9hTFGW5g7VJ"


def test_pins_come_back_from_their_file(tmp_path: Path) -> None:
    pins = Pins({"b.example": SCID, "a.example": SCID})
    pins.save(tmp_path / "pins.json")

    assert Pins.load(tmp_path / "pins.json") == pins


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"a.example": 1}',
        '{"A.example": "Qm"}',
        '{"a.example": "Q m"}',
        '{"a.example":"Q","a.example":"R"}',
    ],
)
def test_a_file_that_is_no_list_of_pins_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "pins.json").write_text(text)

    with pytest.raises(Misuse) as misuse:
        Pins.load(tmp_path / "pins.json")

    assert misuse.value.code == "client.pins"


def test_a_second_fingerprint_for_an_origin_is_refused() -> None:
    """F10: a second key log for a pinned origin is no routine change."""
    pins = Pins().with_pin("a.example", SCID)
    assert pins.with_pin("a.example", SCID) == pins

    with pytest.raises(Misuse):
        pins.with_pin("a.example", SCID[::-1])


@pytest.mark.parametrize("place", [Place(), Place("abc", 3), Place("a:b", 0)])
def test_a_place_comes_back_from_its_token(place: Place) -> None:
    assert parse_place(str(place)) == place


@pytest.mark.parametrize("token", ["abc", "x:abc", "-1:abc", "٣:abc", "99999999:a"])
def test_what_no_iteration_gave_is_no_place_to_resume_from(token: str) -> None:
    with pytest.raises(Misuse) as misuse:
        parse_place(token)

    assert misuse.value.code == "client.resume"
