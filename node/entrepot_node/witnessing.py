"""The witness of this node: what it answers to a push, and the heads it has cosigned (LOG-73 to LOG-79).

Configured logs are the live feeds of followed peers, with the keys of their pinned key logs, and the logs that the
operator names in the settings (`witness_logs`), of any software. A head that its log signed and that contradicts
what is held here is evidence, whatever the answer is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import structlog

from entrepot_node.cosigner import Cosigner
from entrepot_node.head_gate import stored_hashes
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Misuse, Refused
from entrepot_schema.origin import parse_feed_name
from entrepot_sync.checkpoint import MAX_SIZE
from entrepot_sync.contradiction import find_contradiction, same_size_fork
from entrepot_sync.feed_paths import feed_hash
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.note import VerifierKey, parse_vkey
from entrepot_sync.peer_trust import Fork, all_log_keys, log_keys
from entrepot_sync.rate_limit import RateLimit
from entrepot_sync.witness import (
    AddCheckpoint,
    WitnessRefused,
    judge_growth,
    parse_add_checkpoint,
    require_known_signer,
)

_TRIES = 3
# Faults of our pushes that have passed once the peer pushes to us: it is there, and it follows us.
_PASSED = ("push.not-followed", "push.unknown-key", "peer.unreachable", "peer.too-slow")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WitnessedLog:
    """A log whose heads are cosigned here. `feed` is None for a log of the settings."""

    origin: str
    keys: Sequence[VerifierKey]
    feed: FeedRow | None = None


def parse_witness_logs(lines: Sequence[str]) -> dict[str, WitnessedLog]:
    """Read the setting: a vkey each, or an origin line, a space and a vkey; several keys of one log add up."""
    keys: dict[str, list[VerifierKey]] = {}
    for line in lines:
        origin, _, vkey = line.rpartition(" ")  # an origin may hold spaces, a vkey does not
        try:
            key = parse_vkey(vkey)
        except Refused as refused:
            raise Misuse("settings.wrong", f"setting witness_logs: {refused.message}") from refused
        keys.setdefault(origin or key.name, []).append(key)
    return {origin: WitnessedLog(origin, found) for origin, found in keys.items()}


class Witness:
    """Judges pushes against the state of our witness key and signs what passes. Any thread may call.

    `news` is told of a followed feed that has grown.
    """

    def __init__(
        self,
        store: Store,
        cosigner: Cosigner,
        logs: Sequence[str] = (),
        *,
        now: Callable[[], float],
        news: Callable[[FeedRow], None] = lambda feed: None,
    ) -> None:
        self._store = store
        self._cosigner = cosigner
        self._logs = parse_witness_logs(logs)
        self._now = now
        self._news = news
        # Growth only the log itself can ask for. All else anybody can repeat who has seen a head of it, and must not
        # take turns away from growth.
        self._growth = RateLimit(burst=30, per_second=5)
        self._repeats = RateLimit(burst=30, per_second=2)
        self._wakes = RateLimit(burst=1, per_second=1 / 60)

    def add_checkpoint(self, raw: bytes) -> bytes:
        """Answer a push with our signature line; raise `WitnessRefused` with the status."""
        self._store.require_writable()  # a disk that fails under the store may fail under our state too
        request = parse_add_checkpoint(raw)
        witnessed = self._find(request.head.origin)
        signed = require_known_signer(request, lambda _: witnessed.keys if witnessed else None)
        assert witnessed is not None  # noqa: S101  its key has signed
        feed = witnessed.feed
        if feed is not None:
            _require_feed_head(request, feed)
        elif self._store.log_evidence(request.head.origin):
            raise _two_histories(request.head.origin)
        self._limit(request)
        for _ in range(_TRIES):
            seen = self._cosigner.seen(request.head.origin)
            try:
                judge_growth(request, seen)
            except WitnessRefused as refused:
                if refused.status != 400:
                    self._keep_contradiction(request, signed, witnessed)
                raise
            # Stored before it is signed, and signed only if nobody moved the state since it was judged.
            line = self._cosigner.cosign(seen, request.head, signed, now=self._now())
            if line is not None:
                self._tell(request, feed)
                return str(line).encode("utf-8")
        raise WitnessRefused(429, "witness.busy", "this log is pushed faster than it can be judged", wait=1)

    def checkpoint(self, wanted: str) -> bytes | None:
        """The newest head that was cosigned of the log whose name has this SHA-256, with our line."""
        origin = next((name for name in self._origins() if feed_hash(name) == wanted), None)
        return self._cosigner.cosigned(origin) if origin is not None else None

    def _find(self, origin: str) -> WitnessedLog | None:
        feed = self._store.feed(origin)
        if feed is not None and not feed.own and _is_live(feed):
            return WitnessedLog(origin, log_keys(feed.key_log, feed.name), feed)
        return self._logs.get(origin) if feed is None else None

    def _origins(self) -> list[str]:
        return [*self._store.followed_names(), *self._logs]

    def _limit(self, request: AddCheckpoint) -> None:
        turns = self._growth if self._grows(request) else self._repeats
        wait = turns.wait(request.head.origin, self._now())
        if wait:
            raise WitnessRefused(429, "witness.busy", "this log is pushed too often", wait=wait)

    def _grows(self, request: AddCheckpoint) -> bool:
        """Answer whether it is shown to extend what was cosigned: a head alone can be sent on by anybody who sees it."""
        if request.old >= request.head.size:
            return False
        try:
            judge_growth(request, self._cosigner.seen(request.head.origin))
        except WitnessRefused:
            return False
        return True

    def _tell(self, request: AddCheckpoint, feed: FeedRow | None) -> None:
        if feed is None:
            return
        # Once a minute: pushes can be replayed by anybody.
        if not self._wakes.wait(feed.origin, self._now()):
            self._store.wake_push(feed.origin, codes=_PASSED, now=self._now())
        if request.head.size > feed.size:
            self._news(feed)

    def _keep_contradiction(self, request: AddCheckpoint, signed: bytes, witnessed: WitnessedLog) -> None:
        """Keep two signed heads that cannot both be true, and stop the log."""
        if request.head.size == 0:
            return  # the empty tree agrees with all, and under another root it is no head
        seen, feed = self._cosigner.seen(witnessed.origin), witnessed.feed
        same_size = request.head.size == seen.size and request.head.root != seen.root
        held = self._cosigner.note(witnessed.origin) if same_size else None
        # A feed may just be changing its log key; of another log we know the keys of the settings.
        keys = all_log_keys(feed.key_log, feed.name) if feed else witnessed.keys
        evidence = same_size_fork(witnessed.origin, keys, held, signed) if held else None
        if feed is None:
            # Only a feed's tree is held here: of another log only heads of one size can be compared.
            if evidence is not None:
                self._store.add_log_evidence(witnessed.origin, evidence, now=self._now())
                name = sha256(evidence).hexdigest()
                log.error("a witnessed log has forked", log=witnessed.origin, size=seen.size, evidence=name)
            return
        evidence = evidence or find_contradiction(feed, signed, stored_hashes(self._store, feed.id))
        if evidence is not None:
            stop_forked(self._store, feed, evidence, now=self._now())


def stop_forked(store: Store, feed: FeedRow, evidence: bytes, *, now: float) -> None:
    """Keep the evidence of a fork, stop that feed alone, and say so (FED-14)."""
    fork = Fork(feed.name, evidence)
    store.add_evidence(feed.id, evidence, now=now)
    store.set_state(feed.id, "forked", fork.code, fork.message)
    log.error("a feed has forked", feed=feed.name, code=fork.code, evidence=sha256(evidence).hexdigest())


def _require_feed_head(request: AddCheckpoint, feed: FeedRow) -> None:
    """A feed is stricter than any log: its sizes fit JSON (LOG-32); and once it has forked nothing of it is cosigned."""
    if request.head.size > MAX_SIZE:
        raise WitnessRefused(400, "witness.request", f"a feed has no size {request.head.size}")
    if feed.state == "forked":
        raise _two_histories(feed.name)


def _two_histories(origin: str) -> WitnessRefused:
    return WitnessRefused(422, "witness.inconsistent", f"{origin[:80]} has signed two histories")


def _is_live(feed: FeedRow) -> bool:
    return parse_feed_name(feed.name).number == feed.key_log.latest.live_feed
