"""Changing the keys of a node: by a card, or with a new identity when both cards are lost (SIG-50 to SIG-69).

    write the fresh cards and keys under pending names → one transaction: key log, `keys` entries, all live records
    signed again, node document → give the files their names

Killed anywhere, the node works on with its old keys or with its new ones; the store alone says which.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from entrepot_node.batch import Batch, fresh_nonce, signed_chunk
from entrepot_node.cards import require_committed, write_card
from entrepot_node.genesis import PLACES
from entrepot_node.home import Home
from entrepot_node.keyring import Keyring, key_path, write_key
from entrepot_node.live_feed import live_feed
from entrepot_node.locked_feed import locked_live_feed
from entrepot_node.node_document import sign_node_document
from entrepot_node.pending_keys import pending, settle_keys
from entrepot_node.settings import Settings
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.interface import KeyChange, Store
from entrepot_schema.canonical import read_canonical
from entrepot_schema.key_log import KeyLog, card_hash, committed_cards, create_key_log, extend_key_log
from entrepot_schema.key_state import build_state
from entrepot_schema.keys import SigningKey
from entrepot_schema.origin import FeedName, did_web, parse_feed_name
from entrepot_schema.record import Statement, sign_record
from entrepot_schema.timestamp import format_timestamp
from entrepot_sync.entry import PUBLISH
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.merkle import EMPTY_ROOT, Frontier
from entrepot_sync.note import VerifierKey

_STEP = 256


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to change beside the record key, which is new each time."""

    log_key: bool = False
    new_feed: bool = False
    fresh_pair: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """What was changed: the live feed, its key log, where the fresh cards lie, how many records were signed again.

    `left` counts live records whose content is not held here: they keep their old signature, which still counts.
    """

    feed_name: str
    key_log: KeyLog
    cards: tuple[Path, ...]
    signed: int
    left: int


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys in force after the change, and those that sign its head."""

    feed_name: str
    record: SigningKey
    log: SigningKey
    signers: tuple[SigningKey, ...]


class KeyChanger:
    """Changes the keys of the node in a folder. Nobody publishes meanwhile: it holds the append lock."""

    def __init__(
        self,
        home: Home,
        store: Store,
        settings: Settings,
        *,
        now: Callable[[], datetime],
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
        gate: SigningGate | None = None,
    ) -> None:
        self._home = home
        self._store = store
        self._settings = settings
        self._now = now
        self._random_bytes = random_bytes
        self._gate = gate

    def rotate(self, card: SigningKey, wanted: Wanted) -> Changed:
        """Write the next line of the key log, signed by a card, and all that follows from it."""
        with self._locked() as feed:
            require_committed(feed.key_log, card)
            time = self._time(feed)
            keys = self._new_keys(feed, wanted)
            kept = tuple(one for one in committed_cards(feed.key_log) if one != card_hash(card.public))
            if wanted.fresh_pair or not kept:
                kept = ()
            fresh = tuple(self._new_key() for _ in range(2 - min(len(kept), 1)))
            state = self._state(feed, keys, feed.key_log.latest.feeds, feed.key_log.scid)
            cards = tuple(one.public for one in fresh)
            key_log = extend_key_log(feed.key_log, state, card=card, next_cards=cards, kept=kept, time=time)
            return self._change(feed, keys, key_log, fresh, time)

    def renew_identity(self) -> Changed:
        """Begin a new key log with a new fingerprint, in the next feed: for a node that has lost both cards (SIG-67)."""
        with self._locked() as feed:
            time = self._time(feed)
            keys = self._new_keys(feed, Wanted(new_feed=True))
            pair = (self._new_key(), self._new_key())
            key_log = create_key_log(
                self._state(feed, keys, {}, "{SCID}"),
                cards=(pair[0].public, pair[1].public),
                update_key=self._new_key(),
                time=time,
            )
            return self._change(feed, keys, key_log, pair, time)

    def _locked(self) -> AbstractContextManager[FeedRow]:
        """The live feed, with the append locks of it and of the one that may follow; what was cut off is settled first."""
        return locked_live_feed(self._home, self._store, self._settings.passphrase, next_too=True)

    def _new_key(self) -> SigningKey:
        return SigningKey.from_seed(self._random_bytes(32))

    def _time(self, feed: FeedRow) -> str:
        """Now, but never before the last line of the key log (SIG-45)."""
        last: str = read_canonical(feed.key_log.lines[-1])["versionTime"]
        return max(format_timestamp(self._now()), last)

    def _new_keys(self, feed: FeedRow, wanted: Wanted) -> _Keys:
        number = parse_feed_name(feed.name).number
        if wanted.new_feed:
            log = self._new_key()
            return _Keys(str(FeedName(feed.origin, number + 1)), self._new_key(), log, (log,))
        old = self._home.keyring(number, self._settings.passphrase).log
        if not wanted.log_key:
            return _Keys(feed.name, self._new_key(), old, (old,))
        log = self._new_key()
        return _Keys(feed.name, self._new_key(), log, (old, log))

    def _state(self, feed: FeedRow, keys: _Keys, named: dict[int, str], scid: str) -> dict[str, Any]:
        number = parse_feed_name(keys.feed_name).number
        feeds = {**named, number: str(VerifierKey(keys.feed_name, keys.log.public))}
        return build_state(feed.origin, keys.record.public, feeds, scid)

    def _change(
        self, feed: FeedRow, keys: _Keys, key_log: KeyLog, fresh: tuple[SigningKey, ...], time: str
    ) -> Changed:
        # A next feed may be begun whatever became of this one; it is the way out.
        if self._gate is not None and keys.feed_name == feed.name:
            self._gate.require(feed)
        batch = Batch(_target(feed, keys, key_log), self._store, self._subjects(feed), time)
        signed = self._fill(batch, feed, keys)
        change = KeyChange(
            feed.id, feed.key_log, key_log, keys.feed_name,
            signed_chunk(self._store, batch, *keys.signers), self._node_document(keys, time),
        )  # fmt: skip
        left = self._store.counts(feed.id).live - signed
        cards = self._write_pending(feed, keys, key_log, fresh)
        self._store.change_keys(change)
        self._home.mark_file(keys.feed_name).raise_to(live_feed(self._store).head)
        settle_keys(self._home, key_log, self._settings.passphrase)
        return Changed(keys.feed_name, key_log, cards, signed, left)

    def _subjects(self, feed: FeedRow) -> list[str]:
        subjects = [record["credentialSubject"]["id"] for record in self._live(feed)]
        return [did_web(feed.origin), *subjects]

    def _fill(self, batch: Batch, feed: FeedRow, keys: _Keys) -> int:
        """Add the lines of the key log, then all live records, signed by the new key; return how many (SIG-52)."""
        batch.add_keys()
        signed = 0
        for record in self._live(feed):
            about = record["credentialSubject"]
            kind = about["profile"]["type"]
            before = batch.state.subjects.get(about["id"])
            statement = Statement(about["id"], kind, batch.time, before.publishes + 1 if before else 1)
            raw = sign_record(
                about["profile"], statement, key=keys.record, origin=feed.origin,
                license=record["license"], nonce=fresh_nonce(self._random_bytes),
            )  # fmt: skip
            batch.add(PUBLISH, about["id"], kind, raw)
            signed += 1
        return signed

    def _live(self, feed: FeedRow) -> Iterator[dict[str, Any]]:
        for begin in range(0, feed.size, _STEP):
            for raw in self._store.contents(feed.id, begin, begin + _STEP):
                yield read_canonical(raw)

    def _node_document(self, keys: _Keys, time: str) -> bytes:
        number = parse_feed_name(live_feed(self._store).name).number
        cosigners = self._home.keyring(number, self._settings.passphrase).cosigners
        keyring = Keyring(keys.record, keys.log, cosigners)
        return sign_node_document(
            self._store, self._settings, keys.feed_name, keyring, time=time, random_bytes=self._random_bytes
        )

    def _write_pending(
        self, feed: FeedRow, keys: _Keys, key_log: KeyLog, fresh: tuple[SigningKey, ...]
    ) -> tuple[Path, ...]:
        """Write all that must be there before the change counts; return where the cards will lie."""
        passphrase = self._settings.passphrase
        write_key(pending(key_path(self._home.keys, "record")), keys.record, passphrase)
        number = parse_feed_name(keys.feed_name).number
        if (keys.feed_name, len(keys.signers)) != (feed.name, 1):
            write_key(pending(key_path(self._home.keys, f"feed-{number}")), keys.log, passphrase)
        self._home.cards.mkdir(mode=0o700, exist_ok=True)
        letters = ("",) if len(fresh) == 1 else ("-a", "-b")
        name = f"card-{len(key_log.lines)}" if key_log.scid == feed.key_log.scid else f"card-feed-{number}"
        cards = tuple(self._home.cards / f"{name}{letter}.txt" for letter in letters)
        places = PLACES if len(fresh) == 2 else ("the place of the card you used",)
        for path, card, place in zip(cards, fresh, places, strict=True):
            write_card(pending(path), key_log, card, place)
        return cards


def _target(feed: FeedRow, keys: _Keys, key_log: KeyLog) -> FeedRow:
    """The feed the change is written to: the live one under its longer key log, or a new one of size 0."""
    if keys.feed_name == feed.name:
        return replace(feed, key_log=key_log)
    empty = Head(0, EMPTY_ROOT, b"")
    return replace(
        feed, id=0, name=keys.feed_name, key_log=key_log, frontier=Frontier(), head=empty, state="live"
    )
