"""Comparing notes: what other peers cosigned of a feed we follow (FED-12 to FED-14).

A node that shows us one history and others another is found out when two of them compare. So every now and then a
peer is asked for the head it cosigned last of another peer's feed. What its log signed counts, whoever shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import structlog

from entrepot_node.cosigner import Cosigner
from entrepot_node.head_gate import stored_hashes
from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.interface import Store
from entrepot_node.witnessing import stop_forked
from entrepot_schema.errors import EntrepotError, Refused
from entrepot_sync.checkpoint import log_lines, parse_checkpoint
from entrepot_sync.contradiction import find_contradiction, same_size_fork
from entrepot_sync.feed_paths import witness_path
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.note import MAX_NOTE_BYTES, split
from entrepot_sync.peer_trust import all_log_keys, log_keys
from entrepot_sync.push import show_head
from entrepot_sync.transport import OK, HttpTransport, OpenPostTransport

QUESTIONS = 4
"""How many questions one round asks."""

log = structlog.get_logger()


class Comparer:
    """Asks a few peers in each round, one pair of feed and peer after the other."""

    every_seconds = 60

    def __init__(
        self, store: Store, witness: Cosigner, open_transport: OpenPostTransport, *, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._witness = witness
        self._open_transport = open_transport
        self._now = now
        self._turn = 0

    async def round(self) -> None:
        """Ask the next few questions; a peer that does not answer is passed over."""
        follows = [follow for follow in self._store.follows() if not follow.paused]
        witnesses = self._store.peer_witnesses()
        askable = [follow for follow in follows if follow.origin in witnesses]
        for followed, reporter in self._next_pairs(follows, askable):
            feed = self._store.feed(followed.feed_name)
            if feed is not None and feed.state != "forked":
                await self._ask(feed, reporter)

    def _next_pairs(
        self, follows: list[FollowRow], askable: list[FollowRow]
    ) -> Iterator[tuple[FollowRow, FollowRow]]:
        """Walk along all pairs of a feed and another peer, in an order in which neither comes twice in a row."""
        pairs = len(follows) * len(askable)
        asked = tried = 0
        while tried < pairs and asked < QUESTIONS:
            place, shift = self._turn % len(follows), self._turn // len(follows)
            followed, reporter = follows[place], askable[(place + shift) % len(askable)]
            self._turn += 1
            tried += 1
            if followed.origin != reporter.origin:
                asked += 1
                yield followed, reporter

    async def _ask(self, feed: FeedRow, reporter: FollowRow) -> None:
        transport = self._open_transport(reporter.base_url, reporter.allow_private)
        try:
            fetched = await transport.fetch(witness_path(feed.name), max_bytes=MAX_NOTE_BYTES)
            if fetched.status == OK and self.compare(feed, reporter.origin, fetched.body):
                await self._show(feed, transport)
        except EntrepotError as error:
            log.info(
                "not compared", peer=reporter.origin, feed=feed.name, code=error.code, reason=error.message
            )
        finally:
            await transport.aclose()

    async def _show(self, feed: FeedRow, transport: HttpTransport) -> None:
        """Show a peer the head we hold, for it to judge by its larger tree (FED-15).

        Our own witness may have cosigned the larger head as well, on a proof, while the log hands us the entries of another
        history: what all witnesses cosigned agrees then, and only what is held differs.
        """
        if feed.head.size:
            raw = log_lines(feed.head.note, feed.name, log_keys(feed.key_log, feed.name))
            await show_head(transport, replace(feed.head, note=raw))

    def compare(self, feed: FeedRow, reporter: str, raw: bytes) -> bool:
        """Judge the head that a reporter cosigned; raise a refusal where its log has not signed it.

        Answers whether it is larger than what is held.
        """
        signed = log_lines(raw, feed.name, log_keys(feed.key_log, feed.name))
        checkpoint = parse_checkpoint(split(signed).text)
        evidence = self._contradiction(feed, checkpoint.size, signed)
        if evidence is not None:
            stop_forked(self._store, feed, evidence, now=self._now())
        elif checkpoint.size > feed.size:
            # Compared when the feed gets there (FED-13).
            head = Head(checkpoint.size, checkpoint.root, signed)
            self._store.put_reported_head(feed.id, reporter, head)
            return True
        return False

    def _contradiction(self, feed: FeedRow, size: int, signed: bytes) -> bytes | None:
        seen = self._witness.note(feed.name)
        try:
            if seen is not None and parse_checkpoint(split(seen).text).size == size:
                found = same_size_fork(feed.name, all_log_keys(feed.key_log, feed.name), seen, signed)
                if found is not None:
                    return found
            return find_contradiction(feed, signed, stored_hashes(self._store, feed.id))
        except Refused:  # hashes that are not there yet
            return None
