"""Following a peer: meet it, pin it, pull it, and note how that went.

Meeting trusts nothing: the node document and key log are fetched and checked, and the operator compares the
fingerprint (the SCID) before anything is pinned. From then on only extensions of the pinned key log count.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog

from entrepot_node.follow_pulls import FollowPulls
from entrepot_node.mirror_pull import MirrorPull, is_silent
from entrepot_node.mirroring import Mirrors, require_consent
from entrepot_node.peer_document import (
    REFRESH_SECONDS,
    ask_peer_document,
    fetch_node_document,
    keep_peer_document,
    profile_of,
    read_peer_document,
)
from entrepot_node.published_keys import require_secret_keys
from entrepot_node.pull_lease import LEASE_SECONDS, PullLease, leased
from entrepot_node.storage.follows import THROTTLED, FollowRow, PullOutcome
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Conflict, EntrepotError, Misuse, PeerFault, Refused, Unavailable
from entrepot_schema.key_log import KeyLog, parse_key_log
from entrepot_schema.origin import parse_feed_name
from entrepot_sync.backoff import next_delay
from entrepot_sync.content_check import NoEarlyCheck
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.head_gate import HeadGate
from entrepot_sync.peer_feed import MAX_KEY_LOG_BYTES
from entrepot_sync.peer_trust import Superseded
from entrepot_sync.pull import NO_BYTES_LIMIT, OpenEarlyCheck, Progress, PullReport
from entrepot_sync.transport import OK, OpenTransport, PeerTransport

TURN_SECONDS = 300.0
"""The longest turn of one peer among others; a longer first sync goes on in the next."""
KEY_LOG_PATH = "/feed/keys.jsonl"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a node says of itself, checked against its own keys, not yet trusted."""

    base_url: str
    feed_name: str
    key_log: KeyLog
    document: bytes
    name: dict[str, str]

    @property
    def origin(self) -> str:
        """The origin its keys speak for."""
        return self.key_log.origin

    @property
    def fingerprint(self) -> str:
        """The SCID, to compare with what the operator of that node says by phone."""
        return self.key_log.scid


async def meet(base_url: str, transport: PeerTransport) -> Introduction:
    """Fetch and check the node document and key log of a node."""
    document = (await fetch_node_document(transport)).body
    key_log = await fetch_key_log(transport)
    read_peer_document(document, key_log, now=0.0)
    profile = profile_of(document)
    feed_name = parse_feed_name(profile["feed"])
    if feed_name.origin != key_log.origin or feed_name.number != key_log.latest.live_feed:
        raise Refused(
            "key.log-state", "the node document names another feed than its key log", pointer="/feed"
        )
    return Introduction(base_url, profile["feed"], key_log, document, profile.get("name", {}))


async def fetch_key_log(transport: PeerTransport) -> KeyLog:
    """Fetch the key log of a node; it is valid by itself, and nobody's that we know."""
    fetched = await transport.fetch(KEY_LOG_PATH, max_bytes=MAX_KEY_LOG_BYTES)
    if fetched.status != OK:
        hint = "Is this the base URL of an Entrepot node?"
        raise PeerFault("peer.status", f"there is no key log at {KEY_LOG_PATH} ({fetched.status})", hint=hint)
    return parse_key_log(fetched.body)


def pin(
    store: Store,
    met: Introduction,
    *,
    allow_private: bool,
    growth_limit: int,
    now: float,
    own_origin: str,
    mirror: bool = False,
    repin: bool = False,
) -> None:
    """Follow a node whose fingerprint the operator has approved; mirror it only if it agrees.

    `repin`: the fingerprint takes the place of the pinned one (SIG-67).
    """
    if met.origin == own_origin:
        raise Misuse("peer.self", "this is the node's own origin; a node does not follow itself")
    require_secret_keys(met.key_log)
    if mirror:
        require_consent(met.origin, met.document, own_origin)
    store.add_follow(
        _pinned_feed(store, met, repin=repin, now=now).id,
        met.base_url,
        allow_private=allow_private,
        growth_limit=growth_limit,
        now=now,
        mirror=mirror,
    )
    keep_peer_document(store, read_peer_document(met.document, met.key_log, now=now))


def _pinned_feed(store: Store, met: Introduction, *, repin: bool, now: float) -> FeedRow:
    """The row of the feed that is followed from now on, where what is pinned of its origin allows it."""
    followed = store.follow_of(met.origin)
    pinned = store.feed(followed.feed_name) if followed else None
    if pinned is None:
        return store.add_feed(met.feed_name, met.key_log, own=False)
    if pinned.key_log.scid != met.fingerprint:
        _require_renewed(met, pinned, repin=repin)
    else:
        # One fingerprint can have two continuations: whoever holds either card can write one (SIG-49).
        met.key_log.require_extension_of(pinned.key_log)
    if pinned.name == met.feed_name:
        return pinned
    return store.move_follow(pinned.id, met.feed_name, met.key_log, now=now)


def _require_renewed(met: Introduction, pinned: FeedRow, *, repin: bool) -> None:
    """Another key log for a pinned origin: an alarm, unless the operator approved it, and only with a higher feed."""
    if not repin:
        hint = (
            "Somebody else may claim this name. If its operator confirms the new fingerprint by phone: "
            f"entrepot follow {met.base_url} --repin --fingerprint <the one you were told>"
        )
        message = f"{met.origin} is followed under the fingerprint {pinned.key_log.scid}"
        raise Misuse("key.log-history", message, hint=hint)
    if parse_feed_name(met.feed_name).number <= parse_feed_name(pinned.name).number:
        hint = "Its operator must open the next feed: `entrepot keys renew-identity` does."
        raise Misuse("follow.feed-number", f"{met.feed_name} was used under the old fingerprint", hint=hint)


class Puller:
    """Pulls followed feeds one at a time and keeps the books. `owner` names this process in leases."""

    def __init__(
        self,
        store: Store,
        open_transport: OpenTransport,
        *,
        owner: str,
        now: Callable[[], float],
        random: Callable[[], float],
        poll_seconds: float,
        gate: HeadGate | None = None,
        mirrors: Mirrors | None = None,
        open_early: OpenEarlyCheck = NoEarlyCheck,
        bytes_limit: int = NO_BYTES_LIMIT,
        turn_seconds: float = TURN_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._store = store
        self._open_transport = open_transport
        self._owner = owner
        self._turn_seconds = turn_seconds
        self._lease_seconds = lease_seconds
        self._now = now
        self._random = random
        self._poll_seconds = poll_seconds
        self._mirrors = mirrors
        self._pulls = FollowPulls(store, gate, open_early, bytes_limit)
        self._elsewhere = MirrorPull(store, open_transport, now=now)

    def due(self) -> list[FollowRow]:
        """The follows whose next pull is due, and which nobody else is pulling."""
        now = self._now()
        return [
            follow
            for follow in self._store.follows()
            if not follow.paused and follow.next_at <= now and not follow.is_leased(self._owner, now)
        ]

    def find(self, feed_name: str, *, pushed: bool = False) -> FollowRow | None:
        """The follow of a feed whose pull may begin; a peer that asked us to wait is not asked earlier for its pushes."""
        feed = self._store.feed(feed_name)
        follow = self._store.follow(feed.id) if feed else None
        if follow is None or follow.paused:
            return None
        waits = follow.last_code == THROTTLED and follow.next_at > self._now()
        return None if pushed and waits else follow

    async def pull(
        self, follow: FollowRow, progress: Progress = lambda stored, size: None, *, pushed: bool = False
    ) -> PullReport:
        """Pull one feed and note the outcome; raise what stopped it, after it was noted.

        `pushed` says that our witness was just shown a newer head. Where the key log names a higher feed, the follow
        moves there, and that one is pulled.
        """
        try:
            return await self._pull(follow, progress, pushed=pushed)
        except Superseded as moved:
            row = self._store.move_follow(follow.feed_id, moved.live_name, moved.key_log, now=self._now())
        return await self._pull(self._read(row.id, follow.origin), progress)

    async def _pull(self, follow: FollowRow, progress: Progress, *, pushed: bool = False) -> PullReport:
        started = self._now()
        follow = self._lease(follow)
        size = self._size(follow)
        try:
            with self._kept(follow) as lease:
                pulls = self._pulls.under(lease.require)
                async with asyncio.timeout(self._turn_seconds):
                    report, silence = await self._from_anywhere(pulls, follow, started, progress, pushed)
        except TimeoutError as timeout:
            error = Unavailable(
                "pull.deadline", f"{follow.origin} took more than {self._turn_seconds:g} seconds"
            )
            # What is stored stays; the next turn goes on from there, and others get theirs meanwhile.
            grown = self._size(follow) > size
            outcome = PullOutcome(started, self._now(), 0, error.code, error.message) if grown else None
            self._store.end_pull(
                follow.feed_id, self._owner, outcome or self._failure(follow, started, error)
            )
            raise error from timeout
        except EntrepotError as error:
            self._store.end_pull(follow.feed_id, self._owner, self._failure(follow, started, error))
            raise
        except BaseException:
            # Killed, cancelled or our own bug: no fault of the peer. The lease goes; the books stay as they were.
            outcome = PullOutcome(
                started, self._now() + self._poll_seconds, follow.failures, "pull.ended", "cut off"
            )
            self._store.end_pull(follow.feed_id, self._owner, outcome)
            raise
        delay = next_delay(self._poll_seconds, 0, self._random())
        outcome = PullOutcome(started, self._now() + delay, 0, etag=report.etag)
        if silence is not None:
            # The origin's failures go on counting, but news keep coming at the usual pace, or at that which it asked for.
            failed = self._failure(follow, started, silence)
            wait = silence.retry_after or 0.0 if isinstance(silence, Unavailable) else 0.0
            next_at = max(outcome.next_at, self._now() + wait)
            outcome = replace(failed, next_at=next_at, source=report.source)
        self._store.end_pull(follow.feed_id, self._owner, outcome)
        if self._mirrors is not None and follow.mirror:
            self._mirrors.vouch(follow.feed_name)
        return report

    async def pull_carried(self, follow: FollowRow, transport: PeerTransport) -> PullReport:
        """Pull from a copy that was carried here. It says nothing of the node itself, so the books stay (FED-38).

        It counts in the growth of the day like any other pull, and like any other it is the only one at its time.
        """
        follow = self._lease(follow)
        try:
            with self._kept(follow) as lease:
                return await self._take_carried(self._pulls.under(lease.require), follow, transport)
        finally:
            self._store.release_follow(follow.feed_id, self._owner)

    async def _take_carried(
        self, pulls: FollowPulls, follow: FollowRow, transport: PeerTransport
    ) -> PullReport:
        report = await pulls.pull(follow, transport, now=self._now()).run()
        if self._mirrors is not None and follow.mirror:
            self._mirrors.vouch(follow.feed_name)
        return report

    def _lease(self, follow: FollowRow) -> FollowRow:
        """Take the lease of a follow, and read it anew: with the lease a new day may have begun (LOG-90)."""
        now = self._now()
        until = now + self._lease_seconds
        if not self._store.lease_follow(follow.feed_id, self._owner, now=now, until=until):
            self._read(follow.feed_id, follow.origin)
            raise leased(follow.origin)
        return self._read(follow.feed_id, follow.origin)

    def _kept(self, follow: FollowRow) -> PullLease:
        return PullLease(self._store, follow, self._owner, now=self._now, seconds=self._lease_seconds)

    def _size(self, follow: FollowRow) -> int:
        feed = self._store.feed(follow.feed_name)
        return feed.size if feed else 0

    def _read(self, feed_id: int, origin: str) -> FollowRow:
        follow = self._store.follow(feed_id)
        if follow is None:
            raise Conflict("store.moved", f"{origin} is not followed any more")
        return follow

    async def _from_anywhere(
        self, pulls: FollowPulls, follow: FollowRow, started: float, progress: Progress, pushed: bool
    ) -> tuple[PullReport, EntrepotError | None]:
        """Pull from the feed's own node; where that is silent from a mirror, and then say how it failed (FED-28)."""
        try:
            return await self._run(pulls, follow, started, progress, pushed), None
        except EntrepotError as error:
            silent = is_silent(follow, error, started)
            report = await self._elsewhere.pull(pulls, follow, progress) if silent else None
            if report is None:
                raise
            return report, error

    async def _run(
        self, pulls: FollowPulls, follow: FollowRow, started: float, progress: Progress, pushed: bool
    ) -> PullReport:
        feed = self._store.feed(follow.feed_name)
        async with aclosing(self._open_transport(follow.base_url, follow.allow_private)) as transport:
            pull = pulls.pull(follow, transport, now=started, progress=progress)
            # A tag counts only for the head it came with; a head that moved without it would hide behind a 304.
            size, _, etag = follow.etag.partition(" ")
            report = await pull.run(etag if feed and size == str(feed.head.size) else "", pushed=pushed)
            if not pushed:
                await self._refresh_document(follow, transport)
            return replace(report, etag=f"{report.size_after} {report.etag}" if report.etag else "")

    async def _refresh_document(self, follow: FollowRow, transport: PeerTransport) -> None:
        """Fetch the node document again when the one held is old; without it pulls go on (FED-11)."""
        held = self._store.peer_document(follow.origin)
        feed = self._store.feed(follow.feed_name)
        if feed is None or (held is not None and 0 <= self._now() - held.fetched_at < REFRESH_SECONDS):
            return
        try:
            document = await ask_peer_document(transport, held, feed.key_log, now=self._now())
            keep_peer_document(self._store, document)
        except (PeerFault, Refused, Unavailable) as error:
            log.info("node document not refreshed", peer=follow.origin, code=error.code, reason=error.message)

    def _failure(self, follow: FollowRow, started: float, error: EntrepotError) -> PullOutcome:
        retry_after = error.retry_after if isinstance(error, Unavailable) else None
        failures = follow.failures + 1
        delay = next_delay(self._poll_seconds, failures, self._random(), retry_after=retry_after)
        return PullOutcome(started, self._now() + delay, failures, error.code, error.message)
