"""Founding a node: its keys, its key log with the two cards, its settings and its empty feed.

Settings are written last: a folder without them is no node yet, so a founding that is cut off can be seen and its
folder deleted.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from entrepot_node.append_right import append_right
from entrepot_node.cards import write_card
from entrepot_node.cosigner import make_missing_cosigners
from entrepot_node.home import Home
from entrepot_node.keyring import Keyring, key_path, write_key
from entrepot_node.live_feed import live_feed
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

PLACES = ("the safe of the office", "another building: the chair, a partner, a notary")


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
    _require_unused_database(settings)
    home.require_local(settings)
    for folder in (home.path, home.keys, home.cards):
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
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
    cards = (home.cards / "card-a.txt", home.cards / "card-b.txt")
    write_card_pair(cards, key_log, (card_a, card_b))
    with closing(SqlStore.open(home.store_place(settings))) as store:
        store.add_feed(str(name), key_log, own=True)
        publisher = Publisher(store, str(name), Keyring(record, log), now=now, random_bytes=random_bytes)
        with append_right(home, store, str(name)):
            publisher.publish_keys()
        home.mark_file(str(name)).raise_to(live_feed(store).head)
    make_missing_cosigners(
        home.keys, home.cosigner_states(settings), settings.passphrase, random_bytes=random_bytes
    )
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


def _require_unused_database(settings: Settings) -> None:
    if not settings.database:
        return
    with closing(SqlStore.open(settings.database)) as store:
        found = store.own_feed_names()
    if found:
        hint = "A node is founded once, and has a database of its own."
        raise Misuse("init.exists", f"the database holds the feed {found[0]} already", hint=hint)


def write_card_pair(paths: tuple[Path, Path], key_log: KeyLog, cards: tuple[SigningKey, SigningKey]) -> None:
    """Write two cards for two places."""
    for path, card, place in zip(paths, cards, PLACES, strict=True):
        write_card(path, key_log, card, place)
