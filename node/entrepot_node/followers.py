"""Followers that the operator approved: their keys and node documents, fetched from then on (FED-66, FED-67)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

import structlog

from entrepot_node.following import fetch_key_log
from entrepot_node.peer_document import ask_peer_document, keep_peer_document
from entrepot_node.published_keys import require_secret_keys
from entrepot_node.storage.acquaintance import FollowerRow, HelloRow
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import EntrepotError
from entrepot_schema.key_log import parse_key_log
from entrepot_sync.backoff import next_delay
from entrepot_sync.gathering import ask_all
from entrepot_sync.peer_url import parse_base_url
from entrepot_sync.transport import OpenTransport

REFRESH_SECONDS = 3_600.0
_RETRY_SECONDS = 60.0

log = structlog.get_logger()


def approve(store: Store, hello: HelloRow, *, allow_private: bool, now: float) -> FollowerRow:
    """Push to a node from now on, at the base URL of its hello; the operator has compared the fingerprint."""
    parse_base_url(hello.base_url, allow_private=allow_private)
    require_secret_keys(parse_key_log(hello.key_log))
    row = FollowerRow(hello.origin, hello.scid, hello.base_url, allow_private, hello.key_log, now, now, 0, "")
    store.put_follower(row)
    return row


class Followers:
    """Fetches what approved followers say of themselves, now and then."""

    every_seconds = 15

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

    def due(self) -> list[FollowerRow]:
        """Those to ask now; the documents of who is followed too come with pulls."""
        followed = {follow.origin for follow in self._store.follows()}
        now = self._now()
        return [row for row in self._store.followers() if row.next_at <= now and row.origin not in followed]

    async def round(self) -> None:
        """Ask all that are due, a few at a time."""
        await ask_all(self.refresh, self.due())

    async def refresh(self, row: FollowerRow) -> FollowerRow:
        """Fetch key log and node document of one follower, verify and keep them, and note how that went."""
        try:
            row = await self._fetch(row)
        except EntrepotError as error:
            delay = next_delay(_RETRY_SECONDS, row.failures + 1, self._random())
            row = replace(row, failures=row.failures + 1, code=error.code, next_at=self._now() + delay)
            log.info(
                "documents of a follower not fetched",
                origin=row.origin,
                code=error.code,
                reason=error.message,
            )
        else:
            delay = next_delay(REFRESH_SECONDS, 0, self._random())
            row = replace(row, failures=0, code="", next_at=self._now() + delay)
        self._store.note_follower(row)
        return row

    async def _fetch(self, row: FollowerRow) -> FollowerRow:
        async with aclosing(self._open_transport(row.base_url, row.allow_private)) as transport:
            key_log = await fetch_key_log(transport)
            key_log.require_extension_of(parse_key_log(row.key_log))
            held = self._store.peer_document(row.origin)
            document = await ask_peer_document(transport, held, key_log, now=self._now())
        keep_peer_document(self._store, document)
        return replace(row, key_log=key_log.to_bytes())
