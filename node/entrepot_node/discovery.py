"""Whom our peers follow, read from them now and then, so that the operator finds more nodes (FED-69).

It is hearsay and bounded: nothing is fetched, followed or trusted because a peer names it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

import structlog

from entrepot_node.peer_document import names_capability
from entrepot_node.storage.acquaintance import ListReading
from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import EntrepotError, PeerFault
from entrepot_sync.backoff import next_delay
from entrepot_sync.peer_list import MAX_LIST_BYTES, PATH, ListedNode, parse_peer_list
from entrepot_sync.transport import OK, OpenTransport

CAPABILITY = "api"
MOST_NODES = 10_000
"""How many are known in all; each peer has an equal share."""
MOST_OF_ONE = 1_000
READ_SECONDS = 86_400.0
_RETRY_SECONDS = 3_600.0
_IN_ONE_ROUND = 4

log = structlog.get_logger()


class PeerListReader:
    """Reads the lists of a few peers in each round."""

    every_seconds = 15

    def __init__(
        self,
        store: Store,
        own_origin: str,
        open_transport: OpenTransport,
        *,
        now: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._store = store
        self._own_origin = own_origin
        self._open_transport = open_transport
        self._now = now
        self._random = random

    def due(self) -> list[FollowRow]:
        """The peers whose list is read now."""
        now = self._now()
        rows = {row.through: row for row in self._store.list_readings()}
        return [
            peer
            for peer in self._store.follows()
            if not peer.paused
            and (peer.origin not in rows or rows[peer.origin].next_at <= now)
            and names_capability(self._store, peer.origin, CAPABILITY)
        ]

    async def round(self) -> None:
        """Read the next few."""
        for peer in self.due()[:_IN_ONE_ROUND]:
            await self.read(peer)

    async def read(self, peer: FollowRow) -> ListReading:
        """Read the list of one peer, keep what it names, and note how that went."""
        held = next((row for row in self._store.list_readings() if row.through == peer.origin), None)
        try:
            nodes = await self._fetch(peer)
        except EntrepotError as error:
            failures = (held.failures if held else 0) + 1
            delay = next_delay(_RETRY_SECONDS, failures, self._random())
            row = ListReading(peer.origin, self._now() + delay, failures, error.code)
            log.info("list of peers not read", peer=peer.origin, code=error.code, reason=error.message)
        else:
            self._store.put_known_nodes(peer.origin, nodes)
            delay = READ_SECONDS * (1 + self._random() / 5)
            row = ListReading(peer.origin, self._now() + delay, 0, "")
        self._store.put_list_reading(row)
        return row

    async def _fetch(self, peer: FollowRow) -> list[ListedNode]:
        async with aclosing(self._open_transport(peer.base_url, peer.allow_private)) as transport:
            fetched = await transport.fetch(PATH, max_bytes=MAX_LIST_BYTES)
        if fetched.status != OK:
            raise PeerFault("peer.status", f"{peer.origin} shows no list of peers ({fetched.status})")
        return parse_peer_list(
            fetched.body, own=self._own_origin, allow_private=peer.allow_private, most=self._share()
        )

    def _share(self) -> int:
        return min(MOST_OF_ONE, max(1, MOST_NODES // max(1, len(self._store.follows()))))
