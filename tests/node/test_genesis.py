"""Founding a node: keys, cards, key log, empty feed."""

from __future__ import annotations

import random
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from entrepot_node.cli import app
from entrepot_node.genesis import Founded, found_node
from entrepot_node.home import Home
from entrepot_node.settings import Settings
from entrepot_schema.canonical import read_canonical
from entrepot_schema.errors import Misuse, Refused
from entrepot_schema.key_log import extend_key_log, multihash, parse_key_log
from entrepot_schema.key_state import build_state
from entrepot_schema.keys import PublicKey, SigningKey
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.peer_trust import log_keys

ORIGIN = "biomed.example"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def found(path: Path, **options: Any) -> Founded:
    settings = Settings(**{"origin": ORIGIN, "takedown_email": "info@biomed.example", **options})
    return found_node(Home(path), settings, now=lambda: NOW)


def card_key(path: Path) -> SigningKey:
    line = next(line for line in path.read_text().splitlines() if line.startswith("Card key"))
    return SigningKey.from_seed(bytes.fromhex(line.rpartition(" ")[2]))


def test_a_new_node_has_a_signed_feed_that_opens_with_its_key_log(tmp_path: Path) -> None:
    """LOG-23, SIG-40, SIG-48: entry 0 commits to line 1; the head is signed by the key that line names."""
    founded = found(tmp_path / "home")

    home = Home(tmp_path / "home")
    store = home.open_store()
    (feed,) = store.feeds()
    store.close()
    assert (feed.name, feed.own, feed.size) == (founded.feed_name, True, 1)
    assert feed.key_log.scid == founded.scid
    opened = open_checkpoint(feed.head.note, feed.name, log_keys(feed.key_log, feed.name))
    assert opened.checkpoint.size == 1
    keyring = home.keyring(1)
    assert keyring.record.public == feed.key_log.latest.record_key
    assert keyring.record.public != keyring.log.public


def test_no_secret_key_is_used_twice_or_guessable(tmp_path: Path) -> None:
    """A25: five keys from the system's randomness; two nodes share none."""
    seeds = set()
    for name in ("one", "two"):
        founded = found(tmp_path / name)
        keyring = Home(tmp_path / name).keyring(1)
        seeds |= {keyring.record.seed, keyring.log.seed, *(card_key(card).seed for card in founded.cards)}

    assert len(seeds) == 8


def test_key_files_and_cards_are_for_their_owner_only(tmp_path: Path) -> None:
    """K14. Mode 0600 in folders of mode 0700, whatever the umask."""
    founded = found(tmp_path / "home")

    home = Home(tmp_path / "home")
    secret = [*home.keys.glob("*.pem"), *founded.cards]
    assert len(secret) == 6
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home.keys, home.cards)} == {0o700}


@pytest.mark.parametrize("place", [0, 1])
def test_either_card_can_rotate_the_keys(tmp_path: Path, place: int) -> None:
    """SIG-43: the key log commits to both from the first line on."""
    founded = found(tmp_path / "home")
    store = Home(tmp_path / "home").open_store()
    log = store.feeds()[0].key_log
    store.close()
    card = card_key(founded.cards[place])
    new, next_card = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2))

    state = build_state(ORIGIN, new.public, log.latest.feeds, log.scid)
    longer = extend_key_log(
        log, state, card=card, next_cards=(next_card.public,), time="2026-11-24T09:30:00Z"
    )

    assert parse_key_log(longer.to_bytes(), origin=ORIGIN).latest.record_key == new.public
    commitments = read_canonical(log.lines[0])["parameters"]["nextKeyHashes"]
    assert commitments[place] == multihash(card.public.multikey.encode())
    text = founded.cards[place].read_text()
    assert PublicKey.from_multikey(text.partition("Public half:")[2].split()[0]) == card.public
    assert (ORIGIN in text, founded.scid in text) == (True, True)


def test_the_same_randomness_founds_the_same_node(tmp_path: Path) -> None:
    """Randomness and time are passed in: a whole federation can run from one seed."""
    settings = Settings(origin=ORIGIN)
    notes = []
    for name in ("one", "two"):
        home = Home(tmp_path / name)
        found_node(home, settings, now=lambda: NOW, random_bytes=random.Random(1).randbytes)
        store = home.open_store()
        notes.append(store.feeds()[0].head.note)
        store.close()

    assert notes[0] == notes[1]


def test_a_wrong_origin_founds_nothing(tmp_path: Path) -> None:
    """LOG-01: the origin is for ever, so it is checked before any key is made."""
    with pytest.raises(Refused) as refusal:
        found(tmp_path / "home", origin="Biomed.Example/")

    assert refusal.value.code == "log.origin"
    assert not (tmp_path / "home").exists()


def remove_store(home: Home) -> None:
    home.settings_file.unlink()
    home.store_file.unlink()


def remove_all_but_cards(home: Home) -> None:
    remove_store(home)
    for key in home.keys.glob("*.pem"):
        key.unlink()


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(lambda home: None, id="a whole node"),
        pytest.param(lambda home: home.settings_file.unlink(), id="settings are missing"),
        pytest.param(lambda home: home.store_file.unlink(), id="D12: the store is missing"),
        pytest.param(remove_store, id="D12: only keys are left"),
        pytest.param(remove_all_but_cards, id="only cards are left"),
    ],
)
def test_a_folder_with_any_part_of_a_node_is_refused(tmp_path: Path, cut: Callable[[Home], None]) -> None:
    """D12, LOG-37: no second log under a key; nothing in the folder changes."""
    home = Home(tmp_path / "home")
    found(home.path)
    cut(home)
    before = {path: path.read_bytes() for path in home.path.rglob("*") if path.is_file()}

    with pytest.raises(Misuse) as refusal:
        found(home.path)

    assert refusal.value.code == "init.exists"
    assert {path: path.read_bytes() for path in home.path.rglob("*") if path.is_file()} == before


def test_d01_a_founding_that_is_cut_off_leaves_no_node(tmp_path: Path) -> None:
    """Settings are written last: without them the folder opens as no node."""
    calls = 0

    def cut_off() -> datetime:
        nonlocal calls
        calls += 1
        if calls == 2:  # the key log was dated; the first entry is not yet
            raise KeyboardInterrupt
        return NOW

    with pytest.raises(KeyboardInterrupt):
        found_node(Home(tmp_path / "home"), Settings(origin=ORIGIN), now=cut_off)

    with pytest.raises(Misuse) as refusal:
        Home(tmp_path / "home").open_store()
    assert refusal.value.code == "settings.missing"


def test_keys_open_with_the_passphrase_they_were_founded_with(tmp_path: Path) -> None:
    """K15. It comes from the environment and is in no file."""
    found(tmp_path / "home", passphrase="correct horse")
    home = Home(tmp_path / "home")

    assert home.keyring(1, "correct horse").log.public
    with pytest.raises(Misuse):
        home.keyring(1)
    written = b"".join(path.read_bytes() for path in home.path.rglob("*") if path.is_file())
    assert b"correct horse" not in written


@pytest.mark.parametrize("role", ["record", "log"])
def test_s13_a_node_whose_key_is_published_neither_starts_nor_publishes(tmp_path: Path, role: str) -> None:
    """S13: as it is by a copied example, or an image that was built with its keys inside."""
    published = SigningKey.from_seed(bytes(32))
    for number in range(8):
        home, draw = Home(tmp_path / str(number)), draws_with(bytes(32), at=number)
        found_node(home, Settings(origin=ORIGIN), now=lambda: NOW, random_bytes=draw)
        if getattr(home.keyring(1), role) == published:
            break

    assert getattr(home.keyring(1), role) == published
    for command in (["serve", "--listen", "127.0.0.1:1"], ["withdraw", "--yes", f"https://{ORIGIN}/id/a"]):
        done = CliRunner().invoke(app, [*command, "--home", str(home.path)])

        assert isinstance(done.exception, Misuse)
        assert done.exception.code == "key.published"


def draws_with(seed: bytes, *, at: int) -> Callable[[int], bytes]:
    """Randomness whose draw number `at` is known."""
    chance, drawn = random.Random(13), count()
    return lambda size: seed[:size] if next(drawn) == at else chance.randbytes(size)


def test_a_node_is_founded_once_in_a_database(tmp_path: Path, postgresql_url: str) -> None:
    """Its settings say where its store is; another node needs another database."""
    founded = found(tmp_path / "home", database=postgresql_url)
    home = Home(tmp_path / "home")

    with closing(home.open_store()) as store:
        assert store.own_feed_names() == [founded.feed_name]
    assert not home.store_file.exists()
    with pytest.raises(Misuse) as refusal:
        found(tmp_path / "other", database=postgresql_url, origin="agri.example")
    assert refusal.value.code == "init.exists"
    assert not (tmp_path / "other").exists()
