"""Entries that our own feed takes in one transaction, and the signed chunk they become.

Publishing and changing keys share this: whatever is appended is decided, checked and judged as every follower will.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from entrepot_node.storage.interface import Store
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Conflict, Misuse, Refused
from entrepot_schema.keys import SigningKey
from entrepot_schema.origin import did_web
from entrepot_sync.checkpoint import Checkpoint, sign_checkpoint
from entrepot_sync.chunk import ChunkBuilder
from entrepot_sync.content_check import Question, by_digest
from entrepot_sync.entry import KEYS, Entry, FeedState, Outcome, parse_entry
from entrepot_sync.feed_store import Chunk, Content, FeedRow, Status
from entrepot_sync.peer_trust import judge_head

NOTHING_KNOWN: Mapping[Question, Content] = MappingProxyType({})
_NONCE_BYTES = 16


class Batch:
    """Entries that go into one transaction, each decided as every follower will decide it.

    Their time is `time`, but never before that of the last entry: a clock may be set back (LOG-87). With `behind` they stand
    behind a batch that is not stored yet; the caller MUST know that none of its subjects is in both.
    """

    def __init__(
        self, feed: FeedRow, store: Store, subjects: Iterable[str], time: str, behind: Batch | None = None
    ) -> None:
        self.feed = feed
        self.begin: int = behind.begin + len(behind.entries) if behind else feed.size
        self.time: str = max(time, behind.time if behind else _last_time(feed, store))
        self.state = FeedState(feed.origin, store.subject_states(feed.id, subjects))
        self.entries: list[bytes] = []
        self.contents: list[bytes] = []
        self._placed: dict[int, bytes] = {}

    def add(self, op: str, subject: str, kind: str, content: bytes | None) -> int:
        """Add an entry; return its index. Raises if followers would find it inert (LOG-25)."""
        before = self.state.subjects.get(subject)
        digest = sha256(content) if content is not None else None
        entry = Entry(op, subject, kind, self.time, before.last_index if before else None, digest).to_bytes()
        index = self.begin + len(self.entries)
        decision = self.state.decide(index, entry)
        if decision.outcome is not Outcome.EFFECTIVE:
            raise Misuse("publish.inert", f"{subject} cannot be published as {kind}: {decision.code}")
        self.entries.append(entry)
        if content is not None:
            self.contents.append(content)
            self._placed[index] = content
        return index

    @property
    def offered(self) -> dict[bytes, bytes]:
        """The contents by digest."""
        return by_digest(self.contents)

    def content_at(self, index: int) -> bytes | None:
        """The content of an entry of this batch."""
        return self._placed.get(index)

    def add_keys(self) -> None:
        """Add the lines of the key log that the feed does not commit to yet (LOG-23)."""
        subject = did_web(self.feed.origin)
        known = self.state.subjects.get(subject)
        for line in self.feed.key_log.lines[known.publishes if known else 0 :]:
            self.add(KEYS, subject, KEYS, line)


def _last_time(feed: FeedRow, store: Store) -> str:
    """The time of the last entry, of one form, so that text compares as time does; empty if it has none."""
    if not feed.size:
        return ""
    (raw,) = store.entries(feed.id, feed.size - 1, feed.size)
    try:
        return parse_entry(raw).time
    except Refused:
        return ""  # an inert entry of other software


def signed_chunk(
    store: Store, batch: Batch, *signers: SigningKey, known: Mapping[Question, Content] = NOTHING_KNOWN
) -> Chunk:
    """Build the chunk of a batch and sign its head; raise if a follower would refuse any of it. `known`: earlier verdicts."""
    feed = batch.feed
    if feed.size != batch.begin:
        raise Conflict("store.moved", f"the feed has {feed.size} entries by now, not {batch.begin}")
    builder = ChunkBuilder(store, feed)
    stop = builder.decide(batch.entries)
    if stop is not None:
        raise stop
    unsigned = builder.build(batch.offered, None, known)
    for index, content in unsigned.contents.items():
        if content.status is not Status.STORED:
            raise Misuse(
                "publish.refused", f"entry {index} would be refused: {content.code} {content.pointer}"
            )
    checkpoint = Checkpoint(feed.name, unsigned.frontier.size, unsigned.frontier.root())
    note = sign_checkpoint(checkpoint, feed.name, *signers)
    # Judged as every follower will: a log key that the key log does not name must not sign what we store.
    head = judge_head(feed, note, growth_limit=len(batch.entries)).head
    return replace(unsigned, head=head)


def fresh_nonce(random_bytes: Callable[[int], bytes]) -> str:
    """Draw the nonce of a record."""
    return base64.urlsafe_b64encode(random_bytes(_NONCE_BYTES)).decode("ascii").rstrip("=")
