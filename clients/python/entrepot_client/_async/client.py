"""The client: one node's public API, typed, polite, and verified.

    pins = Pins({"biomed.example": "QmS3Ui…"})
    async with AsyncClient("https://biomed.example", pins=pins) as client:
        async for record in client.search("antibody", country=["DE", "CN"]):
            print(record.profile["name"], record.verified)

Every record is checked against the pinned keys of its origin. `unverified` says what becomes of one that cannot be, because its
origin is not pinned or because it fails: `refuse` raises, `skip` passes over it, `mark` hands it out with `verified` False
and `because` telling why.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import httpx

from entrepot_client._async.connection import AsyncConnection
from entrepot_client._async.items import AsyncItems
from entrepot_client._async.key_logs import AsyncKeyLogs
from entrepot_client.answers import (
    Answer,
    ChangeAnswer,
    ChangedField,
    PageAnswer,
    PublishedAnswer,
    RecordAnswer,
    VersionAnswer,
)
from entrepot_client.events import MAX_LINE_BYTES, EventReader
from entrepot_client.lines import LineReader
from entrepot_client.manners import PATIENT, Manners
from entrepot_client.pins import NO_PINS, Pins
from entrepot_client.proof import ServedProof, parse_witnesses, verify_served_proof
from entrepot_client.verification import ServedRecord, issuer_origin, require_record, verify_served
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import EntrepotError, Misuse, PeerFault, Refused
from entrepot_schema.findings import Finding
from entrepot_schema.key_log import KeyLog
from entrepot_schema.origin import subject_origin
from entrepot_schema.strict_json import MAX_RECORD_BYTES, read_json

Unverified = Literal["refuse", "skip", "mark"]
A = TypeVar("A", bound=Answer)
_API = "/api/v1"
# What was made with keys that the key log held does not name yet.
_NEWER_KEYS = ("key.unknown", "log.unsigned")
_EVENTS = {"accept": "text/event-stream", "accept-encoding": "identity", "cache-control": "no-cache"}


class AsyncClient:
    """Reads one node, and publishes to your own. Close it, or use it in a `with` block.

    `base_url` is the node's address, `token` what its operator made for publishing. `transport` replaces the wire (tests,
    an own proxy).
    """

    def __init__(
        self,
        base_url: str,
        *,
        pins: Pins | Mapping[str, str] = NO_PINS,
        unverified: Unverified = "refuse",
        manners: Manners = PATIENT,
        token: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._token = token
        self._connection = AsyncConnection(base_url, manners, transport)
        self._key_logs = AsyncKeyLogs(self._connection, pins if isinstance(pins, Pins) else Pins(pins))
        self._unverified = unverified

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._connection.aclose()

    # records

    def search(
        self,
        words: str = "",
        *,
        sort: str = "relevance",
        page_size: int = 100,
        resume: str = "",
        **filters: Sequence[str],
    ) -> AsyncItems[ServedRecord]:
        """Find live records. `filters`: type, country, subdivision, sector, kind, cluster, origin, freshness; each a list."""
        query = [("q", words), ("sort", sort), ("limit", str(page_size)), *_filters(filters)]
        return AsyncItems(self._pages("/search", query), self._served, resume)

    def records(
        self, *, page_size: int = 500, resume: str = "", **filters: Sequence[str]
    ) -> AsyncItems[ServedRecord]:
        """All live records, in an order that does not change. `filters`: type, origin."""
        query = [("limit", str(page_size)), *_filters(filters)]
        return AsyncItems(self._pages("/records", query), self._served, resume)

    def by_identifier(self, scheme: str, id: str, *, resume: str = "") -> AsyncItems[ServedRecord]:
        """Live records that carry an identifier (`LEI`, `CN-USCC`, …), from all origins."""
        return AsyncItems(self._pages(f"/identifiers/{_part(scheme)}/{_part(id)}", []), self._served, resume)

    async def record(self, subject: str) -> ServedRecord:
        """The live record of a subject; `Misuse` with `record.unknown` or `record.withdrawn` where there is none."""
        found = await self._served(await self._json(_subject_path(subject)))
        if found is None:
            raise PeerFault("client.unverified", f"the record of {subject} cannot be verified")
        _require_about(found, subject)
        return found

    def history(self, subject: str, *, resume: str = "") -> AsyncItems[VersionAnswer]:
        """The versions of a subject, newest first, without their contents."""

        async def read(item: dict[str, Any]) -> VersionAnswer | None:
            return VersionAnswer.read(item, "a version")

        return AsyncItems(self._pages(_subject_path(subject) + "/history", []), read, resume)

    async def version(self, subject: str, revision: int) -> ServedRecord:
        """One version of a subject with its content, verified with any key its origin ever had in force."""
        path = f"{_subject_path(subject)}/versions/{revision}"
        found = await self._served(await self._json(path), history=True)
        if found is None:
            raise PeerFault("client.unverified", f"version {revision} of {subject} cannot be verified")
        _require_about(found, subject, revision)
        return found

    async def proof(self, subject: str, *, witnesses: Sequence[str] = ()) -> ServedProof:
        """The proof that the live record of a subject was published, verified with the pinned keys of its origin.

        `witnesses` are vkeys you know beforehand: `ServedProof.witnesses` says which of them vouched. A proof that does
        not verify always raises, whatever `unverified` says.
        """
        path = _API + _subject_path(subject) + "/proof"
        known = parse_witnesses(witnesses)
        origin = str(subject_origin(subject))
        self._require_pinned(origin)
        raw = await self._connection.get(path, [])
        try:
            return verify_served_proof(raw, subject, await self._key_logs.get(origin), known, now=time.time())
        except Refused as refused:
            if refused.code not in _NEWER_KEYS:
                raise
            key_log = await self._key_logs.get(origin, fresh=True)
            return verify_served_proof(raw, subject, key_log, known, now=time.time())

    async def difference(self, subject: str, first: int, second: int) -> list[ChangedField]:
        """What changed between two versions of a subject, field by field."""
        path = _subject_path(subject) + "/difference"
        document = await self._json(path, [("from", str(first)), ("to", str(second))])
        changes = document.get("changes")
        if not isinstance(changes, list):
            raise PeerFault("client.answer", "the difference has no list of changes")
        return [ChangedField.read(change, "a difference") for change in changes]

    async def dump(self, **filters: Sequence[str]) -> AsyncGenerator[ServedRecord, None]:
        """All live records, or those of a search, in one stream: the quickest way. Begun anew when it is cut off.

        The stream names neither feed nor index: both are empty and -1.
        """
        headers = {"accept-encoding": "gzip"}
        async with self._connection.stream(f"{_API}/records.jsonl", _filters(filters), headers) as response:
            reader = LineReader(response.headers.get("content-encoding", "identity"), MAX_RECORD_BYTES)
            async for chunk in response.aiter_raw(65_536):
                for line in reader.feed(chunk):
                    record = await self._of_line(line)
                    if record is not None:
                        yield record
            reader.finish()

    # what happened

    def changes(self, *, page_size: int = 500, resume: str = "") -> AsyncItems[ChangeAnswer]:
        """Changes in the order of their arrival at the node, up to the newest. Keep `resume` and come back with it."""

        async def read(item: dict[str, Any]) -> ChangeAnswer | None:
            return ChangeAnswer.read(item, "a change")

        return AsyncItems(self._pages("/changes", [("limit", str(page_size))]), read, resume)

    async def follow_changes(self, last_id: str = "") -> AsyncGenerator[tuple[str, ChangeAnswer], None]:
        """Changes as they happen, each with the id to go on from; for ever, over broken connections."""
        while True:
            headers = {**_EVENTS, **({"last-event-id": last_id} if last_id else {})}
            try:
                async with self._connection.stream(f"{_API}/changes/stream", [], headers) as response:
                    lines = LineReader(response.headers.get("content-encoding", "identity"), MAX_LINE_BYTES)
                    events = EventReader(last_id)
                    async for chunk in response.aiter_raw():
                        for line in lines.feed(chunk):
                            event = events.feed(line)
                            if event is not None:
                                last_id = event.id
                                yield event.id, ChangeAnswer.read(_object(event.data.encode()), "a change")
            except EntrepotError as error:
                if error.code != "client.cut-off":
                    raise
            await self._connection.rest()  # a node that ends every stream at once is not asked in a circle

    # the node

    async def node(self) -> dict[str, Any]:
        """Who the node is and where its resources lie."""
        return await self._json("/")

    async def statistics(self) -> dict[str, Any]:
        """Counts of what the node holds."""
        return await self._json("/statistics")

    def peers(self) -> AsyncItems[dict[str, Any]]:
        """The feeds the node holds and their state."""
        return AsyncItems(self._pages("/peers", []), _as_it_is)

    def refused(self, *, resume: str = "") -> AsyncItems[dict[str, Any]]:
        """Records the node refused, with place and reason."""
        return AsyncItems(self._pages("/refused", []), _as_it_is, resume)

    def relations(self, *, resume: str = "") -> AsyncItems[dict[str, Any]]:
        """Relations of clusters with the state computed from both sides."""
        return AsyncItems(self._pages("/relations", []), _as_it_is, resume)

    async def catalogue(self) -> dict[str, Any]:
        """The DCAT-AP entry of the node."""
        return await self._json("/catalogue")

    async def schema_org(self, subject: str) -> dict[str, Any]:
        """The live record of a subject as schema.org JSON-LD."""
        return await self._json(_subject_path(subject) + "/schema.org")

    async def check(self, raw: bytes) -> list[Finding]:
        """Let the node check a file; it stores nothing."""
        document = _object(await self._connection.post(f"{_API}/check", raw))
        try:
            return [
                Finding(**{name: item[name] for name in Finding.__slots__}) for item in document["findings"]
            ]
        except (KeyError, TypeError) as error:
            raise PeerFault("client.answer", "the node gave findings of another shape") from error

    # publishing, on a node of your own

    async def publish(
        self, *profiles: Mapping[str, Any], license: str = "", key: str = ""
    ) -> PublishedAnswer:
        """Publish profiles, whole or not at all; what is answered is durable. `license`: SPDX, else the node's default.

        Without an answer the same is sent again under the same `key`, so nothing is done twice; with a key of your own you
        can go on after a crash. `PublishRejected` has all findings.
        """
        body = b"\n".join(json.dumps(dict(profile), ensure_ascii=False).encode() for profile in profiles)
        return await self._publishing(
            "POST", "/records", [("license", license)] if license else [], body, key
        )

    async def withdraw(self, subject: str, *, key: str = "") -> PublishedAnswer:
        """Withdraw a live subject of the node: its contents are erased there and at its peers."""
        return await self._publishing("DELETE", _subject_path(subject), [], b"", key)

    async def _publishing(
        self, method: str, path: str, parameters: list[tuple[str, str]], body: bytes, key: str
    ) -> PublishedAnswer:
        if not self._token:
            hint = "The operator of the node makes one with `entrepot token add`."
            raise Misuse("token.missing", "publishing needs a token", hint=hint)
        headers = {"authorization": f"Bearer {self._token}", "idempotency-key": key or uuid.uuid4().hex}
        raw = await self._connection.send(method, _API + path, parameters, body, headers)
        return PublishedAnswer.read(_object(raw), "the answer to publishing")

    async def key_log(self, origin: str) -> KeyLog:
        """The key log of an origin as the node serves it: compare its `scid` by phone, then pin it."""
        return await self._key_logs.fetch(origin)

    # inside

    def _pages(self, path: str, query: list[tuple[str, str]]) -> Any:
        async def fetch(cursor: str) -> PageAnswer:
            parameters = [*query, ("cursor", cursor)] if cursor else query
            return PageAnswer.read(await self._json(path, parameters), path)

        return fetch

    async def _json(self, path: str, parameters: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
        return _object(await self._connection.get(_API + path, list(parameters)))

    async def _served(self, item: dict[str, Any], *, history: bool = False) -> ServedRecord | None:
        answer = RecordAnswer.read(item, "a record")
        return await self._judge(
            answer.origin, answer.feed, answer.index, answer.digest, answer.record, history
        )

    async def _of_line(self, line: bytes) -> ServedRecord | None:
        document = read_json(line)
        return await self._judge(issuer_origin(document), "", -1, sha256(line).hex(), document, False)

    async def _judge(
        self, origin: str, feed: str, index: int, digest: str, document: dict[str, Any], history: bool
    ) -> ServedRecord | None:
        """Verify what was served, and do with a failure what `unverified` says."""
        require_record(document)
        try:
            await self._verify(origin, digest, document, history)
        except (Refused, PeerFault, Misuse) as error:
            if self._unverified == "refuse":
                raise
            if self._unverified == "skip":
                return None
            return ServedRecord(
                origin, feed, index, digest, document, False, f"{error.code}: {error.message}"
            )
        return ServedRecord(origin, feed, index, digest, document, True)

    async def _verify(self, origin: str, digest: str, document: dict[str, Any], history: bool) -> None:
        self._require_pinned(origin)
        try:
            verify_served(document, digest, await self._key_logs.get(origin), history=history)
        except Refused as refused:
            if refused.code != "key.unknown":
                raise
            verify_served(document, digest, await self._key_logs.get(origin, fresh=True), history=history)

    def _require_pinned(self, origin: str) -> None:
        if not self._key_logs.is_pinned(origin):
            hint = "Compare its fingerprint with its operator, then pin it; or read with unverified='mark'."
            raise Misuse("client.unpinned", f"nobody has confirmed the keys of {origin[:80]}", hint=hint)


async def _as_it_is(item: dict[str, Any]) -> dict[str, Any] | None:
    return item


def _require_about(found: ServedRecord, subject: str, revision: int | None = None) -> None:
    """Raise when a good record was served in the place of the one that was asked for: its signature tells nothing of that."""
    if found.document["credentialSubject"].get("id") != subject or revision not in (None, found.revision):
        raise PeerFault("client.answer", f"the node served another record than was asked for: {subject}")


def _object(raw: bytes) -> dict[str, Any]:
    # Answers hold times with fractions, which no signed bytes may; records in them are judged by their own rules.
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise PeerFault("client.answer", f"the node's answer is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise PeerFault("client.answer", "the node's answer is no JSON object")
    return document


def _filters(filters: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, values in filters.items() for value in values]


def _subject_path(subject: str) -> str:
    origin = subject_origin(subject)
    if origin is None:
        raise Misuse("client.subject", f"{subject[:120]!r} is no id of a subject")
    return f"/subjects/{origin}/{subject.rpartition('/')[2]}"


def _part(text: str) -> str:
    return quote(text, safe="")
