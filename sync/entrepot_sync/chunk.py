"""From entries to a chunk: the decisions, checks and hashes that a store takes in one transaction.

The write path uses it for our own feed and the pull loop for others', so that what we publish and what we accept
are judged by the same code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from entrepot_schema.canonical import sha256
from entrepot_schema.errors import PeerFault
from entrepot_schema.keys import PublicKey
from entrepot_schema.origin import did_web
from entrepot_sync.content_check import Question, check_contents, is_keys_entry
from entrepot_sync.entry import Decision, FeedState, FramedEntry, Outcome, read_entry
from entrepot_sync.feed_store import Chunk, Content, FeedRow, FeedStore, Head, Status
from entrepot_sync.merkle import leaf_hash


class FeedStop(PeerFault):
    """A feed cannot go on behind an index: newer software, or a key log that does not fit (LOG-10, LOG-12, LOG-23)."""

    def __init__(self, code: str, message: str, *, needs_key_log: bool = False, hint: str = "") -> None:
        super().__init__(code, message, hint=hint)
        self.needs_key_log = needs_key_log


class ChunkBuilder:
    """Decides consecutive entries of a feed and builds the chunk up to where the feed may go."""

    def __init__(self, store: FeedStore, feed: FeedRow) -> None:
        self._store = store
        self._feed = feed
        self._entries: list[bytes] = []
        self._decisions: list[Decision] = []
        self._keys: dict[int, PublicKey] = {}
        self._key_lines: dict[int, Content] = {}

    def decide(self, entries: Sequence[bytes]) -> FeedStop | None:
        """Decide entries from the feed's size on; return the stop if there is one. What follows it is left out."""
        read = [read_entry(raw) for raw in entries]
        state = self._load_state(read)
        keys = state.subjects.get(did_web(self._feed.origin))
        in_force = keys.publishes if keys else 0
        for offset, entry in enumerate(read):
            decision = state.decide_read(self._feed.size + offset, entry)
            if is_keys_entry(decision):
                in_force += 1
            stop = self._stop_at(decision, in_force)
            if stop:
                return stop
            self._entries.append(entries[offset])
            self._decisions.append(decision)
            self._keys[decision.index] = self._feed.key_log.states[in_force - 1].record_key
        return None

    def build(
        self,
        offered: Mapping[bytes, bytes],
        head: Head | None,
        known: Mapping[Question, Content] = MappingProxyType({}),
    ) -> Chunk:
        """Check the offered contents (by digest), as far as no verdict is known, and put the chunk together."""
        contents = check_contents(
            self._decisions, offered, origin=self._feed.origin, keys=self._keys, known=known
        )
        leaves = [leaf_hash(raw) for raw in self._entries]
        return Chunk(
            begin=self._feed.size,
            entries=self._entries,
            decisions=self._decisions,
            leaves=leaves,
            frontier=self._feed.frontier.extend(leaves),
            contents={**contents, **self._key_lines},
            head=head,
        )

    def _load_state(self, read: Sequence[object]) -> FeedState:
        entries = [entry for entry in read if isinstance(entry, FramedEntry)]
        subjects = {entry.subject for entry in entries} | {did_web(self._feed.origin)}
        digests = {entry.digest for entry in entries if entry.digest is not None}
        return FeedState(
            self._feed.origin,
            self._store.subject_states(self._feed.id, subjects),
            self._store.known_digests(self._feed.id, digests),
        )

    def _stop_at(self, decision: Decision, in_force: int) -> FeedStop | None:
        if decision.outcome is Outcome.STOP:
            hint = "Upgrade this node; the feed goes on from where it stopped."
            return FeedStop(decision.code, f"entry {decision.index} needs newer software", hint=hint)
        if in_force == 0:
            return FeedStop("log.keys-mismatch", "the feed does not open with its key log")
        if not is_keys_entry(decision) or decision.entry is None:
            return None
        lines = self._feed.key_log.lines
        if in_force > len(lines):
            message = f"line {in_force} of the key log is not there yet"
            return FeedStop("log.keys-missing", message, needs_key_log=True)
        line = lines[in_force - 1]
        if sha256(line) != decision.entry.digest:
            return FeedStop(
                "log.keys-mismatch", f"entry {decision.index} names another line {in_force} of the key log"
            )
        self._key_lines[decision.index] = Content(Status.STORED, line)
        return None
