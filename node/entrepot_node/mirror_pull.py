"""Pulling from mirrors while an origin is silent: same checks, same pinned keys, another source (FED-28 to FED-30).

A mirror is one of our other peers that says it mirrors. It can withhold and be late; it can change nothing, since every head
must be signed by a pinned log key and every record by a pinned record key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog

from entrepot_node.follow_pulls import FollowPulls
from entrepot_node.keyring import MIRROR
from entrepot_node.peer_document import names_capability
from entrepot_node.storage.follows import THROTTLED, FollowRow
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import EntrepotError, PeerFault, Refused, Unavailable
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.feed_paths import mirror_path
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.note import MAX_NOTE_BYTES
from entrepot_sync.peer_trust import Fork, log_keys
from entrepot_sync.pull import Progress, PullReport
from entrepot_sync.transport import OK, OpenTransport

ASKED_AT_ONCE = 8
"""How many mirrors are asked in one turn; the next turn asks others."""
SILENT = frozenset(
    {
        "peer.unreachable", "peer.too-slow", "peer.status", "peer.redirect", "peer.protocol", "peer.encoding",
        "peer.too-large", "peer.address", "peer.incomplete", "log.note", "log.bundle", "log.damaged",
    }
)  # fmt: skip
"""Codes that say that the origin cannot be had now, or hands out damaged bytes: another source may do better (LOG-62)."""

PATIENCE_SECONDS = 3600.0
"""How long a peer may tell us to wait, the longest wait that is honoured at once (EXC-26), before others are asked too."""

log = structlog.get_logger()


def is_silent(follow: FollowRow, error: EntrepotError, now: float) -> bool:
    """Answer whether the origin cannot be had now: so mirrors are asked (FED-28)."""
    if error.code == THROTTLED:
        heard = follow.added_at if follow.success_at is None else follow.success_at
        return now - heard >= PATIENCE_SECONDS
    return error.code in SILENT


@dataclass(frozen=True, slots=True)
class MirrorSource:
    """A peer that may mirror the feed, and the size of the signed head it shows; -1 for one signed by a key unknown here."""

    peer: FollowRow
    size: int


class MirrorPull:
    """Pulls one feed from the mirrors among our peers."""

    def __init__(
        self,
        store: Store,
        open_transport: OpenTransport,
        *,
        now: Callable[[], float],
    ) -> None:
        self._store = store
        self._open_transport = open_transport
        self._now = now

    async def pull(self, pulls: FollowPulls, follow: FollowRow, progress: Progress) -> PullReport | None:
        """Pull from the mirror with the newest head; None when no mirror has what we have or more.

        Raises only what is about the feed and not about a mirror: a fork.
        """
        feed = self._store.feed(follow.feed_name)
        if feed is None:
            return None
        found = await asyncio.gather(*(self._look(peer, feed) for peer in self._asked(follow)))
        sources = [source for source in found if source is not None]
        for source in sorted(sources, key=lambda one: one.size, reverse=True):
            if 0 <= source.size < feed.head.size:
                break  # behind us: an old prefix says nothing (F09)
            try:
                report = await self._pull_from(source.peer, pulls, follow, progress)
            except Fork:
                raise
            except (PeerFault, Refused, Unavailable) as error:
                log.info("mirror of no use", mirror=source.peer.origin, feed=feed.name, code=error.code)
                continue
            return replace(report, etag="", source=source.peer.origin)
        return None

    def _asked(self, follow: FollowRow) -> list[FollowRow]:
        """The mirror that helped last, then a few others, at each turn the next ones."""
        peers = [
            peer
            for peer in self._store.follows()
            if peer.feed_id != follow.feed_id
            and not peer.paused
            and names_capability(self._store, peer.origin, MIRROR)
        ]
        start = follow.failures * ASKED_AT_ONCE % max(len(peers), 1)
        turn = [*peers[start:], *peers[:start]]
        return sorted(turn, key=lambda peer: peer.origin != follow.source)[:ASKED_AT_ONCE]

    async def _look(self, peer: FollowRow, feed: FeedRow) -> MirrorSource | None:
        try:
            async with aclosing(self._open_transport(peer.base_url, peer.allow_private)) as transport:
                path = f"{mirror_path(feed.name)}/checkpoint"
                fetched = await transport.fetch(path, max_bytes=MAX_NOTE_BYTES)
            if fetched.status != OK:
                return None
            opened = open_checkpoint(fetched.body, feed.name, log_keys(feed.key_log, feed.name))
        except Refused as refused:
            return MirrorSource(peer, -1) if refused.code == "log.unsigned" else None
        except (PeerFault, Unavailable):
            return None
        return MirrorSource(peer, opened.checkpoint.size)

    async def _pull_from(
        self, peer: FollowRow, pulls: FollowPulls, follow: FollowRow, progress: Progress
    ) -> PullReport:
        async with aclosing(self._open_transport(peer.base_url, peer.allow_private)) as transport:
            path = mirror_path(follow.feed_name)
            pull = pulls.pull(follow, transport, now=self._now(), progress=progress, path=path)
            return await pull.run()
