"""Getting our own feed back from a copy that somebody else holds: a mirror, a static copy, a folder (FED-45 to FED-48).

It is a pull into our own feed, with all its checks. Trust needs nothing but the log key: the head must be signed by it, the
entries must yield that head, and the first of them commit to the lines of the key log. So no mirror can slip in other keys
or other entries; it can only hold back, and then the mark and the peers that cosigned us tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot_node.head_gate import stored_hashes
from entrepot_node.mark_file import MarkFile
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import EntrepotError, Misuse, PeerFault
from entrepot_schema.key_log import KeyLog, parse_key_log
from entrepot_schema.keys import PublicKey
from entrepot_schema.origin import parse_feed_name
from entrepot_sync.checkpoint import MAX_SIZE, open_checkpoint
from entrepot_sync.content_check import NoEarlyCheck
from entrepot_sync.copy_transport import BelowPath
from entrepot_sync.feed_paths import mirror_path
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.note import MAX_NOTE_BYTES, VerifierKey
from entrepot_sync.peer_feed import MAX_KEY_LOG_BYTES
from entrepot_sync.pull import OpenEarlyCheck, Progress, Pull, PullReport
from entrepot_sync.signing_gate import Mark, Voucher, judge_store, merge_vouchers
from entrepot_sync.transport import OK, PeerTransport


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came back: the feed as it is now, and the pull that brought it."""

    feed: FeedRow
    report: PullReport


async def find_copy(transport: PeerTransport, feed_name: str, log_key: PublicKey) -> PeerTransport:
    """Find our feed at a peer: as one that it mirrors, or as the feed of a static copy of ours."""
    last = PeerFault("recover.no-copy", f"there is no copy of {feed_name} at this place")
    for found in (BelowPath(transport, mirror_path(feed_name)), BelowPath(transport, "/feed")):
        head = await found.fetch("/feed/checkpoint", max_bytes=MAX_NOTE_BYTES)
        if head.status != OK:
            continue
        try:
            open_checkpoint(head.body, feed_name, [VerifierKey(feed_name, log_key)])
        except EntrepotError as error:
            message = f"what is there is no head of {feed_name} that our log key signed: {error.message}"
            last = PeerFault("recover.no-copy", message)
        else:
            return found
    raise last


async def recover_feed(
    copy: PeerTransport,
    store: Store,
    feed_name: str,
    log_key: PublicKey,
    mark: Mark | None,
    *,
    now: float,
    progress: Progress = lambda stored, size: None,
    open_early: OpenEarlyCheck = NoEarlyCheck,
) -> Recovered:
    """Bring our feed up to the head of a copy. The caller MUST hold the append lock.

    Raises what a pull raises, and `gate.*` if the copy ends before the mark or tells another history.
    """
    key_log = await _key_log(copy, feed_name, log_key)
    _prepare(store, feed_name, key_log)
    pull = Pull(
        copy,
        store,
        feed_name,
        now=now,
        growth_limit=MAX_SIZE,
        progress=progress,
        open_early=open_early,
    )
    report = await pull.run()
    feed = store.feed(feed_name)
    if feed is None:
        raise Misuse("node.no-feed", f"{feed_name} is not in the store any more")
    # The pull believed a head of any log key that the key log names; ours in hand must have signed what we go on from.
    open_checkpoint(feed.head.note, feed_name, [VerifierKey(feed_name, log_key)])
    judge_store(feed, mark, stored_hashes(store, feed.id))
    return Recovered(feed, report)


def go_on(
    got: Recovered, gate: SigningGate, marks: MarkFile, held: Mark | None, source: Sequence[Voucher]
) -> None:
    """Ask all who may have seen heads of ours, and set the mark to what came back (FED-47, FED-48).

    `held` is the mark from before, `source` who handed out the copy. Raises `gate.*` if a peer has seen more; silence is no
    reason to doubt what the copy proves.
    """
    vouchers = merge_vouchers(held.vouchers if held else (), source)
    gate.ask(got.feed, merge_vouchers(gate.everybody(got.feed, held), source), everybody=True)
    forgiven = held.forgiven if held else 0
    marks.replace(Mark(got.feed.name, got.feed.size, got.feed.head.root, vouchers, forgiven))


async def _key_log(copy: PeerTransport, feed_name: str, log_key: PublicKey) -> KeyLog:
    fetched = await copy.fetch("/feed/keys.jsonl", max_bytes=MAX_KEY_LOG_BYTES)
    if fetched.status != OK:
        raise PeerFault("recover.no-copy", "the copy has no key log")
    name = parse_feed_name(feed_name)
    key_log = parse_key_log(fetched.body, origin=name.origin)
    if key_log.latest.feeds.get(name.number) != str(VerifierKey(feed_name, log_key)):
        hint = "Use the key files that were made last: the key log of the copy names another log key."
        raise Misuse(
            "recover.other-key",
            f"the log key in this folder is not the one in force for {feed_name}",
            hint=hint,
        )
    return key_log


def _prepare(store: Store, feed_name: str, key_log: KeyLog) -> None:
    feed = store.feed(feed_name)
    if feed is None:
        store.add_feed(feed_name, key_log, own=True)
        return
    if len(key_log.lines) < len(feed.key_log.lines):
        feed.key_log.require_extension_of(key_log)
        return
    key_log.require_extension_of(feed.key_log)
    if len(key_log.lines) > len(feed.key_log.lines):
        store.set_key_log(feed.id, feed.key_log, key_log)
