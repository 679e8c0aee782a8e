"""Founding a node: its keys, its key log with the two cards, its settings and its empty feed.

Settings are written last: a folder without them is no node yet, so a founding that is cut off can be seen and its
folder deleted.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from entrepot_node.cosigner import make_missing_cosigners
from entrepot_node.home import Home
from entrepot_node.keyring import Keyring, key_path, write_key, write_secret
from entrepot_node.publish import Publisher
from entrepot_node.settings import Settings, write_settings
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.errors import Misuse
from entrepot_schema.key_log import KeyLog, create_key_log
from entrepot_schema.key_state import build_state
from entrepot_schema.keys import SigningKey
from entrepot_schema.origin import FeedName, parse_origin
from entrepot_schema.timestamp import format_timestamp
from entrepot_sync.note import VerifierKey


@dataclass(frozen=True, slots=True)
class Founded:
    """A new node: its feed, its fingerprint to compare by phone, and where its cards lie."""

    feed_name: str
    scid: str
    cards: tuple[Path, Path]


def found_node(
    home: Home,
    settings: Settings,
    *,
    now: Callable[[], datetime],
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> Founded:
    """Make a node in a folder; refuse a folder that holds one."""
    parse_origin(settings.origin)
    _require_unused(home)
    home.path.mkdir(parents=True, mode=0o700, exist_ok=True)
    home.keys.mkdir(parents=True, mode=0o700, exist_ok=True)
    home.cards.mkdir(mode=0o700, exist_ok=True)
    name = FeedName(settings.origin, 1)
    record, log, card_a, card_b = (SigningKey.from_seed(random_bytes(32)) for _ in range(4))
    state = build_state(settings.origin, record.public, {1: str(VerifierKey(str(name), log.public))})
    key_log = create_key_log(
        state,
        cards=(card_a.public, card_b.public),
        update_key=SigningKey.from_seed(random_bytes(32)),
        time=format_timestamp(now()),
    )
    write_key(key_path(home.keys, "record"), record, settings.passphrase)
    write_key(key_path(home.keys, "feed-1"), log, settings.passphrase)
    cards = _write_cards(home.cards, key_log, card_a, card_b)
    store = SqlStore.open(home.store_file)
    try:
        store.add_feed(str(name), key_log, own=True)
        with home.append_lock(1):
            Publisher(
                store, str(name), Keyring(record, log), now=now, random_bytes=random_bytes
            ).publish_keys()
    finally:
        store.close()
    make_missing_cosigners(home.keys, home.states, settings.passphrase, random_bytes=random_bytes)
    write_settings(home.path, settings)
    return Founded(str(name), key_log.scid, cards)


def _require_unused(home: Home) -> None:
    """Refuse a folder with any trace of a node: a log key without its store must not sign a second log (D12)."""
    traces = [home.settings_file, home.store_file, *home.keys.glob("*.pem"), *home.cards.glob("*.txt")]
    found = next((path for path in traces if path.exists()), None)
    if found is not None:
        hint = "A node is founded once. Use another --home; delete this one only if its founding was cut off."
        raise Misuse(
            "init.exists", f"{home.path} holds a node already, or a part of one: {found.name}", hint=hint
        )


def _write_cards(folder: Path, key_log: KeyLog, *cards: SigningKey) -> tuple[Path, Path]:
    paths = (folder / "card-a.txt", folder / "card-b.txt")
    places = ("the safe of the office", "another building: the chair, a partner, a notary")
    for path, card, place in zip(paths, cards, places, strict=True):
        text = (
            f"Entrepot key card for {key_log.origin}\n"
            f"Fingerprint of the node: {key_log.scid}\n\n"
            f"Card key (secret): {card.seed.hex()}\n"
            f"Public half:       {card.public.multikey}\n\n"
            f"Print this page, keep it in {place}, then delete this file.\n"
            "With this card the keys of the node can be replaced when they are lost or stolen.\n"
            "Whoever holds it can do that too. Without both cards nobody can.\n"
        )
        write_secret(path, text.encode())
    return paths
