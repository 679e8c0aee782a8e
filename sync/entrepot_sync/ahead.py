"""Contents of the groups that come next, fetched and checked while the present group is stored.

How far ahead, and how much in one transaction, is bounded by bytes, not by trust: a peer with the largest contents gets no
more memory than two groups.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass

from entrepot_schema.keys import PublicKey
from entrepot_sync.content_check import EarlyCheck, Question, by_digest
from entrepot_sync.feed_store import Content
from entrepot_sync.gathering import gather
from entrepot_sync.peer_feed import PeerFeed
from entrepot_sync.tiles import TILE_WIDTH

_GROUPS_AHEAD = 4
_SMALL_GROUP_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadyGroup:
    """Believed entries from index `begin` on, what was offered for them by digest, and verdicts that are known already."""

    begin: int
    entries: Sequence[bytes]
    offered: Mapping[bytes, bytes]
    known: Mapping[Question, Content]

    @property
    def weight(self) -> int:
        """How many bytes were offered."""
        return sum(map(len, self.offered.values()))

    def followed_by(self, other: ReadyGroup) -> ReadyGroup:
        """Both as one."""
        entries = [*self.entries, *other.entries]
        return ReadyGroup(
            self.begin, entries, {**self.offered, **other.offered}, {**self.known, **other.known}
        )


async def groups_ahead(
    peer: PeerFeed,
    groups: Iterable[list[bytes]],
    begin: int,
    *,
    origin: str,
    key: PublicKey,
    early: EarlyCheck,
) -> AsyncGenerator[ReadyGroup, None]:
    """Yield groups in their order, each with its contents. `key` is the record key that most of them are expected under.

    Close it when you leave early (`contextlib.aclosing`), or fetches go on.
    """

    async def ready(begin: int, entries: list[bytes]) -> ReadyGroup:
        indexes = range(begin // TILE_WIDTH, -(-(begin + len(entries)) // TILE_WIDTH))
        lists = await gather([peer.contents(index) for index in indexes])
        offered = by_digest(raw for contents in lists for raw in contents)
        return ReadyGroup(
            begin, entries, offered, await early.check(entries, offered, origin=origin, key=key)
        )

    waiting: deque[asyncio.Task[ReadyGroup]] = deque()
    most = 1  # until the first group has shown how large they are
    try:
        for entries in groups:
            waiting.append(asyncio.ensure_future(ready(begin, entries)))
            begin += len(entries)
            while len(waiting) > most:
                group = await waiting.popleft()
                most = _GROUPS_AHEAD if group.weight <= _SMALL_GROUP_BYTES else 1
                yield group
        while waiting:
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def joined(groups: AsyncIterator[ReadyGroup]) -> AsyncGenerator[ReadyGroup, None]:
    """Yield neighbours as one as long as they are small: a large store writes fewer pages for fewer transactions."""
    waiting: ReadyGroup | None = None
    async for group in groups:
        if waiting is not None and waiting.weight + group.weight > _SMALL_GROUP_BYTES:
            yield waiting
            waiting = None
        waiting = group if waiting is None else waiting.followed_by(group)
    if waiting is not None:
        yield waiting
