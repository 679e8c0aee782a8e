"""Kills at moments that a seed picks: what was acknowledged is there afterwards, and there is one history."""

from __future__ import annotations

import base64
import contextlib
import threading
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

from entrepot_conformance.lying.peer import Peer
from entrepot_conformance.making.seeds import signed_checkpoint
from entrepot_conformance.reader import merkle
from entrepot_conformance.shim.verdict import Kind, Verdict
from entrepot_conformance.suite.case import Case, Side
from entrepot_conformance.toy_node import Response

from .keeper import Keeper
from .row import row

ROUNDS = 3
_BATCH = 25
_LEASE_SECONDS = 30.0
_RECORDS = 300
"""Of the peer that is pulled: more than one bundle."""


def cases() -> list[Case]:
    """Return these cases."""
    return [
        row("acknowledged-survives-kill", "It keeps what it acknowledged when it is killed at once", "FED-77", _at_once, "D01"),
        row("killed-while-publishing", "It publishes a batch whole or not at all when it is killed", "FED-77", _publishing, "D01"),
        row("killed-after-withdrawing", "It brings nothing back that it withdrew before it was killed",
            "FED-77 LOG-51", _withdrawing, "D01"),
        row("killed-while-pulling", "It believes no more of a peer than it holds when it is killed, and goes on",
            "FED-77 LOG-67", _pulling, "D02"),
        row("witness-state-survives-kill", "It remembers what it cosigned when it is killed at once",
            "LOG-78 LOG-79", _witnessing, "D01", Side.REFUSE),
        row("witness-state-of-pull-survives-kill", "It remembers the heads that it believed when it is killed at once",
            "LOG-79", _believed, "D02", Side.REFUSE),
    ]  # fmt: skip


def _at_once(keeper: Keeper) -> None:
    keeper.start()
    for _ in range(ROUNDS - 1):
        keeper.publish()
        keeper.kill()
        keeper.start()
        keeper.check()


def _publishing(keeper: Keeper) -> None:
    keeper.start()
    usual = keeper.timed(_BATCH)
    keeper.check()
    for _ in range(ROUNDS):
        keeper.publish_until_killed(_BATCH, keeper.random.uniform(0, 1.2 * usual))
        keeper.start()
        keeper.check()
    keeper.publish()
    keeper.check()


def _withdrawing(keeper: Keeper) -> None:
    keeper.start("withdraw")
    for _ in range(2):
        gone, *_ = keeper.publish()
        before = keeper.check()
        digest = next(entry.digest for entry in before.state.live() if entry.subject == gone)
        keeper.node.must("withdraw", ids=[gone])
        keeper.history.withdrawn([gone])
        keeper.kill()
        keeper.start()
        after = keeper.check()
        assert digest
        status = after.content(digest).status
        assert status in (404, 410), f"a withdrawn content is answered {status} after a kill"


def _pulling(keeper: Keeper) -> None:
    keeper.start()
    peer = Peer("pulled.example", _RECORDS)
    try:
        keeper.node.must("add-peer", url=peer.url, fingerprint=peer.identity.scid)
        for last in (1, *sorted(keeper.random.sample(range(2, 7), 2))):
            _kill_at_request(keeper, peer, last)
            keeper.start()
            _check_cursor(keeper, peer)
        told = _pull_in_the_end(keeper, peer).details
        seen = {name: told.get(name) for name in ("size", "missing", "refused")}
        due = {"size": peer.feed.size, "missing": 0, "refused": []}
        assert seen == due, f"after the kills a pull gives {seen}, due was {due}"
        _check_cursor(keeper, peer, whole=True)
    finally:
        peer.close()


def _pull_in_the_end(keeper: Keeper, peer: Peer) -> Verdict:
    """Pull; a process that was killed may have left a lease behind, which has to end soon."""
    patience = time.monotonic() + _LEASE_SECONDS
    while True:
        verdict = keeper.node.ask("sync-once", origin=peer.origin)
        if verdict.code != "pull.leased" or time.monotonic() > patience:
            break
        time.sleep(1)  # between looks at a lease: only its time can end it
    assert verdict.kind is Kind.ACCEPTED, f"after the kills a pull is refused ({verdict.code})"
    return verdict


def _kill_at_request(keeper: Keeper, peer: Peer, last: int) -> None:
    """Pull; kill the node a moment after so many requests, or when the pull is done."""
    peer.tell()
    left = [last]
    timers: list[threading.Timer] = []

    def count_down(target: str, told: Response) -> Response:
        left[0] -= 1
        if left[0] == 0:
            timers.append(threading.Timer(keeper.random.uniform(0, 0.15), keeper.kill))
            timers[0].start()
        return told

    peer.lie = count_down
    with contextlib.suppress(AssertionError):  # it was killed, as was wanted
        keeper.node.ask("sync-once", origin=peer.origin)
    for timer in timers:
        timer.join()
    peer.tell()
    keeper.kill()


def _check_cursor(keeper: Keeper, peer: Peer, *, whole: bool = False) -> None:
    peers = keeper.node.must("status").details.get("peers")
    assert isinstance(peers, list), f"status has no list of peers: {peers!r}"
    told = next((one for one in peers if one.get("origin") == peer.origin), None)
    assert told, "a peer that was followed is not followed after a kill"
    size = told.get("size")
    assert isinstance(size, int), f"the size of a peer is {size!r}"
    assert 0 <= size <= peer.feed.size, f"the node says {size} entries, the peer has {peer.feed.size}"
    assert not whole or size == peer.feed.size, f"the node is at {size} entries, {peer.feed.size} were pulled"
    if size:
        root = peer.feed.root(size).hex()
        assert told.get("root") == root, f"the root at {size} entries is {told.get('root')}, not {root}"
    due = max(0, size - len(peer.identity.lines))  # each record is of a subject of its own
    assert told.get("live") == due, f"at {size} entries {told.get('live')} records are held, {due} were due"


def _witnessing(keeper: Keeper) -> None:
    keeper.start("witness")
    peer = Peer("pushing.example", 5)
    try:
        keeper.follow(peer)
        for _ in range(2):
            old = peer.feed.size
            peer.grow()
            status, answer = _push(keeper, peer, old)
            assert status == 200, f"a head that extends what was seen is answered {status}: {answer[:200]!r}"
            keeper.kill()
            keeper.start()
            _remembers(keeper, peer, old)
        _refuses_fork(keeper, peer)
    finally:
        peer.close()


def _believed(keeper: Keeper) -> None:
    keeper.start("witness")
    peer = Peer("believed.example", 5)
    try:
        keeper.follow(peer)
        keeper.kill()
        keeper.start()
        _remembers(keeper, peer, peer.feed.size - 1)
        _refuses_fork(keeper, peer)
    finally:
        peer.close()


def _push(keeper: Keeper, peer: Peer, old: int, note: bytes | None = None) -> tuple[int, bytes]:
    """Push a head of a peer, or another note, by `add-checkpoint`."""
    leaves = [merkle.leaf_hash(entry) for entry in peer.feed.entries]
    proof = merkle.consistency_proof(old, leaves) if 0 < old < peer.feed.size else []
    body = add_checkpoint(old, proof, note or peer.feed.head())
    parts = urlsplit(keeper.node.url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    try:
        connection.request("POST", f"{parts.path}/witness/add-checkpoint", body)
        response = connection.getresponse()
        return response.status, response.read(65_536)
    finally:
        connection.close()


def add_checkpoint(old: int, proof: list[bytes], note: bytes) -> bytes:
    """Write the body of a push."""
    lines = [f"old {old}", *(base64.b64encode(one).decode() for one in proof), "", ""]
    return "\n".join(lines).encode() + note


def _remembers(keeper: Keeper, peer: Peer, old: int) -> None:
    """The node has cosigned the present head of a peer: it names its size to whoever pushes from a smaller one."""
    size = peer.feed.size
    status, answer = _push(keeper, peer, old)
    assert (status, answer.strip()) == (409, str(size).encode()), (
        f"pushed again from {old}, it answers {status} {answer[:60]!r} where 409 and {size} were due: "
        "it has forgotten what it cosigned"
    )


def _refuses_fork(keeper: Keeper, peer: Peer) -> None:
    """It cosigns no other head of the size that it has cosigned."""
    size = peer.feed.size
    forked = signed_checkpoint(peer.feed.log, peer.feed.name, size, merkle.leaf_hash(b"another history"))
    status, _ = _push(keeper, peer, size, forked)
    assert status != 200, "it cosigned a second head of one size after a kill"
    assert 400 <= status < 500, f"a fork is answered {status}"
