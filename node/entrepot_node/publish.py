"""The one write path: how our own feed grows, whoever asks for it.

    validate → sign records → build the chunk with the code that judges peers → sign the head →
    begin, compare and swap the size, insert, commit → only then does anything signed leave

Nothing is answered before the commit: what a caller was told is durable. A batch of many records is one
transaction and one checkpoint, also where several callers want something at once (`carry_out`). The caller holds the
append lock; a `Conflict` here means that the store moved all the same, and the signed bytes are dropped unseen.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from entrepot_node.batch import NOTHING_KNOWN, Batch, fresh_nonce, signed_chunk
from entrepot_node.disk_fault import DiskFault
from entrepot_node.drafts import Draft
from entrepot_node.keyring import Keyring
from entrepot_node.orders import (
    Done,
    NotLive,
    Order,
    PublishRefused,
    Receipt,
    Wanted,
    answer_of,
    key_reused,
    repeated,
)
from entrepot_node.parallel_check import Asked, ask, verdicts
from entrepot_node.publishable import require_publishable
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.answers import AnswerRow
from entrepot_node.storage.interface import Store
from entrepot_node.workers import Workers
from entrepot_schema.canonical import canonical_bytes, read_canonical
from entrepot_schema.errors import EntrepotError, Misuse, Refused
from entrepot_schema.origin import did_web, subject_of
from entrepot_schema.record import Statement, sign_judged
from entrepot_schema.timestamp import format_timestamp
from entrepot_sync.content_check import Question
from entrepot_sync.entry import KEYS, PUBLISH, WITHDRAW
from entrepot_sync.feed_store import Chunk, Content, FeedRow

BATCH = 1_000
MANY = 2_000
"""From so many profiles on, workers check them: fewer are published before another process has started."""
_ID_BYTES = 16  # 26 base32 letters hold 130 bits

Progress = Callable[[int, int], None]


class _Started(NamedTuple):
    """A batch that is signed and not stored, its receipts by place, and what workers were asked about it."""

    batch: Batch
    receipts: dict[int, Receipt]
    asked: Asked | None


class Publisher:
    """Appends to our own feed. The caller MUST hold the append lock while it uses one.

    Without a `gate` nothing asks whether the store went back: for a feed that is being founded. `open_workers` opens the
    processes that check what is published in bulk; without it one process does all.
    """

    def __init__(
        self,
        store: Store,
        feed_name: str,
        keyring: Keyring,
        *,
        now: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
        gate: SigningGate | None = None,
        open_workers: Callable[[], AbstractContextManager[Workers]] | None = None,
    ) -> None:
        self._store = store
        self._name = feed_name
        self._keyring = keyring
        self._now = now
        self._random_bytes = random_bytes
        self._gate = gate
        self._open_workers = open_workers

    def publish(
        self, publications: Sequence[Wanted], progress: Progress = lambda done, total: None
    ) -> list[Receipt]:
        """Publish profiles in batches of up to 1,000; all are checked before the first is signed.

        A profile equal to the live one is left alone. Raises `PublishRefused` when any may not be signed.
        """
        feed = self._feed()
        self._require_gate(feed)
        drafts = [self._draft(one, feed.origin) for one in publications]
        receipts: dict[int, Receipt] = {}
        with self._workers_for(len(drafts)) as workers:
            require_publishable(drafts, feed.origin, self._types(feed, drafts), self._now(), workers)
            order = _like_beside_like(drafts)
            before: _Started | None = None
            for begin in range(0, len(order), BATCH):
                started = self._start(feed, drafts, order[begin : begin + BATCH], before, workers)
                if before:
                    self._finish(before, receipts)
                    progress(len(receipts), len(drafts))
                before = started
            if before:
                self._finish(before, receipts)
                progress(len(receipts), len(drafts))
        return [receipts[place] for place in range(len(drafts))]

    @contextmanager
    def _workers_for(self, count: int) -> Iterator[Workers | None]:
        """Workers where there is more to do than starting them takes."""
        if self._open_workers is None or count < MANY:
            yield None
            return
        with self._open_workers() as workers:
            yield workers

    def _start(
        self,
        feed: FeedRow,
        drafts: Sequence[Draft],
        places: Sequence[int],
        before: _Started | None,
        workers: Workers | None,
    ) -> _Started:
        """Sign some drafts, and let workers check what was signed while the batch before is stored.

        No subject stands in two batches: drafts with one id twice are refused.
        """
        some = [drafts[place] for place in places]
        batch = self._batch(feed, [draft.subject or "" for draft in some], before.batch if before else None)
        receipts = self._fill(batch, some)
        asked = None
        if workers is not None:
            key = feed.key_log.latest.record_key
            asked = ask(workers, batch.entries, batch.offered, origin=feed.origin, key=key)
        return _Started(batch, dict(zip(places, receipts, strict=True)), asked)

    def _finish(self, started: _Started, receipts: dict[int, Receipt]) -> None:
        """Store what was started; what stood before it is stored."""
        batch = started.batch
        batch.feed = self._feed()
        self._append(batch, verdicts(started.asked) if started.asked else NOTHING_KNOWN)
        receipts.update(started.receipts)

    def withdraw(self, subjects: Sequence[str]) -> list[Receipt]:
        """Withdraw live subjects; their contents are erased in the same transaction."""
        feed = self._feed()
        self._require_gate(feed)
        batch = self._batch(feed, subjects)
        receipts = _take_back(batch, subjects)
        self._append(batch)
        return receipts

    def carry_out(self, orders: Sequence[Order]) -> list[Done | EntrepotError]:
        """Do what several callers want in one transaction with one head; each gets its own receipts or its own refusal.

        An order whose answer is kept already is not carried out again. Raises only what stops all of them, such as a
        full disk: nobody is told that anything was done.
        """
        feed = self._feed()
        self._require_gate(feed)
        outcomes = self._answered(orders)
        again = repeated(orders)
        drafts = {
            place: [self._draft(one, feed.origin) for one in order.publications]
            for place, order in enumerate(orders)
            if place not in outcomes and place not in again
        }
        types = self._types(feed, [draft for some in drafts.values() for draft in some])
        for place, some in list(drafts.items()):
            try:
                require_publishable(some, feed.origin, types, self._now())
            except PublishRefused as refused:
                outcomes[place] = refused
                del drafts[place]
        outcomes |= self._commit(feed, orders, drafts)
        for place, first in again.items():
            outcomes[place] = outcomes[first] if orders[place].key == orders[first].key else key_reused()
        return [outcomes[place] for place in range(len(orders))]

    def _answered(self, orders: Sequence[Order]) -> dict[int, Done | EntrepotError]:
        """The outcomes of orders that came before, by place."""
        keyed = {place: order.key for place, order in enumerate(orders) if order.key}
        kept = self._store.answers({one.key for one in keyed.values()}) if keyed else {}
        found: dict[int, Done | EntrepotError] = {}
        for place, one in keyed.items():
            answer = kept.get(one.key)
            if answer is not None:
                same = answer.request == one.request
                found[place] = Done.from_bytes(answer.raw) if same else key_reused()
        return found

    def _commit(
        self, feed: FeedRow, orders: Sequence[Order], drafts: Mapping[int, Sequence[Draft]]
    ) -> dict[int, Done | EntrepotError]:
        """Carry out orders whose drafts may be signed, by place."""
        try:
            batch, outcomes, done = self._put_together(feed, orders, drafts)
            chunk = signed_chunk(self._store, batch, self._keyring.log) if batch.entries else None
        except DiskFault:
            raise  # nobody's order caused it, and nothing is tried again on a disk that failed (FED-76)
        except (Misuse, Refused) as error:
            if len(drafts) == 1:
                return dict.fromkeys(drafts, error)
            return self._commit_alone(orders, drafts)
        # From here on an error is nobody's own, and no reason to try again: all may be stored already.
        answers = [row for place, one in done.items() for row in answer_of(orders[place], one)]
        self._keep(batch, chunk, answers)
        return outcomes | done

    def _commit_alone(
        self, orders: Sequence[Order], drafts: Mapping[int, Sequence[Draft]]
    ) -> dict[int, Done | EntrepotError]:
        """Carry out orders one by one, because of one that no check before had found; each gets what is its own."""
        alone: dict[int, Done | EntrepotError] = {}
        for place, some in drafts.items():
            try:
                alone |= self._commit(self._feed(), orders, {place: some})
            except EntrepotError as error:
                alone[place] = error  # those before it are done, and are told so
        return alone

    def _put_together(
        self, feed: FeedRow, orders: Sequence[Order], drafts: Mapping[int, Sequence[Draft]]
    ) -> tuple[Batch, dict[int, EntrepotError], dict[int, Done]]:
        """The entries of orders in one batch; those that cannot be done, and what the others will be told."""
        wanted = [draft.subject or "" for some in drafts.values() for draft in some]
        wanted += [subject for place in drafts for subject in orders[place].withdrawals]
        batch = self._batch(feed, wanted)
        refused: dict[int, EntrepotError] = {}
        receipts: dict[int, list[Receipt]] = {}
        for place, some in drafts.items():
            try:
                receipts[place] = [*_take_back(batch, orders[place].withdrawals), *self._fill(batch, some)]
            except NotLive as error:
                refused[place] = error
        size = feed.size + len(batch.entries)
        return batch, refused, {place: Done(feed.name, size, found) for place, found in receipts.items()}

    def publish_keys(self) -> None:
        """Append the lines of the key log that the feed does not commit to yet (LOG-23)."""
        feed = self._feed()
        self._require_gate(feed)
        batch = Batch(feed, self._store, [did_web(feed.origin)], self._timestamp())
        batch.add_keys()
        self._append(batch)

    def _feed(self) -> FeedRow:
        feed = self._store.feed(self._name)
        if feed is None or not feed.own:
            raise Misuse("publish.no-feed", f"{self._name} is not a feed of this node")
        return feed

    def _require_gate(self, feed: FeedRow) -> None:
        if self._gate is not None:
            self._gate.require(feed)

    def _timestamp(self) -> str:
        return format_timestamp(self._now())

    def _draft(self, wanted: Wanted, origin: str) -> Draft:
        draft = wanted if isinstance(wanted, Draft) else wanted.draft()
        return draft.named(self.mint(origin)) if draft.subject is None else draft

    def mint(self, origin: str) -> str:
        """Make a new subject id: random, so that it names nobody."""
        letters = base64.b32encode(self._random_bytes(_ID_BYTES)).decode("ascii").rstrip("=").lower()
        return subject_of(origin, letters)

    def _types(self, feed: FeedRow, drafts: Iterable[Draft]) -> dict[str, str]:
        """The type each subject has in the feed; it can never have another (LOG-15)."""
        subjects = [draft.subject for draft in drafts if draft.subject and draft.fault is None]
        return {state.subject: state.type for state in self._store.subject_states(feed.id, subjects)}

    def _batch(self, feed: FeedRow, subjects: Iterable[str], behind: Batch | None = None) -> Batch:
        return Batch(feed, self._store, subjects, self._timestamp(), behind)

    def _fill(self, batch: Batch, drafts: Sequence[Draft]) -> list[Receipt]:
        """Sign drafts into a batch, but for those that state what is live already."""
        receipts = []
        for given in drafts:
            subject, kind = given.subject or "", given.type
            before = batch.state.subjects.get(subject)
            live = self._live_record(batch, before.live_index) if before else None
            draft = _licensed(given, live)
            if before and live and _is_unchanged(draft, live):
                receipts.append(Receipt(subject, kind, before.publishes, None))
                continue
            revision = before.publishes + 1 if before else 1
            raw = self._sign(draft, Statement(subject, kind, batch.time, revision), batch.feed.origin)
            receipts.append(Receipt(subject, kind, revision, batch.add(PUBLISH, subject, kind, raw)))
        return receipts

    def _live_record(self, batch: Batch, live_index: int | None) -> dict[str, Any] | None:
        if live_index is None:
            return None
        raw = batch.content_at(live_index)
        if raw is None:
            raws = self._store.contents(batch.feed.id, live_index, live_index + 1)
            raw = raws[0] if raws else None
        return read_canonical(raw) if raw else None

    def _sign(self, draft: Draft, statement: Statement, origin: str) -> bytes:
        return sign_judged(  # `signed_chunk` verifies it before anything is stored
            draft.profile,
            statement,
            key=self._keyring.record,
            origin=origin,
            license=draft.license,
            nonce=fresh_nonce(self._random_bytes),
        )

    def _append(self, batch: Batch, known: Mapping[Question, Content] = NOTHING_KNOWN) -> None:
        if batch.entries:
            self._keep(batch, signed_chunk(self._store, batch, self._keyring.log, known=known))

    def _keep(self, batch: Batch, chunk: Chunk | None, answers: Sequence[AnswerRow] = ()) -> None:
        if chunk is None:
            self._store.keep_answers(answers)
            return
        self._store.append(batch.feed.id, chunk, answers=answers)
        if self._gate is not None and chunk.head is not None:
            self._gate.signed(batch.feed, chunk.head)


def _take_back(batch: Batch, subjects: Sequence[str]) -> list[Receipt]:
    """Withdraw live subjects in a batch; raise `NotLive`, and add nothing, when one of them is not."""
    names = list(dict.fromkeys(subjects))
    for subject in names:
        before = batch.state.subjects.get(subject)
        if before is None or before.type == KEYS or before.live_index is None:
            raise NotLive(subject)
    receipts = []
    for subject in names:
        before = batch.state.subjects[subject]
        index = batch.add(WITHDRAW, subject, before.type, None)
        receipts.append(Receipt(subject, before.type, before.publishes, index))
    return receipts


def _licensed(draft: Draft, live: dict[str, Any] | None) -> Draft:
    return draft._replace(license=live["license"]) if live and draft.by_default else draft


def _is_unchanged(draft: Draft, live: dict[str, Any]) -> bool:
    """Compare a draft with what is live, so that a second import publishes only what changed."""
    same = canonical_bytes(live["credentialSubject"]["profile"]) == draft.raw
    return same and bool(live["license"] == draft.license)


def _like_beside_like(drafts: Sequence[Draft]) -> list[int]:
    """Places of drafts in the order to publish them in: by type and country.

    Followers fetch neighbours in one bundle, and gzip finds what they have in common: a tenth fewer bytes in a first sync.
    """
    return sorted(range(len(drafts)), key=lambda place: (drafts[place].type, drafts[place].country))
