"""What we believe of a peer's feed, and why: the only module that decides it. Pure: bytes in, verdict out.

The rules, in the order in which `judge_head` and `RootCheck` apply them:

1. a head counts only when the log key signed it that the newest line of the *pinned* key log names for this feed
   (LOG-35, SIG-60), and only while that line names no higher feed (SIG-65)
2. a feed that has forked stays stopped; nothing it says is believed any more (LOG-61)
3. a smaller head is a rollback: refused, the trusted head stays (LOG-60)
4. a head of the trusted size with another root is a fork, and the two notes prove it (LOG-61)
5. a jump beyond the growth limit waits for the operator (LOG-64)
6. no entry is believed before the root recomputed from our own frontier and all new entries equals the signed
   root; on the way it is compared with every head known at a smaller size, the trusted one and those seen
   elsewhere (LOG-79). Anything else is *damaged*: maybe a broken disk or proxy, so another source or time is
   tried (LOG-62)
7. hashes that yield the new head's root but another root at a smaller known size turn *damaged* into *fork* (LOG-63)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot_schema.errors import PeerFault, Refused
from entrepot_schema.key_log import KeyLog
from entrepot_schema.origin import FeedName, parse_feed_name
from entrepot_sync.checkpoint import SignedCheckpoint, open_checkpoint
from entrepot_sync.evidence import make_fork_evidence
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.note import VerifierKey, parse_vkey

DEFAULT_GROWTH_LIMIT = 1_000_000


class Fork(PeerFault):
    """Two heads that cannot both be true. `evidence` is the file that proves it."""

    def __init__(self, feed_name: str, evidence: bytes) -> None:
        hint = "The feed is stopped. Keep the evidence file and talk to the operator of that node."
        super().__init__("log.fork", f"{feed_name} has signed two histories", hint=hint)
        self.evidence = evidence


@dataclass(frozen=True, slots=True)
class NewHead:
    """A head that is signed and not behind the trusted one; its entries are still to be checked."""

    head: Head
    grown_by: int


class Superseded(PeerFault):
    """The key log names a higher feed of this origin: what the lower one says is history (SIG-65)."""

    def __init__(self, feed_name: str, key_log: KeyLog) -> None:
        live = str(FeedName(key_log.origin, key_log.latest.live_feed))
        hint = "Followers move on to it by themselves; the fingerprint stays the same."
        super().__init__(
            "log.superseded", f"{key_log.origin} publishes in {live} now, not in {feed_name}", hint=hint
        )
        self.live_name = live
        self.key_log = key_log


def log_keys(key_log: KeyLog, feed_name: str) -> list[VerifierKey]:
    """The log key that counts for heads which arrive now: that of the newest line; none for a feed below the live one."""
    number = parse_feed_name(feed_name).number
    latest = key_log.latest
    return [parse_vkey(latest.feeds[number])] if number == latest.live_feed else []


def all_log_keys(key_log: KeyLog, feed_name: str) -> list[VerifierKey]:
    """The log keys that any line names for a feed: for heads that were believed in their time, and for evidence."""
    number = parse_feed_name(feed_name).number
    named = {state.feeds[number] for state in key_log.states if number in state.feeds}
    return [parse_vkey(vkey) for vkey in sorted(named)]


def open_head(key_log: KeyLog, feed_name: str, raw: bytes) -> SignedCheckpoint:
    """Open a head that arrives now; `log.replaced-key` when only a key signed it that the key log has replaced."""
    everything = all_log_keys(key_log, feed_name)
    opened = open_checkpoint(raw, feed_name, everything)
    if not set(opened.signers) & set(log_keys(key_log, feed_name)):
        hint = "It may come from an old copy; or somebody holds the old key. Ask the operator of that node."
        raise Refused(
            "log.replaced-key",
            f"this head of {feed_name} is signed by a log key that was replaced",
            hint=hint,
        )
    return opened


def judge_head(
    feed: FeedRow,
    raw: bytes,
    *,
    known: Sequence[Head] = (),
    growth_limit: int = DEFAULT_GROWTH_LIMIT,
    admitted: bool = False,
) -> NewHead:
    """Judge a signed head of a feed; raise `Refused`, `PeerFault` or `Fork`. `known` are heads seen elsewhere.

    `admitted` says that its signature counted when it arrived; the log key may have been replaced since.
    """
    if feed.state == "forked":
        raise PeerFault("log.fork", f"{feed.name} has signed two histories and stays stopped")
    keys = all_log_keys(feed.key_log, feed.name)
    opened = open_checkpoint(raw, feed.name, keys) if admitted else open_head(feed.key_log, feed.name, raw)
    checkpoint = opened.checkpoint
    trusted = feed.head
    if checkpoint.size < trusted.size:
        message = f"{feed.name} shows a head of size {checkpoint.size} after one of {trusted.size}"
        raise PeerFault("log.rollback", message, hint="Its operator may have restored an old backup.")
    for other in (trusted, *known):
        if checkpoint.size == other.size and checkpoint.root != other.root:
            raise Fork(feed.name, make_fork_evidence(feed.name, (other.note, raw), keys))
    grown = checkpoint.size - feed.size
    if grown > growth_limit:
        message = f"{feed.name} would grow by {grown} entries; {max(growth_limit, 0)} more are allowed today"
        raise PeerFault(
            "log.growth", message, hint="If that is expected, follow it again with a higher limit."
        )
    return NewHead(Head(checkpoint.size, checkpoint.root, raw), grown)


class RootCheck:
    """Recomputes the root from our frontier and a peer's new entries, before any of them is believed."""

    def __init__(self, feed: FeedRow, head: Head, known: Sequence[Head] = ()) -> None:
        self._name = feed.name
        self._head = head
        self._frontier = feed.frontier
        ahead = [one for one in (feed.head, *known) if feed.size < one.size <= head.size]
        self._ahead = sorted(ahead, key=lambda one: one.size)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Take the next leaf hashes; raise `log.damaged` if they leave the history of a known head."""
        while self._ahead and self._ahead[0].size <= self._frontier.size + len(leaves):
            known = self._ahead.pop(0)
            split = known.size - self._frontier.size
            self._frontier = self._frontier.extend(leaves[:split])
            self._require(known)
            leaves = leaves[split:]
        self._frontier = self._frontier.extend(leaves)

    def finish(self) -> None:
        """Raise `log.damaged` unless the entries yield exactly the signed root."""
        self._require(self._head)

    def _require(self, head: Head) -> None:
        if self._frontier.size != head.size or self._frontier.root() != head.root:
            message = f"the entries of {self._name} do not yield the root signed for size {head.size}"
            raise PeerFault("log.damaged", message, hint="Tried again later, or from another source.")


def prove_fork(
    feed: FeedRow, known: Head, head: Head, left: Sequence[bytes], right: Sequence[bytes]
) -> Fork | None:
    """Turn hashes over [0, known size) and up to the new size into a proof of a fork, if they are one."""
    keys = all_log_keys(feed.key_log, feed.name)
    try:
        return Fork(feed.name, make_fork_evidence(feed.name, (known.note, head.note), keys, left, right))
    except Refused:
        return None
