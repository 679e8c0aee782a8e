"""What the code that decides asks of a store, in memory: a thousand nodes in one process need no disk for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from entrepot_node.storage.follows import FollowRow, PullOutcome
from entrepot_node.storage.vouching import PeerDocument, PushOutcome, PushRow
from entrepot_sync.feed_store import FeedRow

NEVER = 1e18


class Books:
    """The books of one node: whom it follows, whom it pushes to, what it holds of which feed."""

    def __init__(self, feeds: Mapping[str, FeedRow]) -> None:
        self.feeds = dict(feeds)
        self._follows: dict[int, FollowRow] = {}
        self._pushes: dict[str, PushRow] = {}
        self._witnesses: dict[str, str] = {}
        self._documents: dict[str, PeerDocument] = {}

    # what a test bed sets up

    def add(
        self, origin: str, feed_id: int, *, next_at: float, witness: str = "", document: bytes = b""
    ) -> None:
        self._follows[feed_id] = FollowRow(
            feed_id, f"{origin}/feed/1", origin, "", f"https://{origin}", False, False, 10**9, 0.0, "", next_at,
            0, None, None, "", "", False, "", None, 0, "", 0.0,
        )  # fmt: skip
        if witness:
            self._witnesses[origin] = witness
        if document:
            self._documents[origin] = PeerDocument(origin, document, witness, 0.0)

    # what is asked

    def feed(self, name: str) -> FeedRow | None:
        return self.feeds.get(name)

    def own_feeds(self) -> list[FeedRow]:
        return [feed for feed in self.feeds.values() if feed.own]

    def own_heads(self) -> dict[str, int]:
        return {name: feed.head.size for name, feed in self.feeds.items() if feed.own}

    def follows(self) -> list[FollowRow]:
        return sorted(self._follows.values(), key=lambda row: row.origin)

    def follow(self, feed_id: int) -> FollowRow | None:
        return self._follows.get(feed_id)

    def followers(self) -> list[Any]:
        return []

    def peer_witnesses(self) -> dict[str, str]:
        return self._witnesses

    def peer_document(self, origin: str) -> PeerDocument | None:
        return self._documents.get(origin)

    def lease_follow(self, feed_id: int, owner: str, *, now: float, until: float) -> bool:
        row = self._follows[feed_id]
        if row.is_leased(owner, now):
            return False
        self._follows[feed_id] = replace(row, lease_owner=owner, lease_until=until)
        return True

    def end_pull(self, feed_id: int, owner: str, outcome: PullOutcome) -> None:
        row = replace(
            self._follows[feed_id], attempt_at=outcome.attempt_at, next_at=outcome.next_at,
            failures=outcome.failures, last_code=outcome.code, last_text=outcome.text, lease_owner="",
            lease_until=0.0,
        )  # fmt: skip
        if outcome.succeeded:
            row = replace(row, success_at=outcome.attempt_at, etag=outcome.etag, source="", source_at=None)
        elif outcome.source:
            row = replace(row, source=outcome.source, source_at=outcome.attempt_at)
        self._follows[feed_id] = row

    def pushes(self) -> list[PushRow]:
        return list(self._pushes.values())

    def noted_push(self, origin: str) -> PushRow | None:
        return self._pushes.get(origin)

    def lease_push(
        self, origin: str, feed_name: str, witness: str, owner: str, *, now: float, until: float
    ) -> bool:
        if origin not in self._pushes:
            self._pushes[origin] = PushRow(origin, feed_name, witness, 0, 0, 0, 0.0, 0, None, None, "", "")
        return True

    def end_push(self, origin: str, owner: str, outcome: PushOutcome, cosignature: object = None) -> None:
        row = self._pushes[origin]
        self._pushes[origin] = replace(
            row, attempt_at=outcome.attempt_at, next_at=outcome.next_at, failures=outcome.failures,
            size=outcome.size, tried_size=outcome.tried_size, ahead_size=outcome.ahead_size,
            success_at=outcome.attempt_at if outcome.succeeded else row.success_at, last_code=outcome.code,
            last_text=outcome.text,
        )  # fmt: skip
