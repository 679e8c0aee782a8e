"""Pushing our newest head to witnesses (FED-01 to FED-10).

Publishing never waits for this. A push of a new head is also how a peer learns that there is news. One push at a time
goes to each peer; when it has ended, the newest head is pushed, not every one between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from entrepot_node.head_gate import stored_hashes
from entrepot_node.live_feed import live_feed
from entrepot_node.push_targets import PushTarget, peer_targets
from entrepot_node.served_checkpoint import Leaving
from entrepot_node.storage.interface import AHEAD_DOCUMENT, Store
from entrepot_node.storage.vouching import HeadCosignature, PushOutcome, PushRow
from entrepot_schema.errors import EntrepotError, PeerFault, Refused, Unavailable
from entrepot_schema.origin import parse_feed_name
from entrepot_sync.backoff import next_delay
from entrepot_sync.checkpoint import log_lines, open_checkpoint
from entrepot_sync.contradiction import find_contradiction
from entrepot_sync.cosignature import Cosignature
from entrepot_sync.feed_paths import witness_path
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.merkle import consistency_proof
from entrepot_sync.note import MAX_NOTE_BYTES
from entrepot_sync.peer_trust import all_log_keys, log_keys
from entrepot_sync.push import PushAhead, push_head
from entrepot_sync.transport import OK, HttpTransport, OpenPostTransport

REFRESH_SECONDS = 300.0
RETRY_SECONDS = 5.0
MAX_RETRY_SECONDS = 600.0
NOT_FOLLOWED = "push.not-followed"
NOT_FOLLOWED_SECONDS = (60.0, 3600.0)
"""The first wait for a peer that does not follow us, and the longest."""
PUSH_SECONDS = 60.0
LEASE_SECONDS = PUSH_SECONDS + 30.0

log = structlog.get_logger()


class Pusher:
    """Pushes to one witness at a time and keeps the books. `owner` names this process in leases.

    `witnesses` are asked besides those of the peers.
    """

    def __init__(
        self,
        store: Store,
        open_transport: OpenPostTransport,
        leaving: Leaving,
        *,
        owner: str,
        now: Callable[[], float],
        random: Callable[[], float],
        witnesses: Sequence[PushTarget] = (),
    ) -> None:
        self._store = store
        self._open_transport = open_transport
        self._leaving = leaving
        self._owner = owner
        self._now = now
        self._random = random
        self._witnesses = witnesses

    def newest(self) -> tuple[str, int]:
        """Name and size of our newest head; cheap, to be asked many times a second."""
        heads = self._store.own_heads()
        if not heads:
            return "", 0
        name = max(heads, key=lambda feed: parse_feed_name(feed).number)
        return name, heads[name]

    def due(self) -> list[PushTarget]:
        """The witnesses to push to now: those without our newest head, and those that vouched some minutes ago."""
        name, size = self.newest()
        if not size:
            return []
        noted = {row.origin: row for row in self._store.pushes()}
        now = self._now()
        return [
            target for target in self.targets() if _is_due(noted.get(target.origin), target, name, size, now)
        ]

    def is_due_again(self, target: PushTarget) -> bool:
        """Whether a witness that was pushed to lacks our newest head again; asks for no other, so that it stays cheap."""
        name, size = self.newest()
        row = self._store.noted_push(target.origin)
        return row is not None and _is_due(row, target, name, size, self._now())

    def targets(self) -> list[PushTarget]:
        """All who may vouch for us."""
        return [*peer_targets(self._store), *self._witnesses]

    async def push(self, target: PushTarget) -> Cosignature | None:
        """Push the newest head to a witness and note the outcome; None if another process is at it, or if it is gone.

        Raises what stopped it, after it was noted.
        """
        started = self._now()
        feed = live_feed(self._store)
        if not self._store.lease_push(
            target.origin,
            feed.name,
            str(target.witness),
            self._owner,
            now=started,
            until=started + LEASE_SECONDS,
        ):
            return None
        row = self._store.noted_push(target.origin)
        if row is None:
            return None  # not followed any more, this very moment
        try:
            self._leaving(feed)
            cosignature = await self._ask(feed, target, row)
        except EntrepotError as error:
            ahead = error.size if isinstance(error, PushAhead) else 0
            self._store.end_push(target.origin, self._owner, self._failure(feed, row, started, error, ahead))
            raise
        except BaseException:
            # Cut off or our own bug: the lease goes, the books stay as they were.
            outcome = PushOutcome(
                started, self._now() + RETRY_SECONDS, row.failures, row.size, row.tried_size, row.ahead_size,
                "push.ended", "cut off",
            )  # fmt: skip
            self._store.end_push(target.origin, self._owner, outcome)
            raise
        delay = next_delay(REFRESH_SECONDS, 0, self._random())
        outcome = PushOutcome(started, self._now() + delay, 0, feed.head.size, feed.head.size)
        line = HeadCosignature(cosignature.key.name, feed.head.size, str(cosignature.line), cosignature.time)
        self._store.end_push(target.origin, self._owner, outcome, (feed.id, line))
        return cosignature

    async def _ask(self, feed: FeedRow, target: PushTarget, row: PushRow) -> Cosignature:
        keys = all_log_keys(
            feed.key_log, feed.name
        )  # in the midst of a rotation a peer may know the old one only
        head = Head(feed.head.size, feed.head.root, log_lines(feed.head.note, feed.name, keys))
        prove = partial(consistency_proof, new_size=head.size, hash_at=stored_hashes(self._store, feed.id))
        transport = self._open_transport(target.base_url, target.allow_private)
        try:
            async with asyncio.timeout(PUSH_SECONDS):
                try:
                    # What it cosigned last may be more than we have, after a restored backup; then it tells.
                    return await push_head(
                        transport,
                        head,
                        old=min(row.size, head.size),
                        prove=prove,
                        witness=target.witness,
                        path=f"{target.prefix}/add-checkpoint",
                        now=self._now(),
                    )
                except PeerFault as fault:
                    if fault.code in ("push.ahead", "push.inconsistent"):
                        await self._look_at_what_they_saw(feed, target, transport)
                    raise
        except TimeoutError as error:
            raise Unavailable(
                "push.deadline", f"{target.origin} took more than {PUSH_SECONDS:g} seconds"
            ) from error
        finally:
            await transport.aclose()

    async def _look_at_what_they_saw(
        self, feed: FeedRow, target: PushTarget, transport: HttpTransport
    ) -> None:
        """Keep the head a peer saw of our feed if our own key signed it: then it is no mere claim (D07, D08)."""
        path = witness_path(feed.name, target.prefix)
        try:
            fetched = await transport.fetch(path, max_bytes=MAX_NOTE_BYTES)
            if fetched.status != OK:
                return
            other = open_checkpoint(fetched.body, feed.name, log_keys(feed.key_log, feed.name)).checkpoint
            evidence = find_contradiction(feed, fetched.body, stored_hashes(self._store, feed.id))
        except (PeerFault, Refused, Unavailable):
            return
        if evidence is not None:
            self._store.add_evidence(feed.id, evidence, now=self._now())
            log.error("our own feed has two histories", peer=target.origin, feed=feed.name, size=other.size)
        elif other.size > feed.head.size:
            self._store.put_document(AHEAD_DOCUMENT, fetched.body)
            log.error("a peer holds more of our feed than we", peer=target.origin, size=other.size)

    def _failure(
        self, feed: FeedRow, row: PushRow, started: float, error: EntrepotError, ahead: int
    ) -> PushOutcome:
        retry_after = error.retry_after if isinstance(error, Unavailable) else None
        failures = row.failures + 1
        delay = min(next_delay(RETRY_SECONDS, failures, self._random()), MAX_RETRY_SECONDS)
        if error.code == NOT_FOLLOWED:
            first, longest = NOT_FOLLOWED_SECONDS
            delay = min(first * (1 << min(row.failures, 20)), longest)
        delay = max(delay, retry_after or 0.0)
        return PushOutcome(
            started, self._now() + delay, failures, row.size, feed.head.size, ahead, error.code, error.message
        )


def _is_due(row: PushRow | None, target: PushTarget, name: str, size: int, now: float) -> bool:
    if row is None or (row.feed_name, row.witness) != (name, str(target.witness)) or row.next_at <= now:
        return True
    # A new head goes out at once to who answered last time; who did not is asked when its wait is over.
    return row.tried_size != size and not row.failures
