"""The key logs of pinned origins, fetched from the node once and again when a record names a newer key."""

from __future__ import annotations

import time

from entrepot_client._async.connection import AsyncConnection
from entrepot_client.pins import Pins
from entrepot_schema.errors import Refused
from entrepot_schema.key_log import KeyLog, parse_key_log

_AGAIN_SECONDS = 60.0


class AsyncKeyLogs:
    """Key logs by origin. A log counts only if it has the pinned fingerprint, whoever served it (SIG-41, SIG-49)."""

    def __init__(self, connection: AsyncConnection, pins: Pins) -> None:
        self._connection = connection
        self._pins = pins
        self._held: dict[str, KeyLog] = {}
        self._fetched_at: dict[str, float] = {}

    def is_pinned(self, origin: str) -> bool:
        """Answer whether anybody confirmed the keys of an origin."""
        return origin in self._pins.by_origin

    async def get(self, origin: str, *, fresh: bool = False) -> KeyLog:
        """The key log of a pinned origin; `fresh` asks the node again, once a minute at most."""
        held = self._held.get(origin)
        age = time.monotonic() - self._fetched_at.get(origin, -_AGAIN_SECONDS)
        if held is not None and (not fresh or age < _AGAIN_SECONDS):
            return held
        new = await self.fetch(origin)
        pin = self._pins.by_origin[origin]
        if new.scid != pin:
            hint = "Two key logs for one origin: ask its operator by phone before you trust either."
            raise Refused("key.log-history", f"{origin} has another fingerprint than its pin", hint=hint)
        if held is not None:
            new.require_extension_of(held)
        self._held[origin] = new
        self._fetched_at[origin] = time.monotonic()
        return new

    async def fetch(self, origin: str) -> KeyLog:
        """The key log as the node serves it, checked in itself, not against any pin."""
        raw = await self._connection.get(f"/api/v1/peers/{origin}/keys.jsonl", [])
        return parse_key_log(raw, origin=origin)
