"""The storage contract: what every store promises (`contract*.py` hold the tests, one class a part, for all stores).

- Every method is one transaction. When a writing method returns, what it wrote survives a crash of the process
  and of the machine. When it raises, nothing of it was written.
- `append` compares and swaps: it raises `Conflict` when the feed is not of the size the chunk starts from.
- Withdrawn contents are gone when `append` returns: from rows, indexes and free pages.
- Readers see whole transactions only.
- Any thread may call; many processes may open one store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from entrepot_node.storage.acquaintance import AcquaintanceStore
from entrepot_node.storage.hiding import HidingStore
from entrepot_node.storage.holding import HoldingStore
from entrepot_node.storage.receipts import ReceiptStore
from entrepot_node.storage.vouching import VouchingStore
from entrepot_schema.key_log import KeyLog
from entrepot_sync.feed_store import Chunk, FeedRow, FeedStore, MissingContent, Status

Position = tuple[int, int]
"""Where a version stands in the order of the store: number of the feed in this store, index."""

LAST: Position = (2**62, 2**62)
MOST_ROWS = 1_000
AHEAD_DOCUMENT = "head ahead"
"""A head of ours that a peer cosigned and that is larger than what is held here; it goes when the gate finds it held."""
NODE_DOCUMENT = "node"
"""The name of the signed node document among the documents of the node."""


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


@dataclass(frozen=True, slots=True)
class FeedCounts:
    """How many live subjects of a feed have which content."""

    live: int
    stored: int
    missing: int
    refused: int
    kept: int
    withdrawn: int
    inert: int


@dataclass(frozen=True, slots=True)
class ImportKey:
    """A row of a spreadsheet that was published before: its key, its subject, and a hash of its profile."""

    key: str
    subject: str
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What to look for among live stored records.

    `words` as a person typed them; never a query language. `filters` maps a facet to the values wanted (any of them);
    facets combine with *and*. `after` is the `next` of the page before. `sort`: `relevance` (newest first without
    words), `newest` or `name`.
    """

    words: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "relevance"
    limit: int = 20
    after: str = ""
    with_facets: bool = True


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many of the found records have a value. A facet's own filter does not narrow its counts."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of found records, best first. `total` counts all of them; `next` is empty on the last page."""

    hits: list[VersionRow]
    total: int
    facets: dict[str, list[FacetCount]]
    next: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """What there is to find: how many records, how many of each facet value, the newest day (YYYY-MM-DD)."""

    total: int
    facets: dict[str, list[FacetCount]]
    newest: str


FACETS: tuple[str, ...] = (
    "type", "country", "subdivision", "sector", "kind", "cluster", "origin", "freshness",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A change of our keys, ready to be written: the longer key log, what commits to it, and the node document.

    `feed_name` is the feed the chunk belongs to: the live one, or a new one that takes its place. `old` is the key log
    the live feed has now; it is replaced where `new` extends it, and stays where a new identity begins.
    """

    feed_id: int
    old: KeyLog
    new: KeyLog
    feed_name: str
    chunk: Chunk
    node_document: bytes


class Store(FeedStore, VouchingStore, HoldingStore, ReceiptStore, HidingStore, AcquaintanceStore, Protocol):
    """A whole store. See the module for what all methods promise."""

    # feeds
    def add_feed(self, name: str, key_log: KeyLog, *, own: bool) -> FeedRow:
        """Start a feed of size 0; `Conflict` if it is there."""
        ...

    def feeds(self) -> list[FeedRow]:
        """All feeds, our own first, then by name."""
        ...

    def own_feed_names(self) -> list[str]:
        """The names of our own feeds."""
        ...

    def change_keys(self, change: KeyChange) -> FeedRow:
        """Write a change of our keys, whole or not at all; return the live feed. `Conflict` if anything has moved."""
        ...

    def counts(self, feed_id: int) -> FeedCounts:
        """Count subjects of a feed by what is held of them."""
        ...

    # reading the log
    def entries(self, feed_id: int, begin: int, end: int) -> list[bytes]:
        """The entries begin ≤ index < end."""
        ...

    def tile(self, feed_id: int, level: int, index: int) -> bytes:
        """The widest stored form of a tile; empty if there is none."""
        ...

    def contents(self, feed_id: int, begin: int, end: int) -> list[bytes]:
        """The live record contents of these entries, in their order."""
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

    # reading records, as far as they are shown (`hiding`)

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

    # searching: live stored records of the live feed of each origin, as far as they are shown
    def search(self, query: SearchQuery, *, now: float) -> SearchPage:
        """One page of what a query finds; `Misuse` for a facet, an order or a cursor that there is not."""
        ...

    def stream(self, query: SearchQuery, *, now: float) -> Iterator[bytes]:
        """All records a query finds, as they were signed, in the order they came in; in constant memory.

        Its order, limit and facets do not count. What is withdrawn meanwhile is not given any more; what is replaced
        is given anew, or for the first time.
        """
        ...

    def by_identifier(
        self, scheme: str, identifier: str, *, after: int = -1, limit: int = MOST_ROWS
    ) -> list[tuple[int, VersionRow]]:
        """Records that carry an identifier, whatever separators and case it is written with, behind a position."""
        ...

    def relations_of(
        self, subject: str, *, other: str = "", after: int = -1, limit: int = MOST_ROWS
    ) -> list[tuple[int, VersionRow]]:
        """Relation records behind a position, each with its own: from or to a subject, or from it to another."""
        ...

    def relation_edges(self, *, after: int, limit: int) -> list[tuple[int, VersionRow]]:
        """Relation records in a fixed order behind a position (-1 for the start), each with its own position."""
        ...

    def statistics(self, *, now: float) -> Statistics:
        """Count all that can be found."""
        ...

    # follows
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

    def lease_follow(self, feed_id: int, owner: str, *, now: float, until: float) -> bool:
        """Take the right to pull a feed until a time; False if another owner holds it.

        The first pull of a day notes the size from which the growth of that day counts.
        """
        ...

    def end_pull(self, feed_id: int, owner: str, outcome: PullOutcome) -> None:
        """Note the outcome of a pull and give the lease back."""
        ...

    def free_leases(self, has_ended: Callable[[str], bool]) -> None:
        """Give back the leases for pulls and pushes whose owners have ended."""
        ...

    # the rest
    def evidence(self, feed_id: int) -> list[bytes]:
        """Evidence files of a feed, oldest first."""
        ...

    def require_writable(self) -> None:
        """Raise `store.io` if the disk has failed under this store: nothing may be signed on it any more (FED-76)."""
        ...

    def document(self, name: str) -> bytes | None:
        """A document of the node itself, such as its signed node document."""
        ...

    def put_document(self, name: str, raw: bytes) -> None:
        """Replace a document of the node."""
        ...

    def remove_document(self, name: str, raw: bytes | None = None) -> None:
        """Forget a document of the node; with `raw`, only while it is still that one."""
        ...

    def import_keys(self, list_name: str) -> dict[str, ImportKey]:
        """What an earlier import of a list published, by key."""
        ...

    def put_import_keys(self, list_name: str, keys: Iterable[ImportKey]) -> None:
        """Remember what an import published; new values replace old ones."""
        ...

    def kept_contents(
        self, feed_id: int, *, limit: int, after: int = -1
    ) -> list[tuple[MissingContent, bytes]]:
        """Live contents of newer schema versions above an index, with their bytes, in order."""
        ...

    def sweep_withdrawn(self) -> int:
        """Erase contents that a withdrawal should have erased; return how many there were."""
        ...

    def finish_erasures(self, *, anew: bool = False) -> bool:
        """Try again to forget what a slow reader kept from being erased; answer whether all is gone.

        `anew`: look also for what another process may have left.
        """
        ...

    def close(self) -> None:
        """Close all connections."""
        ...
