"""Asking for the right to sign: the mark is read, and peers that cosigned us are asked what they saw (FED-40 to FED-44).

One small request to up to three peers at once; one answer is enough, and it counts for as long as the process lives. Where the
mark cannot tell what has left (a backup was put back, the mark is gone), every peer is asked: one that is behind must not open
what another would close. What is decided with the answers stands in `entrepot_sync.signing_gate`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from entrepot_node.correspondents import correspondents
from entrepot_node.head_gate import stored_hashes
from entrepot_node.keyring import witness_origin
from entrepot_node.mark_file import MarkFile
from entrepot_node.storage.interface import AHEAD_DOCUMENT, Store
from entrepot_schema.errors import Conflict, EntrepotError, Misuse, Refused, Unavailable
from entrepot_sync.checkpoint import Checkpoint
from entrepot_sync.feed_paths import witness_path
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.note import MAX_NOTE_BYTES
from entrepot_sync.signing_gate import (
    Mark,
    Voucher,
    judge_seen,
    judge_store,
    merge_vouchers,
    read_answer,
    two_histories,
)
from entrepot_sync.transport import OK, OpenTransport

ASKED_AT_ONCE = 3
ALL_ASKED_AT_ONCE = 20
ANSWER_SECONDS = 5.0
GRACE_SECONDS = 0.5
"""How long the others are waited for once one has answered and one is enough: they may know of a larger head."""

FindMark = Callable[[str], MarkFile]
"""`find_mark(feed_name)`: the mark beside the log key of a feed."""


class SigningGate:
    """The right to sign heads of our feeds. Whoever asks for it MUST hold the append lock.

    `answered` holds the feeds for which a peer has answered since the process started, each with the server that kept the
    store then: where another has taken over, it may have gone back.
    """

    def __init__(
        self,
        store: Store,
        find_mark: FindMark,
        open_transport: OpenTransport,
        answered: set[str] | None = None,
    ) -> None:
        self._store = store
        self._find_mark = find_mark
        self._open_transport = open_transport
        self._answered = set() if answered is None else answered
        self._kept = ("", -1)

    def require(self, feed: FeedRow) -> None:
        """Raise `gate.*` unless the next head of a feed may be signed; `store.io` once the disk has failed."""
        self._store.require_writable()
        mark = self._find_mark(feed.name).read()
        judge_store(feed, mark, stored_hashes(self._store, feed.id))
        self._require_one_history(feed)
        self._require_none_ahead(feed)
        answer = f"{feed.name} {self._store.epoch()}".strip()
        if answer in self._answered:
            self._find_mark(feed.name).raise_to(feed.head)
            return
        asked = self.vouchers(feed, mark)
        awaited = bool(self._known(feed, mark)) or (mark is not None and mark.awaiting)
        if not self.ask(feed, asked, everybody=needs_everybody(mark)) and awaited:
            raise _no_answer(feed, asked)
        self._answered.add(answer)
        self._find_mark(feed.name).raise_to(feed.head, self._cosigners(feed, mark), settled=True)

    def _require_one_history(self, feed: FeedRow) -> None:
        """Raise if evidence against our own feed is kept, such as a push may bring back (FED-04): it is so for ever."""
        if self._store.evidence(feed.id):
            raise two_histories(feed)

    def _require_none_ahead(self, feed: FeedRow) -> None:
        """Raise if a push has brought back a head of ours that is larger than what is here (FED-04).

        Once the feed holds it, or a higher feed has taken the place of its own, it has told all it had to tell.
        """
        raw = self._store.document(AHEAD_DOCUMENT)
        if raw is not None:
            with contextlib.suppress(Refused):  # of a lower feed of ours
                judge_seen(
                    feed, Voucher("a peer"), read_answer(feed, raw), stored_hashes(self._store, feed.id)
                )
            self._store.remove_document(AHEAD_DOCUMENT, raw)

    def signed(self, feed: FeedRow, head: Head) -> None:
        """Note a head that was committed, before it leaves."""
        self._find_mark(feed.name).raise_to(head, self._cosigners(feed, self._find_mark(feed.name).read()))

    def keep(self, feed: FeedRow) -> None:
        """Move the mark up to a head before it leaves (FED-75): another process may have committed it just now.

        Raise `Unavailable` where it must not leave: it is not held whole, is of another history than the mark, or the mark
        cannot be moved. A store that went back shows what has left before.
        """
        if (feed.name, feed.head.size) == self._kept:
            return
        marks = self._find_mark(feed.name)
        try:
            mark = marks.read()
            if mark is None or mark.size <= feed.head.size or feed.size < feed.head.size:
                judge_store(feed, mark, stored_hashes(self._store, feed.id))
                marks.raise_to(feed.head, self._cosigners(feed, mark))
        except (Conflict, Misuse) as error:
            raise Unavailable(error.code, error.message, hint=error.hint) from error
        self._kept = (feed.name, feed.head.size)

    def vouchers(self, feed: FeedRow, mark: Mark | None) -> tuple[Voucher, ...]:
        """Who is asked: the peers that cosigned us; where the mark cannot tell what has left, every peer that may have since."""
        return self.everybody(feed, mark) if needs_everybody(mark) else self._known(feed, mark)

    def everybody(self, feed: FeedRow, mark: Mark | None) -> tuple[Voucher, ...]:
        """All who can be asked, and those that cosigned us and cannot."""
        return merge_vouchers(self._reachable().values(), self._known(feed, mark))

    def _known(self, feed: FeedRow, mark: Mark | None) -> tuple[Voucher, ...]:
        return merge_vouchers(mark.vouchers if mark else (), self._cosigners(feed, mark))

    def ask(self, feed: FeedRow, vouchers: Sequence[Voucher], *, everybody: bool) -> bool:
        """Ask peers what they saw of us; answer whether one has answered, raise `Misuse` if nothing may be signed.

        One answer is enough unless `everybody` is to be heard; silence of some is no obstacle. The largest head counts first.
        """
        reachable = [one for one in vouchers if one.base_url]
        seen: list[tuple[Voucher, Checkpoint]] = []
        at_once = ALL_ASKED_AT_ONCE if everybody else ASKED_AT_ONCE
        for begin in range(0, len(reachable), at_once):
            some = reachable[begin : begin + at_once]
            seen += asyncio.run(self._ask_some(feed, some, everybody=everybody))
            if seen and not everybody:
                break
        hash_at = stored_hashes(self._store, feed.id)
        for voucher, head in sorted(seen, key=lambda one: -one[1].size):
            judge_seen(feed, voucher, head, hash_at)
        return bool(seen)

    async def _ask_some(
        self, feed: FeedRow, vouchers: Sequence[Voucher], *, everybody: bool
    ) -> list[tuple[Voucher, Checkpoint]]:
        waiting = {asyncio.ensure_future(self._ask_one(feed, one)) for one in vouchers}
        seen: list[tuple[Voucher, Checkpoint]] = []
        try:
            while waiting:
                done, waiting = await asyncio.wait(
                    waiting,
                    timeout=GRACE_SECONDS if seen and not everybody else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not done:
                    break
                seen += [found for task in done if (found := task.result()) is not None]
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        return seen

    async def _ask_one(self, feed: FeedRow, voucher: Voucher) -> tuple[Voucher, Checkpoint] | None:
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                contextlib.aclosing(
                    self._open_transport(voucher.base_url, voucher.allow_private)
                ) as transport,
            ):
                fetched = await transport.fetch(witness_path(feed.name), max_bytes=MAX_NOTE_BYTES)
        except (TimeoutError, EntrepotError):
            return None
        if fetched.status != OK:
            return None
        try:
            return voucher, read_answer(feed, fetched.body)
        except Refused:
            return None  # no head of ours: whoever answers for the peer could keep us from signing with it, or let us

    def _cosigners(self, feed: FeedRow, mark: Mark | None) -> list[Voucher]:
        since = mark.forgiven if mark else 0
        rows = [row for row in self._store.cosignatures(feed.id) if row.newest_time > since]
        # A witness that is no node may not show what it saw: waiting for its answer could be for ever (FED-10).
        found = (witness_origin(row.name) for row in sorted(rows, key=lambda row: -row.size))
        origins = dict.fromkeys(origin for origin in found if origin is not None)
        reachable = self._reachable() if origins else {}
        return [reachable.get(origin, Voucher(origin)) for origin in origins]

    def _reachable(self) -> dict[str, Voucher]:
        return {
            one.origin: Voucher(one.origin, one.base_url, one.allow_private)
            for one in correspondents(self._store)
        }


def needs_everybody(mark: Mark | None) -> bool:
    """Whether the mark cannot tell what has left: the store came from a backup, or the mark is gone."""
    return mark is None or mark.awaiting


def _no_answer(feed: FeedRow, asked: Sequence[Voucher]) -> EntrepotError:
    names = ", ".join(one.origin for one in asked[:5])
    hint = "Try again when one of them is up. If you are sure that nothing newer was published: `entrepot recover --override REASON`."
    if not asked:
        message = f"the store of {feed.name} came from a backup, and no peer can say whether it is the newest"
        return Unavailable("gate.no-answer", message, hint=hint)
    message = f"no peer that cosigned {feed.name} answers what it saw last: {names}; nothing is signed until one does"
    return Unavailable("gate.no-answer", message, hint=hint)
