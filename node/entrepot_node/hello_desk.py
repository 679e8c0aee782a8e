"""What becomes of a hello that comes in: it waits for the operator, who alone decides (FED-61 to FED-65).

Nothing is fetched here. Anybody can make keys and claim any name, so a hello shows no more than that whoever said it has
these keys; the operator compares the fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from entrepot_node.callers import one_caller
from entrepot_node.storage.acquaintance import FollowerRow, HelloRow, RivalRow
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Refused
from entrepot_schema.key_log import KeyLog, parse_key_log
from entrepot_sync.hello import (
    APPROVED,
    REFUSED,
    WAITING,
    Hello,
    HelloRefused,
    parse_hello,
    verify_hello,
)
from entrepot_sync.rate_limit import RateLimit

MOST_HELLOS = 100
WAITING_SECONDS = 30 * 86_400
AGAIN_SECONDS = 60.0
"""How soon the hello of an origin is replaced by a newer one."""
_FULL_SECONDS = 3_600.0
_MOST_ADDRESSES = 10_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Pinned:
    """What we know of an origin already. `follower` is None where it is followed."""

    key_log: KeyLog
    follower: FollowerRow | None


class HelloDesk:
    """Judges hellos and keeps those that wait. Any thread may call."""

    def __init__(self, store: Store, origin: str, *, now: Callable[[], float]) -> None:
        self._store = store
        self._origin = origin
        self._now = now
        self._callers = RateLimit(burst=10, per_second=1 / 10, most=_MOST_ADDRESSES)
        self._verifying = RateLimit(burst=20, per_second=2)
        self._alarms = RateLimit(burst=1, per_second=1 / 60, most=_MOST_ADDRESSES)

    def require_turn(self, address: str) -> None:
        """Raise `hello.busy` for an address that comes too often; before anything of its request is read."""
        _require(self._callers.wait(one_caller(address), self._now()))

    def receive(self, raw: bytes) -> str:
        """Take a hello; return `waiting` or `approved`, raise `HelloRefused` or `Refused`."""
        now = self._now()
        claimed = parse_hello(raw, recipient=self._origin, now=now)
        pinned = self._find(claimed.origin)
        held = self._held(claimed.origin, now)
        if pinned is None and held is None:
            self._require_room(now)
        _require(self._verifying.wait("", now))
        hello = verify_hello(claimed)
        if pinned is not None:
            self._require_same(hello, pinned.key_log, now)
            if pinned.follower is None:
                return APPROVED  # who is followed is pushed to, where the operator says
            if self._is_approved(hello, pinned.follower):
                return APPROVED
        return self._wait(hello, held, now)

    def _find(self, origin: str) -> _Pinned | None:
        follow = self._store.follow_of(origin)
        feed = self._store.feed(follow.feed_name) if follow else None
        if feed is not None:
            return _Pinned(feed.key_log, None)
        follower = next((row for row in self._store.followers() if row.origin == origin), None)
        return _Pinned(parse_key_log(follower.key_log), follower) if follower else None

    def _held(self, origin: str, now: float) -> HelloRow | None:
        held = self._store.hello(origin)
        gone = held is not None and not held.refused and held.received_at < now - WAITING_SECONDS
        return None if gone else held

    def _require_room(self, now: float) -> None:
        if self._store.count_hellos(since=now - WAITING_SECONDS) >= MOST_HELLOS:
            raise _full()

    def _is_approved(self, hello: Hello, follower: FollowerRow) -> bool:
        if hello.key_log.lines != parse_key_log(follower.key_log).lines:
            follower = replace(follower, key_log=hello.key_log.to_bytes(), next_at=self._now())
            self._store.note_follower(follower)
        return hello.base_url == follower.base_url

    def _wait(self, hello: Hello, held: HelloRow | None, now: float) -> str:
        scid = hello.key_log.scid
        if held is not None and held.refused:
            if held.scid == scid:
                raise HelloRefused(403, REFUSED, "the operator does not want to push there")
        elif held is not None:
            self._require_same(hello, parse_key_log(held.key_log), now)
            if _says_the_same(hello, held):
                return WAITING
            if hello.time <= held.said_at:
                raise HelloRefused(409, "hello.stale", f"a newer hello of {hello.origin} waits")
            _require(max(0.0, held.received_at + AGAIN_SECONDS - now))
        row = HelloRow(
            hello.origin, scid, hello.base_url, hello.key_log.to_bytes(), hello.time, now, refused=False
        )
        if not self._store.put_hello(row, most=MOST_HELLOS, since=now - WAITING_SECONDS):
            raise _full()
        log.info(
            "a node that follows us waits for approval: entrepot hellos",
            origin=hello.origin,
            fingerprint=scid,
        )
        return WAITING

    def _require_same(self, hello: Hello, key_log: KeyLog, now: float) -> None:
        """Refuse another key log than the one we know, and tell the operator (F10)."""
        try:
            hello.key_log.require_extension_of(key_log)
        except Refused:
            self._tell(hello, key_log, now)
            raise

    def _tell(self, hello: Hello, key_log: KeyLog, now: float) -> None:
        if self._alarms.wait(hello.origin, now):
            return  # whoever claims names by the dozen fills neither log nor store
        self._store.put_rival(RivalRow(hello.origin, hello.key_log.scid, now))
        log.error(
            "another key log claims the name of a node that we know",
            origin=hello.origin,
            known=key_log.scid,
            claims=hello.key_log.scid,
        )


def _says_the_same(hello: Hello, held: HelloRow) -> bool:
    """Whether a hello adds nothing. An older one that was repeated says the same too, and changes nothing."""
    return (hello.base_url, hello.key_log.to_bytes()) == (held.base_url, held.key_log)


def _require(wait: float) -> None:
    if wait:
        raise HelloRefused(429, "hello.busy", "hellos come faster than they are judged", wait=wait)


def _full() -> HelloRefused:
    return HelloRefused(503, "hello.full", "too many hellos wait here already", wait=_FULL_SECONDS)
