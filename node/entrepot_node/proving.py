"""The proof of a record that is held here, from any feed: ours or one we follow."""

from __future__ import annotations

from functools import partial

from entrepot_node.served_checkpoint import Leaving, served_checkpoint
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Misuse
from entrepot_sync.feed_store import FeedRow, Status
from entrepot_sync.record_proof import RecordProof, make_record_proof
from entrepot_sync.tiles import hash_from_tiles


def prove_record(store: Store, subject: str, leaving: Leaving) -> RecordProof:
    """Prove the live version of a subject; raise `record.unknown`, `record.hidden`, `record.withdrawn` or `prove.not-held`."""
    found = store.history(subject, limit=1, with_content=True)
    if not found and store.is_hidden(subject):
        hint = "`entrepot hidden` lists what is; `entrepot unhide` shows it again."
        raise Misuse("record.hidden", "this record is hidden here", hint=hint)
    if not found:
        raise Misuse("record.unknown", "there is no such subject here")
    version = found[0][1]
    if not version.live:
        raise Misuse("record.withdrawn", "this record was withdrawn; its contents are erased")
    feed = store.feed(version.feed_name)
    if version.status is not Status.STORED or version.raw is None:
        message = f"its content is not held here: {version.status.value}"
        raise Misuse("prove.not-held", message, hint="Ask the node that publishes it, or pull again.")
    if feed is None or not _is_whole(feed):
        hint = "Pull it to its end, then try again."
        raise Misuse("prove.not-held", f"{version.feed_name} is not held whole here", hint=hint)
    if feed.own:
        leaving(feed)
    (entry,) = store.entries(feed.id, version.index, version.index + 1)
    return make_record_proof(
        entry,
        version.raw,
        index=version.index,
        size=feed.head.size,
        checkpoint=served_checkpoint(store, feed),
        hash_at=partial(hash_from_tiles, read_tile=partial(store.tile, feed.id)),
    )


def _is_whole(feed: FeedRow) -> bool:
    """Whether all entries below the believed head are stored, so that its tree can be told."""
    return bool(feed.head.note) and feed.size >= feed.head.size
