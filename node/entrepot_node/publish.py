"""The one write path: how our own feed grows, whoever asks for it.

    validate → sign records → build the chunk with the code that judges peers → sign the head →
    begin, compare and swap the size, insert, commit → only then does anything signed leave

Nothing is answered before the commit: what a caller was told is durable. A batch of many records is one
transaction and one checkpoint. The caller holds the append lock; a `Conflict` here means that the store moved all
the same, and the signed bytes are dropped unseen.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from entrepot_node.batch import Batch, fresh_nonce, signed_chunk
from entrepot_node.keyring import Keyring
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.interface import Store
from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes, read_canonical
from entrepot_schema.cross_record import CrossRecord
from entrepot_schema.errors import Misuse, Refused
from entrepot_schema.findings import Finding, finding
from entrepot_schema.licences import licence_findings
from entrepot_schema.origin import did_web, subject_of, subject_origin
from entrepot_schema.profile_check import has_error, profile_findings, same_profile
from entrepot_schema.record import Statement, sign_record
from entrepot_schema.strict_json import MAX_RECORD_BYTES, read_json
from entrepot_schema.timestamp import format_timestamp
from entrepot_sync.entry import KEYS, PUBLISH, WITHDRAW
from entrepot_sync.feed_store import FeedRow

BATCH = 1_000
_ID_BYTES = 16  # 26 base32 letters hold 130 bits
_ENVELOPE_BYTES = 1_400  # of a record around its profile, beside the origins in it
_ORIGINS = 8

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Publication:
    """A profile to publish. Without an `id` a new subject is minted.

    `by_default`: nobody named the licence, so a live record keeps the one it has.
    """

    profile: dict[str, Any]
    license: str
    by_default: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was durably done for one request: the entry's index, None where nothing had to be done."""

    subject: str
    type: str
    revision: int
    index: int | None


class PublishRefused(Misuse):
    """Profiles that may not be signed; `faults` pairs the place in the request with each fault."""

    def __init__(self, faults: list[tuple[int, Finding]]) -> None:
        place, first = faults[0]
        message = f"{len(faults)} faults; the first: record {place + 1}{first.pointer}: {first.message}"
        super().__init__("publish.refused", message, hint="Run `entrepot check` on the file for all of them.")
        self.faults = faults


class Publisher:
    """Appends to our own feed. The caller MUST hold the append lock while it uses one.

    Without a `gate` nothing asks whether the store went back: for a feed that is being founded.
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
    ) -> None:
        self._store = store
        self._name = feed_name
        self._keyring = keyring
        self._now = now
        self._random_bytes = random_bytes
        self._gate = gate

    def publish(
        self, publications: Sequence[Publication], progress: Progress = lambda done, total: None
    ) -> list[Receipt]:
        """Publish profiles in batches of up to 1,000; all are checked before the first is signed.

        A profile equal to the live one is left alone. Raises `PublishRefused` when any may not be signed.
        """
        feed = self._feed()
        self._require_gate(feed)
        drafts = [self._with_id(publication, feed.origin) for publication in publications]
        types = self._live_types(feed, drafts)
        _require_publishable(drafts, feed.origin, types, self._now())
        receipts: list[Receipt] = []
        for begin in range(0, len(drafts), BATCH):
            receipts += self._publish_batch(drafts[begin : begin + BATCH])
            progress(len(receipts), len(drafts))
        return receipts

    def _live_types(self, feed: FeedRow, drafts: Sequence[Publication]) -> dict[str, str]:
        """The type each subject has in the feed; it can never have another (LOG-15)."""
        subjects = [draft.profile["id"] for draft in drafts if isinstance(draft.profile.get("id"), str)]
        return {state.subject: state.type for state in self._store.subject_states(feed.id, subjects)}

    def withdraw(self, subjects: Sequence[str]) -> list[Receipt]:
        """Withdraw live subjects; their contents are erased in the same transaction."""
        feed = self._feed()
        self._require_gate(feed)
        batch = Batch(feed, self._store, subjects, self._timestamp())
        receipts = []
        for subject in dict.fromkeys(subjects):
            before = batch.state.subjects.get(subject)
            if before is None or before.type == KEYS or before.live_index is None:
                hint = "`entrepot show` lists what this node has published."
                raise Misuse("publish.not-live", f"{subject} is not a live subject of this node", hint=hint)
            index = batch.add(WITHDRAW, subject, before.type, None)
            receipts.append(Receipt(subject, before.type, before.publishes, index))
        self._append(batch)
        return receipts

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

    def _with_id(self, publication: Publication, origin: str) -> Publication:
        if "id" in publication.profile:
            return publication
        return replace(publication, profile={**publication.profile, "id": self.mint(origin)})

    def mint(self, origin: str) -> str:
        """Make a new subject id: random, so that it names nobody."""
        letters = base64.b32encode(self._random_bytes(_ID_BYTES)).decode("ascii").rstrip("=").lower()
        return subject_of(origin, letters)

    def _publish_batch(self, drafts: Sequence[Publication]) -> list[Receipt]:
        feed = self._feed()
        subjects = [draft.profile["id"] for draft in drafts]
        batch = Batch(feed, self._store, subjects, self._timestamp())
        receipts = []
        for given in drafts:
            subject, kind = given.profile["id"], given.profile["type"]
            before = batch.state.subjects.get(subject)
            live = self._live_record(feed, before.live_index) if before else None
            draft = _licensed(given, live)
            if before and live and _is_unchanged(draft, live):
                receipts.append(Receipt(subject, kind, before.publishes, None))
                continue
            revision = before.publishes + 1 if before else 1
            raw = self._sign(draft, Statement(subject, kind, batch.time, revision), feed.origin)
            receipts.append(Receipt(subject, kind, revision, batch.add(PUBLISH, subject, kind, raw)))
        self._append(batch)
        return receipts

    def _live_record(self, feed: FeedRow, live_index: int | None) -> dict[str, Any] | None:
        if live_index is None or live_index >= feed.size:
            return None
        raws = self._store.contents(feed.id, live_index, live_index + 1)
        return read_canonical(raws[0]) if raws else None

    def _sign(self, draft: Publication, statement: Statement, origin: str) -> bytes:
        return sign_record(
            draft.profile,
            statement,
            key=self._keyring.record,
            origin=origin,
            license=draft.license,
            nonce=fresh_nonce(self._random_bytes),
        )

    def _append(self, batch: Batch) -> None:
        if not batch.entries:
            return
        chunk = signed_chunk(self._store, batch, self._keyring.log)
        self._store.append(batch.feed.id, chunk)
        if self._gate is not None and chunk.head is not None:
            self._gate.signed(batch.feed, chunk.head)


def _licensed(draft: Publication, live: dict[str, Any] | None) -> Publication:
    return replace(draft, license=live["license"]) if live and draft.by_default else draft


def _is_unchanged(draft: Publication, live: dict[str, Any]) -> bool:
    """Compare a draft with what is live, so that a second import publishes only what changed."""
    same = same_profile(live["credentialSubject"]["profile"], draft.profile)
    return same and bool(live["license"] == draft.license)


def _require_publishable(
    drafts: Sequence[Publication], origin: str, types: dict[str, str], now: datetime
) -> None:
    found = [fault for fault in _faults(drafts, origin, types, now) if fault[1].severity == "error"]
    if found:
        raise PublishRefused(sorted(found, key=lambda fault: fault[0]))


def _faults(
    drafts: Sequence[Publication], origin: str, types: dict[str, str], now: datetime
) -> Iterator[tuple[int, Finding]]:
    together = CrossRecord()
    for place, draft in enumerate(drafts):
        found = list(_json_findings(draft.profile)) or profile_findings(draft.profile, now=now)
        together.add(draft.profile, fits=all(one.layer not in ("J", "S") for one in found))
        yield from ((place, fault) for fault in found)
        if has_error(found):
            continue
        subject, kind = draft.profile["id"], draft.profile["type"]
        if subject_origin(subject) != origin:
            yield place, finding("key.subject", f"the id is not one of {origin}", pointer="/id")
        if types.setdefault(subject, kind) != kind:
            yield (
                place,
                finding("log.type", f"{subject} is of type {types[subject]} for ever", pointer="/type"),
            )
        yield from ((place, fault) for fault in _envelope_findings(draft, origin))
    # Without a head: what they refer to may be live already, so only what they say of one another counts.
    yield from ((place or 0, fault) for place, fault in together.findings(None, now=now))


def _envelope_findings(draft: Publication, origin: str) -> Iterator[Finding]:
    """What only the whole record could break, found before anything is signed."""
    form = catalog.schema("common")["$defs"]["license"]
    if len(draft.license) > form["maxLength"] or not re.fullmatch(form["pattern"], draft.license):
        hint = "An SPDX identifier, such as CC0-1.0 or CC-BY-4.0."
        yield finding(
            "schema.pattern", f"{draft.license[:60]!r} is no licence", pointer="/license", hint=hint
        )
    else:
        yield from licence_findings(draft.license)
    size = len(canonical_bytes(draft.profile))
    if size + _ENVELOPE_BYTES + _ORIGINS * len(origin) > MAX_RECORD_BYTES:
        hint = "Shorten texts or drop languages; long material belongs on the organisation's own web site."
        yield finding("json.too-large", f"the profile has {size} bytes; too many for a record", hint=hint)


def _json_findings(profile: dict[str, Any]) -> Iterator[Finding]:
    """Layer J for values that were made in memory: what is signed must read back as what was meant."""
    try:
        if read_json(canonical_bytes(profile)) != profile:
            yield finding(
                "json.syntax", "the profile holds values that JSON has no form for, such as NaN or dates"
            )
    except Refused as refused:
        yield Finding.of(refused)
    except TypeError as error:
        yield finding("json.syntax", f"the profile cannot be written as JSON: {error}")
