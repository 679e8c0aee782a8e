"""Hellos that come to a node: they wait for its operator, and nothing else happens (FED-60 to FED-64)."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from typing import Any

from entrepot_conformance.http_reader import Answer, HttpReader
from entrepot_conformance.lying.hello import hello_bytes
from entrepot_conformance.lying.identity import Identity
from entrepot_conformance.lying.server import PeerServer
from entrepot_conformance.making.seeds import TestKey
from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.suite.case import Case, Side
from entrepot_conformance.toy_node import Response

from .keeper import ORIGIN, Keeper
from .row import row

_JSON = "application/json"
_MOST_BYTES = 65_536
_LATE_SECONDS = 11 * 60
_LONGEST_WAIT = 30.0
_TRIES = 4
_PLACE = "https://guest.example"
_LATER = threading.Event()
"""Never set: to wait for it is to wait."""


def cases() -> list[Case]:
    """Return these cases."""
    both = (Side.ACCEPT, Side.REFUSE)
    return [
        row("hello-waits", "It answers a hello in its canonical bytes by what becomes of it, and all else by a problem",
            "FED-60", _waits, "", *both),
        row("hello-with-a-fault", "It takes no hello that is for another, of another time, of other members or keys",
            "FED-61", _faults, "", *both),
        row("hello-starts-nothing", "Because of a hello it asks nobody, and pushes to a peer where its operator says",
            "FED-62", _starts_nothing, "", *both),
        row("hello-newest", "Of an origin the newest hello waits, and none that is older or of the same second takes its place",
            "FED-63", _newest, "", *both),
        row("hello-of-other-keys", "It takes no hello whose key log is another than that which waits or is pinned",
            "FED-64", _other_keys, "F10", *both),
    ]  # fmt: skip


class _Door:
    """The place of a node where hellos come in."""

    def __init__(self, keeper: Keeper, *features: str) -> None:
        keeper.start("hello", *features)
        self._keeper = keeper

    def post(self, raw: bytes, kind: str = _JSON) -> Answer:
        """Post bytes; a node that is busy is asked again when it says."""
        reader = HttpReader(self._keeper.node.url)
        for _ in range(_TRIES):
            answer = reader.ask("POST", "/hello", raw, content_type=kind)
            wait = float(answer.headers.get("retry-after", "0"))
            if answer.status != 429 or wait > _LONGEST_WAIT:
                break
            _LATER.wait(wait)
        return answer

    def accept(self, raw: bytes, *states: str) -> None:
        answer = self.post(raw)
        assert answer.status == 200, f"a good hello is answered {answer.status}: {answer.body[:200]!r}"
        told = _told(answer)
        assert told.get("state") in states, f"of a hello it says {told}, due is {' or '.join(states)}"

    def refuse(self, raw: bytes, *codes: str, kind: str = _JSON) -> None:
        answer = self.post(raw, kind)
        assert 400 <= answer.status < 500, f"a bad hello is answered {answer.status}"
        assert answer.media_type == "application/problem+json", f"a refusal came as {answer.media_type}"
        if codes:
            require_code(str(_told(answer).get("code")), codes, "the hello")


def _told(answer: Answer) -> dict[str, Any]:
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    assert isinstance(told, dict), f"a hello is answered by no JSON object: {answer.body[:200]!r}"
    return told


def _waits(keeper: Keeper) -> None:
    door, guest = _Door(keeper), Identity("guest.example")
    good = hello_bytes(guest, ORIGIN, _PLACE, time.time())
    door.refuse(b" " + good)
    door.refuse(json.dumps(json.loads(good), indent=1).encode())
    door.refuse(good, kind="text/plain")
    door.refuse(b"[]")
    door.refuse(good[:-1] + b" " * _MOST_BYTES + b"}")
    for _ in range(2):
        door.accept(good, "waiting")


def _faults(keeper: Keeper) -> None:
    door, guest, now = _Door(keeper), Identity("guest.example"), time.time()

    def said(identity: Identity = guest, at: float = 0.0, **members: Any) -> bytes:
        return hello_bytes(identity, ORIGIN, _PLACE, now + at, **members)

    door.refuse(said(more="than that"), "hello.request")
    door.refuse(said(baseUrl=...), "hello.request")
    door.refuse(said(recipient="somebody.example"), "hello.recipient")
    door.refuse(said(Identity(ORIGIN)), "peer.self")
    door.refuse(said(at=_LATE_SECONDS), "hello.time")
    door.refuse(said(at=-_LATE_SECONDS), "hello.time")
    door.refuse(said(keyLog=Identity("other.example").key_log.decode()), "key.*")
    stranger = TestKey("a stranger's record key")
    door.refuse(said(by=stranger), "key.*")
    door.refuse(said(by=stranger, named=guest.records[-1]), "key.*")
    door.accept(said(), "waiting")


def _starts_nothing(keeper: Keeper) -> None:
    door = _Door(keeper, "push")
    keeper.publish()
    peer = keeper.witness("friend")
    canary = PeerServer(lambda request: Response(200, b"nobody may ask"))
    try:
        for identity, states in (
            (Identity("guest.example"), ("waiting",)),
            (peer.identity, ("approved", "waiting")),
        ):
            door.accept(hello_bytes(identity, ORIGIN, canary.url, time.time()), *states)
        keeper.publish()
        keeper.push(peer)
        keeper.node.must("sync-once", origin=peer.origin)
        keeper.check()
        assert canary.connections == 0, "the node went to an address that only a hello names"
    finally:
        canary.close()


def _newest(keeper: Keeper) -> None:
    door, guest, now = _Door(keeper, "set-time"), Identity("guest.example"), int(time.time())

    def said(at: int, place: str) -> bytes:
        return hello_bytes(guest, ORIGIN, f"https://{place}.example", now + at)

    door.accept(said(0, "one"), "waiting")
    door.refuse(said(0, "two"), "hello.stale")
    door.refuse(said(-60, "three"), "hello.stale")
    later = datetime.fromtimestamp(now + 300, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    keeper.node.must("set-time", time=later)
    door.accept(said(290, "two"), "waiting")
    door.refuse(said(280, "one"), "hello.stale")


def _other_keys(keeper: Keeper) -> None:
    door, guest, now = _Door(keeper, "push"), Identity("guest.example"), time.time()
    keeper.publish()
    peer = keeper.witness("friend")
    door.accept(hello_bytes(guest, ORIGIN, _PLACE, now), "waiting")
    for known in (guest, peer.identity):
        thief = Identity(known.origin, salt="of a thief ")
        door.refuse(hello_bytes(thief, ORIGIN, _PLACE, now + 1), "key.log-history")
    door.accept(hello_bytes(guest, ORIGIN, _PLACE, now), "waiting")
    door.accept(hello_bytes(peer.identity, ORIGIN, _PLACE, now), "approved", "waiting")
