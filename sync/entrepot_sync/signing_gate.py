"""May our log key sign the next head? The high-water mark and the heads that peers saw of us, judged (FED-40 to FED-44).

A log that signs two histories is ruined for ever. That happens when a store goes back: an old backup, a cloned machine, a
lost disk. So before the first signature the store is compared with two things that did not go back with it: the mark beside
the log key, and what a peer cosigned. Pure: bytes in, verdict out; the hashes of our own tree come by `hash_at`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from entrepot_schema.canonical import canonical_bytes, read_canonical
from entrepot_schema.errors import Misuse, Refused
from entrepot_sync.checkpoint import Checkpoint, open_checkpoint
from entrepot_sync.contradiction import root_at
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.merkle import HashAt
from entrepot_sync.peer_trust import log_keys

MAX_MARK_BYTES = 256 * 1024
MAX_VOUCHERS = 1_000
RECOVER = "Get it back from a peer that has it: `entrepot recover --from PEER`; see docs/recovery.md."
NEW_FEED = "The feed cannot go on: begin the next one with a card, `entrepot keys rotate --new-feed`."


@dataclass(frozen=True, slots=True)
class Voucher:
    """A peer that cosigned a head of ours, and where it was reached; an empty base URL if it is followed no more."""

    origin: str
    base_url: str = ""
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """The largest head that left us, and who cosigned any.

    `forgiven` is the POSIX time of the last override: who cosigned only before it is not waited for. `awaiting` says that the store
    came from a backup, so that somebody must answer even if the backup knows of no cosignature.
    """

    feed_name: str
    size: int
    root: bytes
    vouchers: tuple[Voucher, ...] = ()
    forgiven: int = 0
    awaiting: bool = False

    def to_bytes(self) -> bytes:
        """Write as canonical JSON; the inverse of `parse_mark`."""
        vouchers = [
            {"allowPrivate": one.allow_private, "baseUrl": one.base_url, "origin": one.origin}
            for one in self.vouchers
        ]
        return canonical_bytes(
            {
                "awaiting": self.awaiting,
                "feed": self.feed_name,
                "forgiven": self.forgiven,
                "root": self.root.hex(),
                "size": self.size,
                "vouchers": vouchers,
            }
        )


def parse_mark(raw: bytes, feed_name: str) -> Mark:
    """Read the mark of a feed; raise `gate.mark` for anything else than what `to_bytes` writes."""
    try:
        document = read_canonical(raw, max_bytes=MAX_MARK_BYTES)
        vouchers = tuple(
            Voucher(one["origin"], one["baseUrl"], one["allowPrivate"]) for one in document["vouchers"]
        )
        checkpoint = Checkpoint(document["feed"], document["size"], bytes.fromhex(document["root"]))
        mark = Mark(
            checkpoint.feed_name, checkpoint.size, checkpoint.root, vouchers,
            document["forgiven"], document["awaiting"],
        )  # fmt: skip
        whole = mark.to_bytes() == raw and mark.feed_name == feed_name
    except (Refused, KeyError, TypeError, ValueError):
        whole = False
    if not whole:
        hint = "Do not repair it by hand. `entrepot recover --override REASON` makes it anew once you know that nothing is lost."
        raise Misuse("gate.mark", f"the high-water mark of {feed_name} cannot be read", hint=hint)
    return mark


def merge_vouchers(*lists: Iterable[Voucher]) -> tuple[Voucher, ...]:
    """One voucher for each origin: the last one that can be reached."""
    found: dict[str, Voucher] = {}
    for voucher in (one for several in lists for one in several):
        if voucher.base_url or voucher.origin not in found:
            found[voucher.origin] = voucher
    return tuple(found[origin] for origin in sorted(found))[:MAX_VOUCHERS]


def judge_store(feed: FeedRow, mark: Mark | None, hash_at: HashAt) -> None:
    """Raise unless the store holds whole all that our key is known to have signed (FED-40)."""
    if feed.state == "forked":
        raise two_histories(feed)
    if not feed.size:
        message = f"{feed.name} has no entries here, and its log key may have signed some"
        raise Misuse("gate.behind", message, hint=RECOVER)
    if feed.size != feed.head.size:
        message = f"{feed.name} has {feed.size} of the {feed.head.size} entries its head names"
        raise Misuse("gate.behind", message, hint=RECOVER)
    if mark is None:
        return
    if feed.size < mark.size:
        message = f"{feed.name} has {feed.size} entries, but a head of {mark.size} has been signed here"
        raise Misuse("gate.behind", message, hint=RECOVER)
    if mark.size and root_at(mark.size, hash_at) != mark.root:
        message = f"{feed.name} had another history at size {mark.size} when its head was signed here"
        raise Misuse("gate.two-histories", message, hint=RECOVER)


def two_histories(feed: FeedRow) -> Misuse:
    """The error of a log that is known to have signed two histories."""
    return Misuse("gate.two-histories", f"{feed.name} has signed two histories", hint=NEW_FEED)


def read_answer(feed: FeedRow, raw: bytes) -> Checkpoint:
    """Read the head that a peer says it saw of us; `Refused`: it does not count, our log key did not sign it (FED-41)."""
    return open_checkpoint(raw, feed.name, log_keys(feed.key_log, feed.name)).checkpoint


def judge_seen(feed: FeedRow, voucher: Voucher, seen: Checkpoint, hash_at: HashAt) -> None:
    """Judge a head that a peer saw of us; `Misuse`: nothing may be signed (FED-41)."""
    if seen.size > feed.size:
        message = (
            f"{voucher.origin} has seen a head of {feed.name} with {seen.size} entries; here are {feed.size}"
        )
        source = voucher.base_url or "PEER"
        hint = f"Get them back: `entrepot recover --from {source}`; see docs/recovery.md."
        raise Misuse("gate.larger-head", message, hint=hint)
    if seen.size and root_at(seen.size, hash_at) != seen.root:
        message = f"{voucher.origin} has seen another history of {feed.name} at size {seen.size}"
        raise Misuse("gate.two-histories", message, hint=NEW_FEED)
