"""The part of the storage contract about reading: the log of a feed, and the records of all feeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from entrepot_sync.feed_store import Status

Position = tuple[int, int]
"""Where a version stands in the order of the store: number of the feed in this store, index."""

LAST: Position = (2**62, 2**62)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a subject: an effective `publish` entry and what is held of its content."""

    feed_name: str
    origin: str
    index: int
    subject: str
    type: str
    revision: int
    digest: bytes
    status: Status
    raw: bytes | None
    code: str
    pointer: str
    live: bool
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One effective entry in the order of arrival here. `seq` grows and never repeats.

    `resigned`: it says what the version before it said, as both are held here; only the signature is new.
    """

    seq: int
    feed_name: str
    origin: str
    index: int
    entry: bytes
    status: Status | None
    resigned: bool = False


class ReadingStore(Protocol):
    """See `interface` for what all methods promise."""

    # the log
    def entries(self, feed_id: int, begin: int, end: int) -> list[bytes]:
        """The entries begin ≤ index < end."""
        ...

    def tile(self, feed_id: int, level: int, index: int) -> bytes:
        """The widest stored form of a tile; empty if there is none."""
        ...

    def contents(self, feed_id: int, begin: int, end: int) -> list[bytes]:
        """The live record contents of these entries, in their order."""
        ...

    def live_digests(self, feed_id: int, begin: int, end: int) -> list[bytes]:
        """The digests of what `contents` gives."""
        ...

    def live_places(self, feed_id: int) -> list[tuple[int, str, str]]:
        """Index, subject and hex digest of each live record of a feed whose content is held, in order; at one moment."""
        ...

    def version_of(self, feed_id: int, digest: bytes) -> VersionRow | None:
        """The version whose entry carries a digest."""
        ...

    def versions(self, subject: str) -> list[VersionRow]:
        """All versions of a subject in all feeds, newest first within a feed; also of one that is hidden."""
        ...

    # records, as far as they are shown (`hiding`)
    def history(
        self, subject: str, *, before: Position = LAST, limit: int, with_content: bool = False
    ) -> list[tuple[Position, VersionRow]]:
        """Versions of a subject before a position, newest first; `raw` is None where no content is asked for."""
        ...

    def version(self, subject: str, revision: int, *, feed_name: str = "") -> VersionRow | None:
        """One version by its revision, in the newest feed that counts it or in the one named."""
        ...

    def live_records(
        self, *, after: Position, limit: int, type: str = "", origin: str = ""
    ) -> list[tuple[Position, VersionRow]]:
        """Live stored records in a fixed order behind a position, each with its own position."""
        ...

    def refused(self, *, before: Position = LAST, limit: int) -> list[tuple[Position, VersionRow]]:
        """Live refused records before a position, newest first within a feed, each with its own position."""
        ...

    def refusals(self) -> dict[str, int]:
        """How many live records were refused for which code."""
        ...

    def state(self) -> str:
        """A short text that never comes back once records shown to readers have changed."""
        ...

    def last_change(self) -> int:
        """The sequence number of the newest change; -1 where there is none."""
        ...

    def changes(self, *, after: int, limit: int) -> list[ChangeRow]:
        """Changes behind a sequence number, in order of arrival; of what is hidden only withdrawals."""
        ...
