"""The part of the storage contract about follows: which feeds are pulled, from where, and how that goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from entrepot_schema.key_log import KeyLog
from entrepot_sync.feed_store import FeedRow

THROTTLED = "peer.throttled"
"""What is noted of a pull whose peer asked us to wait."""


@dataclass(frozen=True, slots=True)
class FollowRow:
    """An operator's decision to follow a feed, and how its pulls went. Times are POSIX seconds."""

    feed_id: int
    feed_name: str
    origin: str
    scid: str
    base_url: str
    allow_private: bool
    paused: bool
    growth_limit: int
    added_at: float
    etag: str
    next_at: float
    failures: int
    attempt_at: float | None
    success_at: float | None
    last_code: str
    last_text: str
    mirror: bool
    source: str
    source_at: float | None
    grown_from: int
    lease_owner: str
    lease_until: float

    def is_leased(self, owner: str, now: float) -> bool:
        """Answer whether another owner is pulling its feed."""
        return self.lease_until > now and self.lease_owner != owner

    def may_grow(self, size: int) -> int:
        """How many entries more its feed may have today, where it has `size` now (LOG-90)."""
        return self.growth_limit - (size - self.grown_from)


@dataclass(frozen=True, slots=True)
class PullOutcome:
    """What is noted of a pull that ended: when the next is due, and why it failed if it did.

    `source` is the origin of the mirror that helped while the feed's own node failed.
    """

    attempt_at: float
    next_at: float
    failures: int
    code: str = ""
    text: str = ""
    etag: str = ""
    source: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the pull brought the feed up to date."""
        return not self.code


class FollowsStore(Protocol):
    """See `interface` for what all methods promise."""

    def add_follow(
        self,
        feed_id: int,
        base_url: str,
        *,
        allow_private: bool,
        growth_limit: int,
        now: float,
        mirror: bool = False,
    ) -> None:
        """Follow a feed from now on, or change where and how it is fetched and whether it is mirrored."""
        ...

    def remove_follow(self, feed_id: int) -> None:
        """Stop following; what is held of the feed, and of lower ones of its origin, goes."""
        ...

    def move_follow(self, feed_id: int, name: str, key_log: KeyLog, *, now: float) -> FeedRow:
        """Follow another feed of the same origin from now on; the one before stays as history."""
        ...

    def follows(self) -> list[FollowRow]:
        """All follows, by origin."""
        ...

    def follow(self, feed_id: int) -> FollowRow | None:
        """The follow of a feed."""
        ...

    def follow_of(self, origin: str) -> FollowRow | None:
        """The follow of an origin: there is one at the most, of its live feed."""
        ...

    def lease_follow(self, feed_id: int, owner: str, *, now: float, until: float) -> bool:
        """Take the right to pull a feed until a time; False if another owner holds it.

        The first pull of a day notes the size from which the growth of that day counts.
        """
        ...

    def release_follow(self, feed_id: int, owner: str) -> None:
        """Give the lease back without an outcome."""
        ...

    def end_pull(self, feed_id: int, owner: str, outcome: PullOutcome) -> None:
        """Note the outcome of a pull and give the lease back."""
        ...

    def wake_follow(self, feed_id: int, *, now: float) -> None:
        """Let the next pull of a feed be due now, or at once after the one that is under way; not before its peer allows."""
        ...
