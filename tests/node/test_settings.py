"""The settings file and the environment."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from entrepot_node.settings import FILE_NAME, Settings, load_settings, write_settings
from entrepot_schema.errors import Misuse


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ENTREPOT_{name.upper()}", raising=False)


def write(home: Path, text: str) -> Path:
    (home / FILE_NAME).write_text(text, "utf-8")
    return home


def values(settings: Settings) -> dict[str, Any]:
    return settings.model_dump() | {"passphrase": settings.passphrase}


def refusal_of(home: Path) -> Misuse:
    with pytest.raises(Misuse) as refusal:
        load_settings(home)
    return refusal.value


def test_only_the_origin_is_required(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, 'origin = "biomed.example"\n'))

    assert values(settings) == values(Settings(origin="biomed.example"))
    assert (settings.listen, settings.poll_seconds) == ("127.0.0.1:8101", 300)  # nothing listens to the world


@pytest.mark.parametrize(
    "settings",
    [
        Settings(origin="biomed.example"),
        Settings(origin="biomed.example", name='Pôle "Santé" \\ 生物\n', territory=["FR", "CN"], demo=True),
        Settings(origin="biomed.example", poll_seconds=60, growth_limit=5, license="CC0-1.0"),
    ],
)
def test_settings_are_written_and_read_back(tmp_path: Path, settings: Settings) -> None:
    write_settings(tmp_path, settings)

    assert values(load_settings(tmp_path)) == values(settings)


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@settings_of_hypothesis(max_examples=30)
@given(name=TEXT, language=TEXT, territory=st.lists(st.from_regex("[A-Z]{2}", fullmatch=True), max_size=3))
def test_any_text_survives_the_file(
    tmp_path_factory: pytest.TempPathFactory, name: str, language: str, territory: list[str]
) -> None:
    home = tmp_path_factory.mktemp("home")
    settings = Settings(origin="biomed.example", name=name, language=language, territory=territory)

    write_settings(home, settings)

    assert values(load_settings(home)) == values(settings)


def test_the_file_explains_every_setting_and_sets_what_differs(tmp_path: Path) -> None:
    write_settings(tmp_path, Settings(origin="biomed.example", poll_seconds=60))

    text = (tmp_path / FILE_NAME).read_text("utf-8")
    assert tomllib.loads(text) == {"origin": "biomed.example", "poll_seconds": 60}
    for name, field in Settings.model_fields.items():
        assert (f"\n{name} = " in text or f"\n# {name} = " in text) is (not field.exclude)
        assert (str(field.description) in text) is (not field.exclude)
    assert "# growth_limit = 1000000\n" in text


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 'origin = "biomed.example"\npoll_seconds = 60\nterritory = ["FR"]\n')
    monkeypatch.setenv("ENTREPOT_POLL_SECONDS", "90")
    monkeypatch.setenv("ENTREPOT_TERRITORY", '["CN"]')

    settings = load_settings(tmp_path)

    assert (settings.poll_seconds, settings.territory) == (90, ["CN"])


def test_the_passphrase_is_in_the_environment_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A14: neither written, nor shown, nor taken from a file that lies beside the keys."""
    monkeypatch.setenv("ENTREPOT_PASSPHRASE", "correct horse")
    settings = load_settings(write(tmp_path, 'origin = "biomed.example"\n'))

    assert settings.passphrase == "correct horse"
    assert "correct horse" not in repr(settings) + str(settings.model_dump())
    write_settings(tmp_path, settings)
    assert "correct horse" not in (tmp_path / FILE_NAME).read_text("utf-8")
    monkeypatch.delenv("ENTREPOT_PASSPHRASE")
    refused = refusal_of(write(tmp_path, 'origin = "biomed.example"\npassphrase = "in a file"\n'))
    assert (refused.code, "in a file" in str(refused)) == ("settings.wrong", False)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "origin"),
        ('origin = "biomed.example"\npoll_second = 60\n', "poll_second"),
        ('origin = "biomed.example"\npoll_seconds = 1\n', "poll_seconds"),
        ('origin = "biomed.example"\npoll_seconds = "often"\n', "poll_seconds"),
        ('origin = "biomed.example"\nterritory = ["fr"]\n', "territory"),
        ('origin = "biomed.example"\ngrowth_limit = 0\n', "growth_limit"),
        ("origin = 7\n", "origin"),
        ("origin = biomed.example\n", "TOML"),
        ('origin = "a"\norigin = "b"\n', "TOML"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    refused = refusal_of(write(tmp_path, text))

    assert refused.code == "settings.wrong"
    assert named in refused.message


def test_a_wrong_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_TERRITORY", "CN")

    refused = refusal_of(write(tmp_path, 'origin = "biomed.example"\n'))

    assert refused.code == "settings.wrong"
    assert "territory" in refused.message
    assert "TOML" not in refused.message


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b'origin = "\xff"\n')

    assert refusal_of(tmp_path).code == "settings.wrong"


def test_a_folder_without_settings_is_no_node(tmp_path: Path) -> None:
    refused = refusal_of(tmp_path / "nowhere")

    assert refused.code == "settings.missing"
    assert "entrepot init" in refused.hint


@pytest.mark.parametrize("proxy", ["nginx", "10.0.0.0/33", "10.1.2.3/8", "*", ""])
def test_a_proxy_that_is_no_address_and_no_network_is_refused(tmp_path: Path, proxy: str) -> None:
    """H24: it would match nobody, or everybody."""
    refusal = refusal_of(write(tmp_path, f'origin = "biomed.example"\nproxies = ["127.0.0.1", "{proxy}"]\n'))

    assert (refusal.code, "proxies.1" in refusal.message) == ("settings.wrong", True)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("postgresql://entrepot@db.internal/entrepot?sslmode=verify-full", True),
        ("postgresql://entrepot:secret@db.internal/entrepot", False),
        ("postgresql://entrepot@db.internal/entrepot?password=secret", False),
    ],
)
def test_a_password_of_the_database_is_not_written_where_everybody_may_read(
    tmp_path: Path, url: str, kept: bool
) -> None:
    write_settings(tmp_path, Settings(origin="biomed.example", database=url))

    assert "secret" not in (tmp_path / "entrepot.toml").read_text("utf-8")
    assert load_settings(tmp_path).database == (url if kept else "")
    assert "secret" not in repr(Settings(origin="biomed.example", database=url))


def test_a_database_that_is_not_postgresql_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "entrepot.toml").write_text('origin = "biomed.example"\ndatabase = "mysql://db/entrepot"\n')

    with pytest.raises(Misuse, match="setting database"):
        load_settings(tmp_path)
