"""The storage contract: what every store promises (`contract*.py` hold the tests, one class a part, for all stores).

- Every method is one transaction. When a writing method returns, what it wrote survives a crash of the process
  and of the machine. When it raises, nothing of it was written.
- `append` compares and swaps: it raises `Conflict` when the feed is not of the size the chunk starts from.
- Withdrawn contents are gone when `append` returns: from rows, indexes and free pages.
- Readers see whole transactions only.
- Any thread may call; many processes may open one store.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from entrepot_node.storage.acquaintance import AcquaintanceStore
from entrepot_node.storage.answers import AnswerStore
from entrepot_node.storage.follows import FollowsStore
from entrepot_node.storage.hiding import HidingStore
from entrepot_node.storage.holding import HoldingStore
from entrepot_node.storage.leases import LeaseStore
from entrepot_node.storage.reading import ReadingStore
from entrepot_node.storage.receipts import ReceiptStore
from entrepot_node.storage.search import SearchStore
from entrepot_node.storage.vouching import VouchingStore
from entrepot_schema.key_log import KeyLog
from entrepot_sync.feed_store import Chunk, FeedRow, FeedStore, MissingContent

AHEAD_DOCUMENT = "head ahead"
"""A head of ours that a peer cosigned and that is larger than what is held here; it goes when the gate finds it held."""
GATE_DOCUMENT = "gate"
"""What the gate said last: a code, empty if it is open. Whoever answers need not be who asks the peers."""
NODE_DOCUMENT = "node"
"""The name of the signed node document among the documents of the node."""


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


class Store(
    AnswerStore,
    FeedStore,
    ReadingStore,
    SearchStore,
    FollowsStore,
    LeaseStore,
    VouchingStore,
    HoldingStore,
    ReceiptStore,
    HidingStore,
    AcquaintanceStore,
    Protocol,
):
    """A whole store. See the module for what all methods promise."""

    @property
    def is_near(self) -> bool:
        """Whether it is a file of this machine, which answers at once as a rule, and not a server that may keep us waiting."""
        ...

    # one appender at a time
    def only_appender(self, feed_name: str, *, wait_seconds: float) -> AbstractContextManager[None]:
        """Be the only one, of all processes that share the store, who appends to a feed of ours.

        `Conflict` when another keeps that for too long. If it is lost, nothing is appended under it any more: `append` and
        `change_keys` raise. A store that one machine has for itself leaves this to the lock beside the log key.
        """
        ...

    def is_append_awaited(self, feed_name: str) -> bool:
        """Answer whether another process waits for that: who has it for long should let go of it for a moment."""
        ...

    def epoch(self) -> str:
        """Name the server that keeps the store now. Another name: it may have gone back, so peers are asked again."""
        ...

    # feeds
    def add_feed(self, name: str, key_log: KeyLog, *, own: bool) -> FeedRow:
        """Start a feed of size 0; `Conflict` if it is there."""
        ...

    def feeds(self) -> list[FeedRow]:
        """All feeds, our own first, then by name."""
        ...

    def own_feeds(self) -> list[FeedRow]:
        """Our own feeds, the oldest first."""
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

    # the rest
    def evidence(self, feed_id: int) -> list[bytes]:
        """Evidence files of a feed, oldest first."""
        ...

    def require_writable(self) -> None:
        """Raise `store.io` if the disk has failed under this store: nothing may be signed on it any more (FED-76)."""
        ...

    def write_fault(self) -> str:
        """The code of what keeps this process from writing, as far as its last write told; empty for nothing."""
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
