"""One run at a time in a bucket: a small object says who writes.

Where the store knows conditional writes, nobody can take it from a run that is alive. Where it does not, two runs that
begin in the same moment both read it back, and all but the last give way. A run that was killed gives it back at once
to the next one on its machine, and to others when it has not been renewed for ten minutes. It stands in public while a
run lasts: it names no machine, only a hash.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import socket
import time
from datetime import UTC, datetime
from typing import Any

import obstore
import orjson
from obstore.exceptions import AlreadyExistsError, NotSupportedError, PreconditionError
from obstore.store import ObjectStore

from entrepot_node.lease_owner import has_ended
from entrepot_schema.errors import Conflict

LOCK = ".entrepot-lock"
_RENEW_SECONDS = 60.0
_DEAD_SECONDS = 600.0


class BucketLock:
    """The lock of one run."""

    def __init__(self, store: ObjectStore, place: str) -> None:
        self._store = store
        self._place = place
        self._mine = orjson.dumps(
            {"machine": _machine(), "process": os.getpid(), "token": secrets.token_hex(8)}
        )
        self._renewed = 0.0

    def take(self) -> None:
        """Take the lock or raise `static.locked`."""
        mode: Any = "create"
        try:
            held = obstore.get(self._store, LOCK)
        except FileNotFoundError:
            pass
        else:
            age = (datetime.now(UTC) - held.meta["last_modified"]).total_seconds()
            if age < _DEAD_SECONDS and not _is_left_behind(bytes(held.bytes())):
                raise self._locked()
            mode = {"e_tag": held.meta["e_tag"]}
        # Refused because of another, or of an attempt of ours whose answer was lost: what stands there tells.
        with contextlib.suppress(AlreadyExistsError, PreconditionError):
            put_if(self._store, LOCK, self._mine, mode)
        self.require()
        self._renewed = time.monotonic()

    def require(self) -> None:
        """Raise `static.locked` unless the lock is ours."""
        if self._read() != self._mine:
            raise self._locked()

    def renew(self) -> None:
        """Show that this run is alive, once in a while."""
        if time.monotonic() - self._renewed > _RENEW_SECONDS:
            self.require()
            obstore.put(self._store, LOCK, self._mine, use_multipart=False)
            self._renewed = time.monotonic()

    def give_back(self) -> None:
        """End it, if it is ours."""
        if self._read() == self._mine:
            obstore.delete(self._store, LOCK)

    def _read(self) -> bytes | None:
        try:
            return bytes(obstore.get(self._store, LOCK).bytes())
        except FileNotFoundError:
            return None

    def _locked(self) -> Conflict:
        minutes = int(_DEAD_SECONDS // 60)
        hint = f"If that one was killed on another machine, run this again in {minutes} minutes."
        return Conflict("static.locked", f"another run is writing to {self._place}", hint=hint)


def put_if(store: ObjectStore, name: str, raw: bytes, mode: Any, attributes: Any = None) -> None:
    """Write where a condition holds; without it where the store does not know conditions."""
    try:
        obstore.put(store, name, raw, mode=mode, attributes=attributes, use_multipart=False)
    except (NotSupportedError, NotImplementedError):
        obstore.put(store, name, raw, attributes=attributes, use_multipart=False)


def _machine() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:16]


def _is_left_behind(raw: bytes) -> bool:
    """Answer whether a lock was left by a process of this machine that has ended."""
    try:
        held = orjson.loads(raw)
        if held["machine"] != _machine():
            return False
        return has_ended(f"{socket.gethostname()}-{int(held['process'])}-{held['token']}")
    except (ValueError, TypeError, KeyError):
        return False
