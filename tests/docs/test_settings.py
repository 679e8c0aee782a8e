"""The documented settings are the settings."""

from __future__ import annotations

from pathlib import Path

from entrepot_node.settings import Settings

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text("utf-8")


def test_every_setting_is_documented_with_its_own_words() -> None:
    rows = {line.split("|")[1].strip(" `"): line for line in TEXT.split("\n") if line.startswith("| `")}

    assert set(rows) == set(Settings.model_fields)
    assert [n for n, field in Settings.model_fields.items() if str(field.description) not in rows[n]] == []
