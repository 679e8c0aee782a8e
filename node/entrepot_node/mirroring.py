"""Feeds of others that we keep whole and serve, where both sides agreed, and our word for it (FED-20 to FED-27).

A mirror cosignature under a head says: every entry below this size is stored and served here, and nothing that was withdrawn
below it is stored or served. It says nothing of live contents that we could not fetch; those are counted apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from entrepot_node.cosigner import Cosigner
from entrepot_node.head_gate import stored_hashes
from entrepot_node.peer_document import profile_of
from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Misuse
from entrepot_sync import note
from entrepot_sync.checkpoint import log_lines, parse_checkpoint
from entrepot_sync.contradiction import root_at
from entrepot_sync.feed_paths import feed_hash
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.note import MAX_NOTE_BYTES, MAX_SIGNATURE_LINES
from entrepot_sync.peer_trust import all_log_keys
from entrepot_sync.witness import LogHead

log = structlog.get_logger()


def consents(document: bytes, mirror_origin: str) -> bool:
    """Whether a verified node document lets a node mirror."""
    profile = profile_of(document)
    if profile["mirroring"] == "listed":
        return mirror_origin in profile.get("mirrorFor", [])
    return bool(profile["mirroring"] == "any")


def require_consent(origin: str, document: bytes, mirror_origin: str) -> None:
    """Raise `mirror.not-allowed` unless the node of an origin lets us mirror its feed."""
    if not consents(document, mirror_origin):
        hint = (
            f"Follow it without --mirror, or ask its operator to set mirroring and to list {mirror_origin}."
        )
        raise Misuse(
            "mirror.not-allowed", f"{origin} does not let {mirror_origin} mirror its feed", hint=hint
        )


class Mirrors:
    """The feeds this node mirrors. `cosigner` is our mirror key; without one nothing is vouched for."""

    def __init__(
        self, store: Store, cosigner: Cosigner | None, *, origin: str, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._cosigner = cosigner
        self._origin = origin
        self._now = now

    def find(self, wanted: str) -> FeedRow | None:
        """The mirrored feed of a hash, with the head up to which all of it can be served; None if there is none."""
        for follow in self._store.follows():
            if follow.mirror and feed_hash(follow.feed_name) == wanted:
                feed = self._store.feed(follow.feed_name)
                return self._as_served(feed) if feed and self._agreed(follow) else None
        return None

    def checkpoint(self, feed: FeedRow) -> bytes:
        """The head of a feed as `find` gave it, with our line where we vouch for it."""
        raw = self._cosigner.cosigned(feed.name) if self._cosigner else None
        if raw is None or not feed.head.note or note.split(raw).text != note.split(feed.head.note).text:
            return feed.head.note
        shown, own = note.split(feed.head.note), note.split(raw).signatures[-1]
        # What is served while a pull is under way has our line already; one that somebody else put there is none of ours.
        others = tuple(
            line for line in shown.signatures if (line.name, line.key_id) != (own.name, own.key_id)
        )
        whole = note.Note(shown.text, (*others, own)).to_bytes()
        full = len(whole) > MAX_NOTE_BYTES or len(others) >= MAX_SIGNATURE_LINES
        return raw if full else whole

    def vouch(self, feed_name: str) -> bool:
        """Cosign the head of a mirrored feed if all that the cosignature says is true now (FED-23)."""
        feed = self._store.feed(feed_name)
        follow = self._store.follow(feed.id) if feed else None
        if self._cosigner is None or follow is None or feed is None:
            return False
        if not follow.mirror or feed.state != "live" or not _whole(feed) or not self._agreed(follow):
            return False
        seen = self._cosigner.seen(feed.name)
        head = LogHead(feed.name, feed.head.size, feed.head.root)
        if seen == head:
            return True
        if seen.size > head.size or root_at(seen.size, stored_hashes(self._store, feed.id)) != seen.root:
            log.error("a mirrored feed is not the one that was vouched for", feed=feed.name, size=seen.size)
            return False
        if self._store.held(feed.id).subjects:
            return False  # a mass withdrawal waits for its day, or for our operator
        if not self._store.finish_erasures(anew=True):
            return False  # an erased page may still lie in the write-ahead log; tried again in a minute
        raw = log_lines(feed.head.note, feed.name, all_log_keys(feed.key_log, feed.name))
        return self._cosigner.cosign(seen, head, raw, now=self._now()) is not None

    def tend(self) -> None:
        """Finish erasures that waited for their day or for a slow reader, and vouch for what waited for them."""
        erased = self._store.erase_held(due=self._now())
        if erased:
            log.info("erased the contents of a mass withdrawal", count=erased)
        self._store.finish_erasures()
        for follow in self._store.follows():
            if follow.mirror:
                self.vouch(follow.feed_name)

    def _agreed(self, follow: FollowRow) -> bool:
        held = self._store.peer_document(follow.origin)
        return held is not None and consents(held.raw, self._origin)

    def _as_served(self, feed: FeedRow) -> FeedRow | None:
        """While a pull is under way the believed head names entries that are not here yet (EXC-04)."""
        if _whole(feed):
            return feed
        raw = self._cosigner.cosigned(feed.name) if self._cosigner else None
        if raw is None:
            return None
        checkpoint = parse_checkpoint(note.split(raw).text)
        if checkpoint.size > feed.size:
            return None
        return replace(feed, head=Head(checkpoint.size, checkpoint.root, raw))


def _whole(feed: FeedRow) -> bool:
    return 0 < feed.head.size == feed.size
