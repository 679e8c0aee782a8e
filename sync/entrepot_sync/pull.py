"""The pull loop: one peer's feed from where we stand to its newest head (EXC-31).

    checkpoint → signature → rollback and fork → entries → root → contents → digest, schema, signature → store

What comes in is judged by `peer_trust`, `entry` and `content_check`; this module fetches and stores. A chunk of
entries with its contents is one transaction, so a pull that is killed anywhere goes on from its last chunk. A few
new entries come in one `delta`; many come as bundles that any static host could serve.

A head is believed when it has passed the gate (`head_gate`): heads that came by other ways count as known. Where one of
them is larger than the head that was fetched, it is the head to reach.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from entrepot_schema.errors import Conflict, PeerFault, Refused, Unavailable
from entrepot_schema.key_log import parse_key_log
from entrepot_schema.origin import parse_feed_name
from entrepot_schema.record import Statement
from entrepot_sync.ahead import ReadyGroup, groups_ahead, joined
from entrepot_sync.brake import DAY_SECONDS, HOLD_SECONDS, is_mass, withdrawn_subjects
from entrepot_sync.chunk import ChunkBuilder, FeedStop
from entrepot_sync.content_check import (
    EarlyCheck,
    NoEarlyCheck,
    by_digest,
    check_content,
    is_keys_entry,
)
from entrepot_sync.entry import parse_entry
from entrepot_sync.feed_store import Content, FeedRow, FeedStore, Head, Status
from entrepot_sync.fork_search import search_fork
from entrepot_sync.gathering import gather
from entrepot_sync.head_gate import HeadGate, NoGate
from entrepot_sync.merkle import leaf_hash
from entrepot_sync.peer_feed import LIVE_FEED, PeerFeed
from entrepot_sync.peer_trust import DEFAULT_GROWTH_LIMIT, Fork, NewHead, RootCheck, Superseded, judge_head
from entrepot_sync.spool import EntrySpool
from entrepot_sync.tiles import TILE_WIDTH
from entrepot_sync.transport import PeerTransport

BUNDLES_AT_ONCE = 4
MAX_LATE_CONTENTS = 64
EARLY_ENTRIES = 4_096
"""From so many new entries on, contents are checked early: fewer are stored before another process has started."""
_TRIES = 3  # other processes may see newer heads while we check; each try only hashes again

OpenEarlyCheck = Callable[[], EarlyCheck]
Progress = Callable[[int, int], None]
"""`progress(stored, size)`: how many entries are stored, and how many there will be."""
NO_BYTES_LIMIT = 1 << 62
"""Where a whole feed is wanted, whatever it weighs: our own from a mirror, one that is verified and thrown away."""


@dataclass(frozen=True, slots=True)
class PullReport:
    """What a pull did. `stored` and `refused` count records; `missing` live ones that the peer did not hand out.

    `source` is the origin of the mirror it was pulled from, empty for the feed's own node.
    """

    feed_name: str
    size_before: int
    size_after: int
    stored: int
    refused: int
    missing: int
    requests: int
    wire_bytes: int
    etag: str
    source: str = ""


class Pull:
    """One pull of one feed, from its origin or below the path of a mirror. `now` is POSIX seconds.

    `before_storing` raises where it may store no more; what stores calls it, in whatever thread that is.
    """

    def __init__(
        self,
        transport: PeerTransport,
        store: FeedStore,
        feed_name: str,
        *,
        now: float,
        gate: HeadGate | None = None,
        growth_limit: int = DEFAULT_GROWTH_LIMIT,
        bytes_limit: int = NO_BYTES_LIMIT,
        progress: Progress = lambda stored, size: None,
        path: str = LIVE_FEED,
        open_early: OpenEarlyCheck = NoEarlyCheck,
        before_storing: Callable[[], None] = lambda: None,
    ) -> None:
        self._gate = gate or NoGate()
        self._before_storing = before_storing
        self._open_early = open_early
        self._peer = PeerFeed(transport, path)
        self._store = store
        self._name = feed_name
        self._now = now
        self._growth_limit = growth_limit
        self._bytes_limit = bytes_limit
        self._progress = progress
        self._pinned: FeedRow | None = None
        self._key_log_fresh = False
        self._hold_until: float | None = None
        self._stored = 0
        self._refused = 0

    async def run(self, etag: str = "", *, pushed: bool = False) -> PullReport:
        """Pull up to the newest head; raise an `EntrepotError` that says what stopped it.

        `pushed` says that our witness was just shown a head: then that is the one to reach, and no other is asked for.
        A fork is noted in the store, with its evidence, before `Fork` is raised.
        """
        feed = self._feed()
        self._pinned = feed
        feed_id, before = feed.id, feed.size
        try:
            await self._leave_history(feed)
            fresh_etag = "" if pushed and await self._reach_seen(before) else await self._advance(etag)
            await self._fetch_late_contents()
            if self._store.missing_contents(feed_id, limit=1):
                # Contents may be newer than the head: what is missing may have been replaced or withdrawn since.
                fresh_etag = await self._advance("")
        except Fork as fork:
            self._store.add_evidence(feed_id, fork.evidence, now=self._now)
            self._store.set_state(feed_id, "forked", fork.code, fork.message)
            raise
        feed = self._feed()
        missing = len(self._store.missing_contents(feed.id, limit=100_000))
        return PullReport(
            feed.name, before, feed.size, self._stored, self._refused, missing,
            self._peer.requests, self._peer.wire_bytes, fresh_etag,
        )  # fmt: skip

    async def _leave_history(self, feed: FeedRow) -> None:
        """Raise `Superseded` where the key log names a higher feed; of a forked feed nothing else can help (SIG-65)."""
        if feed.key_log.latest.live_feed > parse_feed_name(feed.name).number:
            raise Superseded(feed.name, feed.key_log)
        if feed.state == "forked":
            await self._refresh_key_log()

    def _feed(self) -> FeedRow:
        feed = self._store.feed(self._name)
        if feed is None:
            raise Unavailable("store.no-feed", f"{self._name} is not followed any more")
        # Another process may unfollow, follow again under other keys, or prove a fork while we fetch.
        pinned = self._pinned or feed
        if (feed.id, feed.key_log.scid) != (pinned.id, pinned.key_log.scid) or (
            feed.state == "forked" and pinned.state != "forked"
        ):
            raise Conflict("store.moved", f"{self._name} was changed by another process during the pull")
        return feed

    async def _advance(self, etag: str) -> str:
        feed = self._feed()
        # Stored entries may end below the believed head when a pull was cut off; then a 304 would hide the rest.
        fetched = await self._peer.checkpoint(
            etag if feed.size == feed.head.size and feed.state == "live" else None
        )
        if fetched is None:
            return "" if await self._reach_seen(feed.head.size) else etag
        new = await self._judge(fetched.body)
        if await self._reach_seen(new.head.size):
            return ""
        await self._reach(new)
        return fetched.etag or ""

    async def _reach_seen(self, above: int) -> bool:
        """Reach the head our witness has seen, if it is larger; False too where the peer does not have its entries."""
        seen = self._gate.seen(self._feed())
        if seen.size <= above:
            return False
        try:
            await self._reach(self._judge_now(seen.note, admitted=True))
        except PeerFault as fault:
            if fault.code != "peer.incomplete":
                raise
            return False  # a cache, or a mirror that is behind
        return True

    async def _reach(self, new: NewHead) -> None:
        feed = self._feed()
        if new.grown_by:
            await self._take_entries(feed, new)
        else:
            await self._believe(feed, new.head, list)
        if self._feed().state != "live":
            self._store.set_state(feed.id, "live")

    async def _judge(self, raw: bytes) -> NewHead:
        try:
            return self._judge_now(raw)
        except Refused as refused:
            # An unknown key, or a head of another feed: of the one that has taken its place?
            if refused.code not in ("log.unsigned", "log.checkpoint") or not await self._refresh_key_log():
                raise
        return self._judge_now(raw)

    def _judge_now(self, raw: bytes, *, admitted: bool = False) -> NewHead:
        feed = self._feed()
        known = self._known(feed)
        return judge_head(feed, raw, known=known, growth_limit=self._may_grow(feed), admitted=admitted)

    def _may_grow(self, feed: FeedRow) -> int:
        """What is left of the limit, which counts for all heads of a pull together."""
        before = self._pinned or feed
        return before.size + self._growth_limit - feed.size

    def _known(self, feed: FeedRow) -> list[Head]:
        return [self._gate.seen(feed), *self._gate.reported(feed)]

    async def _refresh_key_log(self) -> bool:
        """Fetch the key log, once a pull; answer whether it brought new lines (SIG-49).

        Raises `Superseded` when they name a higher feed: nothing more is believed of this one.
        """
        if self._key_log_fresh:
            return False
        self._key_log_fresh = True
        feed = self._feed()
        new = parse_key_log(await self._peer.key_log(), origin=feed.origin)
        new.require_extension_of(feed.key_log)
        if len(new.lines) == len(feed.key_log.lines):
            return False
        self._gate.admit_keys(new)
        self._store.set_key_log(feed.id, feed.key_log, new)
        if new.latest.live_feed > parse_feed_name(feed.name).number:
            raise Superseded(feed.name, new)
        return True

    def _require_room(self, feed: FeedRow, more: int) -> None:
        """Raise `log.volume` where a feed would hold more bytes than it may here (LOG-91)."""
        held = self._store.volume(feed.id)
        if held + more <= self._bytes_limit:
            return
        message = f"{feed.name} holds {held} bytes here and has more; {self._bytes_limit} are allowed"
        hint = "If that is expected, raise `feed_bytes_limit` in entrepot.toml and start again."
        raise PeerFault("log.volume", message, hint=hint)

    async def _take_entries(self, feed: FeedRow, new: NewHead) -> None:
        self._require_room(feed, 1)  # before anything is fetched in vain
        delta = await self._peer.delta(feed.size, new.head.size)
        if delta is not None:
            entries, contents = delta
            await self._believe(feed, new.head, lambda: [entries])
            self._brake(feed, [entries])
            group = ReadyGroup(feed.size, entries, by_digest(contents), {})
            await self._store_group(group, new.head, NoEarlyCheck())
            return
        is_large = new.grown_by >= EARLY_ENTRIES
        # Opened before it has anything to check: what it starts gets ready while entries are fetched.
        with EntrySpool() as spool, (self._open_early if is_large else NoEarlyCheck)() as early:
            await self._spool_entries(feed, new.head, spool)
            await self._believe(feed, new.head, spool.groups)
            self._brake(feed, spool.groups())
            ahead = groups_ahead(
                self._peer, spool.groups(), feed.size,
                origin=feed.origin, key=feed.key_log.latest.record_key, early=early,
            )  # fmt: skip
            async with aclosing(ahead), aclosing(joined(ahead) if is_large else ahead) as groups:
                await self._store_groups(groups, new.head, early)

    async def _store_groups(self, groups: AsyncIterator[ReadyGroup], head: Head, early: EarlyCheck) -> None:
        async for group in groups:
            await self._store_group(group, head, early)
            self._progress(group.begin + len(group.entries), head.size)

    def _brake(self, feed: FeedRow, groups: Iterable[list[bytes]]) -> None:
        """Set aside for a day what this pull withdraws, if with the pulls of the last day that is much of the feed (FED-31)."""
        subjects = withdrawn_subjects(groups)
        states = self._store.subject_states(feed.id, subjects)
        withdrawn = sum(state.live_index is not None for state in states)
        day = self._store.turnover(feed.id, since=self._now - DAY_SECONDS)
        # What is held was withdrawn within a day, however this node counted then.
        before = max(day.withdrawn, self._store.held(feed.id).subjects)
        # A thief may publish as much as he likes before: of how much something is a fifth was settled a day ago.
        live = self._store.live_subjects(feed.id) + before - day.appeared
        if withdrawn and is_mass(withdrawn + before, live):
            self._hold_until = self._now + HOLD_SECONDS

    async def _spool_entries(self, feed: FeedRow, head: Head, spool: EntrySpool) -> None:
        """Fetch all new entries, a few bundles at a time; skip those of the first bundle that we have."""
        first, last = feed.size // TILE_WIDTH, -(-head.size // TILE_WIDTH)
        for begin in range(first, last, BUNDLES_AT_ONCE):
            indexes = range(begin, min(begin + BUNDLES_AT_ONCE, last))
            bundles = await gather([self._peer.entries(index, head.size) for index in indexes])
            entries = [entry for bundle in bundles for entry in bundle]
            spool.put(entries[feed.size % TILE_WIDTH :] if begin == first else entries)

    async def _believe(self, feed: FeedRow, head: Head, groups: Callable[[], Iterable[list[bytes]]]) -> None:
        """Check that the entries yield the root of a head and of all heads known below it, and pass the gate (LOG-79)."""
        for _ in range(_TRIES):
            seen = self._gate.seen(feed)
            known = [seen, *self._gate.reported(feed)]
            judge_head(feed, head.note, known=known, growth_limit=self._may_grow(feed), admitted=True)
            await self._check_root(feed, head, known, groups())
            # A head behind the one seen by our witness is only behind: it is checked on the way there.
            if seen.size >= head.size or self._gate.advance(feed, seen, head):
                return
        raise Conflict("store.moved", f"{self._name} is moving faster here than it can be checked")

    async def _check_root(
        self, feed: FeedRow, head: Head, known: Sequence[Head], groups: Iterable[list[bytes]]
    ) -> None:
        check = RootCheck(feed, head, known)
        try:
            for group in groups:
                check.extend([leaf_hash(entry) for entry in group])
            check.finish()
        except PeerFault:
            for other in (feed.head, *known):
                fork = await search_fork(self._peer, feed, other, head)
                if fork is not None:
                    raise fork from None
            raise

    async def _store_group(self, group: ReadyGroup, head: Head, early: EarlyCheck) -> None:
        """Store believed entries; raise if the feed must stop among them."""
        stop = await early.beside(partial(self._store_chunk, group, head))
        if stop is not None and stop.needs_key_log and await self._refresh_key_log():
            taken = self._feed().size - group.begin
            rest = replace(group, begin=group.begin + taken, entries=group.entries[taken:])
            stop = await early.beside(partial(self._store_chunk, rest, head))
        if stop is not None:
            raise stop

    def _store_chunk(self, group: ReadyGroup, head: Head) -> FeedStop | None:
        """Decide, check and store in one transaction what the feed may take; note and return its stop."""
        feed = self._feed()
        if feed.size != group.begin:
            # The root was checked for entries from `begin` on; at another place they would be other entries.
            raise Conflict("store.moved", f"{self._name} was pulled by another process meanwhile")
        self._before_storing()
        builder = ChunkBuilder(self._store, feed)
        stop = builder.decide(group.entries)
        built = builder.build(group.offered, head, group.known)
        chunk = replace(built, hold_until=self._hold_until, pulled_at=self._now)
        self._require_room(feed, chunk.volume)
        self._store.append(feed.id, chunk)
        for decision in chunk.decisions:
            if not is_keys_entry(decision):
                self._count(chunk.contents.get(decision.index))
        if stop is not None:
            state = "waiting" if stop.needs_key_log else "stopped"
            self._store.set_state(feed.id, state, stop.code, stop.message)
        return stop

    async def _fetch_late_contents(self) -> None:
        """Ask one by one for live contents that did not come with their bundle."""
        feed = self._feed()
        # Begin at another place each time: contents that are gone for good must not hide the ones behind them.
        start = int(self._now) * MAX_LATE_CONTENTS % max(feed.size, 1)
        waiting = self._store.missing_contents(feed.id, limit=MAX_LATE_CONTENTS, after=start - 1)
        if len(waiting) < MAX_LATE_CONTENTS:
            first = self._store.missing_contents(feed.id, limit=MAX_LATE_CONTENTS - len(waiting))
            waiting += [missing for missing in first if missing.index < start]
        for missing in waiting:
            raw = await self._peer.content(missing.digest)
            if raw is None or missing.digest not in by_digest([raw]):
                continue
            entry = parse_entry(missing.entry)
            statement = Statement(entry.subject, entry.type, entry.time, missing.revision)
            key = feed.key_log.states[missing.key_line - 1].record_key
            content = check_content(raw, statement, origin=feed.origin, key=key)
            self._require_room(feed, len(raw))
            self._before_storing()
            if self._store.put_content(feed.id, missing.index, content):
                self._count(content)

    def _count(self, content: Content | None) -> None:
        self._stored += content is not None and content.status is Status.STORED
        self._refused += content is not None and content.status is Status.REFUSED
