"""What the pull loop and the write path ask of a store: one chunk of a feed, in one transaction (LOG-67).

A `Chunk` is the only way a feed grows, ours and theirs alike. It is computed beforehand by pure code; the store
checks that the feed still has the size the chunk starts from, writes everything or nothing, and erases what the
chunk withdraws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from entrepot_schema.key_log import KeyLog
from entrepot_sync.entry import Decision, SubjectState
from entrepot_sync.merkle import Frontier


class Status(Enum):
    """What a store holds of the content of an effective `publish` or `keys` entry."""

    STORED = "stored"
    MISSING = "missing"  # not offered so far; asked for again while it is live
    REFUSED = "refused"  # breaks a rule; only code and pointer are kept
    KEPT = "kept"  # of a newer schema version: kept, not shown, checked again after an upgrade
    ERASED = "erased"  # withdrawn


@dataclass(frozen=True, slots=True)
class Content:
    """The content of one entry: its bytes when STORED or KEPT, a reason code and pointer when REFUSED."""

    status: Status
    raw: bytes | None = None
    code: str = ""
    pointer: str = ""
    prepared: object = field(default=None, compare=False)
    """What an earlier check has read out of the bytes for the store; the store can do without."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head that is believed: what the note says, and the note."""

    size: int
    root: bytes
    note: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive entries of one feed, decided and checked, ready to be stored.

    `decisions[k]` is that of `entries[k]`, the entry at index `begin + k`. `contents` maps an index to its
    content; an effective `publish` without one is MISSING. `frontier` is that after the last entry. `head` is
    stored as believed with the chunk, which may end below it. With `hold_until` what the chunk withdraws is set aside
    and deleted at that time (FED-31). `pulled_at` is when it was pulled: what it takes from view counts from then on.
    """

    begin: int
    entries: Sequence[bytes]
    decisions: Sequence[Decision]
    leaves: Sequence[bytes]
    frontier: Frontier
    contents: Mapping[int, Content] = field(default_factory=dict)
    head: Head | None = None
    hold_until: float | None = None
    pulled_at: float | None = None

    @property
    def volume(self) -> int:
        """How many bytes of entries and contents it brings."""
        contents = sum(len(content.raw or b"") for content in self.contents.values())
        return contents + sum(map(len, self.entries))


@dataclass(frozen=True, slots=True)
class Turnover:
    """How many subjects pulls of a feed have taken from view in some time, and how many live ones they have brought."""

    withdrawn: int
    appeared: int


@dataclass(frozen=True, slots=True)
class Held:
    """How many subjects a mass withdrawal took away whose bytes are not deleted yet, and when the first are due."""

    subjects: int
    due_at: float | None


@dataclass(frozen=True, slots=True)
class MissingContent:
    """A live entry without content. `key_line` is the line of the key log (from 1) in force at its index."""

    index: int
    digest: bytes
    entry: bytes
    revision: int
    key_line: int


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed as stored: ours or a followed one. `frontier.size` entries are stored, `head` is believed.

    `superseded`: a higher feed of its origin is held, so that this one is history (SIG-65).
    """

    id: int
    name: str
    origin: str
    own: bool
    key_log: KeyLog
    frontier: Frontier
    head: Head
    head_at: float
    state: str
    state_code: str
    state_text: str
    superseded: bool = False

    @property
    def size(self) -> int:
        """How many entries are stored."""
        return self.frontier.size


class FeedStore(Protocol):
    """The part of a store that pulling and publishing need. `Conflict`: another process moved the feed."""

    def feed(self, name: str) -> FeedRow | None:
        """One feed by name."""
        ...

    def set_key_log(self, feed_id: int, old: KeyLog, new: KeyLog) -> None:
        """Replace the pinned key log by its extension; `Conflict` if it is no longer `old`."""
        ...

    def set_state(self, feed_id: int, state: str, code: str = "", text: str = "") -> None:
        """Note that a feed is `live`, `stopped`, `forked` or `waiting`, and why."""
        ...

    def add_evidence(self, feed_id: int, raw: bytes, *, now: float) -> None:
        """Keep an evidence file; the same bytes once."""
        ...

    def subject_states(self, feed_id: int, subjects: Iterable[str]) -> list[SubjectState]:
        """The states of those subjects that the feed knows."""
        ...

    def known_digests(self, feed_id: int, digests: Iterable[bytes]) -> set[bytes]:
        """Those of the digests that stand in an effective entry of the feed."""
        ...

    def live_subjects(self, feed_id: int) -> int:
        """How many subjects of a feed are live, keys not counted."""
        ...

    def held(self, feed_id: int) -> Held:
        """What the brake on mass withdrawal holds of a feed."""
        ...

    def volume(self, feed_id: int) -> int:
        """How many bytes of entries and contents are stored of a feed."""
        ...

    def turnover(self, feed_id: int, *, since: float) -> Turnover:
        """What pulls have changed since a time, at most a day ago; what a follow younger than that brought was always there."""
        ...

    def append(self, feed_id: int, chunk: Chunk) -> None:
        """Store a chunk durably, whole or not at all; `Conflict` if the feed is not of size `chunk.begin`."""
        ...

    def missing_contents(self, feed_id: int, *, limit: int, after: int = -1) -> list[MissingContent]:
        """Live entries above index `after` whose content is missing, in order."""
        ...

    def put_content(self, feed_id: int, index: int, content: Content) -> bool:
        """Store a content that came late; False, and nothing stored, if the entry is no longer live."""
        ...
