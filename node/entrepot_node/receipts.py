"""Receipts: up to which of our heads each mirror vouches that what was withdrawn is gone there (FED-33 to FED-36).

A mirror's word is its line under our head, read at `<peer>/mirror/<hash>/checkpoint`. Whoever once gave one is a known mirror,
and counts from then on, silent or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog

from entrepot_node.correspondents import Correspondent, correspondents
from entrepot_node.head_gate import stored_hashes
from entrepot_node.keyring import MIRROR
from entrepot_node.live_feed import live_feed
from entrepot_node.peer_document import profile_of
from entrepot_node.storage.interface import Store
from entrepot_node.storage.receipts import ReceiptRow
from entrepot_schema.errors import EntrepotError, PeerFault, Refused, Unavailable
from entrepot_sync.backoff import next_delay
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.contradiction import root_at
from entrepot_sync.cosignature import CosignerKey, cosignatures_of, parse_cosigner_vkey
from entrepot_sync.feed_paths import mirror_path
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.gathering import ask_all
from entrepot_sync.note import MAX_NOTE_BYTES
from entrepot_sync.peer_trust import log_keys
from entrepot_sync.transport import OK, OpenTransport

BEHIND_SECONDS = 30.0
CURRENT_SECONDS = 3600.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Erasure:
    """How far a withdrawal has come: at which of the known mirrors it is gone, and the others."""

    gone: int
    known: int
    others: tuple[ReceiptRow, ...]


def known_mirrors(receipts: Sequence[ReceiptRow], feed_name: str) -> list[ReceiptRow]:
    """Those that once gave a receipt for a feed of ours."""
    return [row for row in receipts if row.size and row.feed_name == feed_name]


def erasure_of(index: int, receipts: Sequence[ReceiptRow], feed_name: str) -> Erasure:
    """Count the known mirrors that vouch for a head above a withdrawal."""
    known = known_mirrors(receipts, feed_name)
    others = tuple(row for row in known if row.size <= index)
    return Erasure(len(known) - len(others), len(known), others)


class ReceiptReader:
    """Asks the mirrors among our peers and approved followers for their word, newest head first, with back-off."""

    every_seconds = 10

    def __init__(
        self,
        store: Store,
        open_transport: OpenTransport,
        *,
        now: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._store = store
        self._open_transport = open_transport
        self._now = now
        self._random = random

    def due(self) -> list[Correspondent]:
        """The peers to ask now: a known mirror as soon as there is a new head, all others by their back-off."""
        feed, now = live_feed(self._store), self._now()
        rows = {row.origin: row for row in self._store.receipts() if row.feed_name == feed.name}

        def is_due(origin: str) -> bool:
            row = rows.get(origin)
            if row is None or row.next_at <= now:
                return self._key_of(origin) is not None
            return row.size > 0 and row.asked_size < feed.head.size

        return [peer for peer in correspondents(self._store) if not peer.paused and is_due(peer.origin)]

    async def round(self) -> None:
        """Ask all that are due, a few at a time."""
        await ask_all(self.ask, self.due())

    async def ask(self, peer: Correspondent) -> ReceiptRow | None:
        """Ask one peer and note what it vouches for; None for a peer that is no mirror."""
        key = self._key_of(peer.origin)
        if key is None:
            return None
        feed, now = live_feed(self._store), self._now()
        held = next((row for row in self._store.receipts() if row.origin == peer.origin), None)
        if held is None or held.feed_name != feed.name:
            held = ReceiptRow(peer.origin, feed.name, 0, 0, None, now, now, 0, 0, "")
        asked = replace(held, attempt_at=now, asked_size=feed.head.size)
        try:
            size, time = await self._read(peer, feed, key)
        except (PeerFault, Refused, Unavailable) as error:
            row = self._later(asked, error.code)
        else:
            # An older answer, from a cache, takes nothing back: what was erased stays erased there.
            row = replace(asked, success_at=now, code="")
            if size >= held.size:
                row = replace(row, size=size, time=max(time, held.time if size == held.size else 0))
            current = replace(row, failures=0, next_at=now + CURRENT_SECONDS)
            row = self._later(row, "") if size < feed.head.size else current
        self._store.put_receipt(row)
        return row

    def _later(self, row: ReceiptRow, code: str) -> ReceiptRow:
        failures = row.failures + 1
        pace = BEHIND_SECONDS if row.size else CURRENT_SECONDS
        delay = next_delay(pace, failures, self._random())
        return replace(row, failures=failures, code=code, next_at=row.attempt_at + delay)

    async def _read(self, peer: Correspondent, feed: FeedRow, key: CosignerKey) -> tuple[int, int]:
        """Fetch the head a mirror serves of our feed; return size and time of the head it vouches for."""
        async with aclosing(self._open_transport(peer.base_url, peer.allow_private)) as transport:
            path = f"{mirror_path(feed.name)}/checkpoint"
            fetched = await transport.fetch(path, max_bytes=MAX_NOTE_BYTES)
        if fetched.status != OK:
            raise PeerFault("receipt.none", f"{peer.origin} does not mirror this feed")
        opened = open_checkpoint(fetched.body, feed.name, log_keys(feed.key_log, feed.name))
        lines = cosignatures_of(opened.note, [key])
        if not lines:
            raise PeerFault("receipt.none", f"{peer.origin} does not vouch for the head it serves")
        head = opened.checkpoint
        if head.size > feed.head.size or root_at(head.size, stored_hashes(self._store, feed.id)) != head.root:
            # Our own signature under what we do not have: a clone of this node, or a store that was put back.
            log.error(
                "a mirror shows a head of ours that is not in our store", peer=peer.origin, size=head.size
            )
            raise PeerFault("receipt.foreign", f"{peer.origin} shows another head of {feed.name} than ours")
        return head.size, lines[0].time

    def _key_of(self, origin: str) -> CosignerKey | None:
        """The mirror key that a peer names in its verified node document, in its own name."""
        held = self._store.peer_document(origin)
        if held is None:
            return None
        profile = profile_of(held.raw)
        if MIRROR not in profile["capabilities"] or MIRROR not in profile:
            return None
        try:
            key = parse_cosigner_vkey(profile[MIRROR]["vkey"])
        except EntrepotError:
            return None
        return key if key.name.startswith(f"{origin}/{MIRROR}/") else None
