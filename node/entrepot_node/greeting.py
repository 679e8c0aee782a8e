"""Saying hello to the peers we follow: "push to us here" (FED-68).

Said once by `entrepot follow`, and by the running server until it is answered; what becomes of it is for their operators.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

import structlog

from entrepot_node.correspondents import Correspondent
from entrepot_node.live_feed import live_feed
from entrepot_node.peer_document import names_capability
from entrepot_node.storage.acquaintance import GreetingRow
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import EntrepotError, Misuse, Unavailable
from entrepot_schema.key_log import KeyLog
from entrepot_schema.keys import SigningKey
from entrepot_schema.timestamp import format_timestamp
from entrepot_sync.backoff import next_delay
from entrepot_sync.gathering import ask_all
from entrepot_sync.hello import APPROVED, REFUSED, WAITING, say_hello, write_hello
from entrepot_sync.peer_url import parse_base_url
from entrepot_sync.transport import OpenPostTransport

CAPABILITY = "hello"
FAILED = "failed"
_UNREACHABLE = "hello.base-url"
_DAY = 86_400.0
_AGAIN_SECONDS = {WAITING: 7 * _DAY, APPROVED: 30 * _DAY}
_REFUSED_SECONDS = 30 * _DAY
_RETRY_SECONDS = 60.0

log = structlog.get_logger()


class Greeter:
    """Says hello in the name of this node. `record_key` gives the key that its key log puts in force."""

    every_seconds = 15

    def __init__(
        self,
        store: Store,
        base_url: str,
        record_key: Callable[[], SigningKey],
        open_transport: OpenPostTransport,
        *,
        now: Callable[[], datetime],
        random: Callable[[], float],
    ) -> None:
        self._store = store
        self._base_url = base_url
        self._record_key = record_key
        self._open_transport = open_transport
        self._now = now
        self._random = random

    def due(self) -> list[Correspondent]:
        """The peers to greet now."""
        said, now = self._said(live_feed(self._store).key_log), self._now().timestamp()
        rows = {row.origin: row for row in self._store.greetings()}

        def is_due(row: GreetingRow | None) -> bool:
            if row is None or row.next_at <= now:
                return True
            return row.said != said and row.code != REFUSED

        return [
            Correspondent(peer.origin, peer.base_url, peer.allow_private)
            for peer in self._store.follows()
            if not peer.paused
            and is_due(rows.get(peer.origin))
            and names_capability(self._store, peer.origin, CAPABILITY)
        ]

    async def round(self) -> None:
        """Greet all that are due, a few at a time."""
        await ask_all(self.greet, self.due())

    async def greet(self, peer: Correspondent) -> GreetingRow:
        """Say hello to one peer and note what becomes of it."""
        key_log, now = live_feed(self._store).key_log, self._now().timestamp()
        held = next((row for row in self._store.greetings() if row.origin == peer.origin), None)
        failures = held.failures if held else 0
        row = GreetingRow(peer.origin, self._said(key_log), FAILED, now, 0.0, 0, "")
        try:
            state = await self._say(peer, key_log)
        except EntrepotError as error:
            row = replace(
                row, code=error.code, failures=failures + 1, next_at=now + self._wait(error, failures + 1)
            )
            log.info("hello not taken", peer=peer.origin, code=error.code, reason=error.message)
        else:
            row = replace(row, state=state, next_at=now + _AGAIN_SECONDS[state])
            log.info("said hello", peer=peer.origin, state=state)
        self._store.put_greeting(row)
        return row

    async def _say(self, peer: Correspondent, key_log: KeyLog) -> str:
        key = self._record_key()
        if key.public != key_log.latest.record_key:
            raise Unavailable("hello.keys", "a change of keys is under way")
        time = format_timestamp(self._now())
        raw = write_hello(peer.origin, self._own_url(peer), key_log, key=key, time=time)
        async with aclosing(self._open_transport(peer.base_url, peer.allow_private)) as transport:
            return await say_hello(transport, raw)

    def _own_url(self, peer: Correspondent) -> str:
        """Where the peer may push to; only whom we reach at a private address may reach us at one."""
        try:
            return str(parse_base_url(self._base_url, allow_private=peer.allow_private))
        except Misuse as error:
            hint = "Set base_url in entrepot.toml to where others reach this node."
            message = f"{peer.origin} cannot push to {self._base_url}"
            raise Misuse(_UNREACHABLE, message, hint=hint) from error

    def _said(self, key_log: KeyLog) -> str:
        return sha256(self._base_url.encode() + b"\n" + key_log.to_bytes()).hexdigest()

    def _wait(self, error: EntrepotError, failures: int) -> float:
        if error.code == REFUSED:
            return _REFUSED_SECONDS
        if error.code == _UNREACHABLE:
            return _DAY  # sooner only when the setting has changed
        retry_after = error.retry_after if isinstance(error, Unavailable) else None
        return next_delay(_RETRY_SECONDS, failures, self._random(), retry_after=retry_after)
