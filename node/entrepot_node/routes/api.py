"""`/api/v1`: records, changes, peers, for people who want no Merkle trees (spec: exchange §3)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from entrepot_node.problems import problem
from entrepot_node.storage.interface import FollowRow, Store, VersionRow
from entrepot_schema.canonical import read_canonical
from entrepot_schema.errors import Misuse
from entrepot_sync.entry import parse_entry
from entrepot_sync.feed_store import FeedRow

Limit = Annotated[int, Query(ge=1, le=1000)]
Cursor = Annotated[
    str, Query(max_length=64, description="What an earlier answer gave as `next`; empty for the start.")
]


class RecordItem(BaseModel):
    """One live record: where it comes from, and the signed document."""

    origin: str
    feed: str
    index: int
    digest: str = Field(description="SHA-256 of the record's bytes, hex.")
    record: dict[str, Any]


class RecordPage(BaseModel):
    """A page of records. `next` is empty on the last page."""

    items: list[RecordItem]
    next: str


class VersionItem(BaseModel):
    """One version of a subject. `record` is there when its content is held."""

    origin: str
    feed: str
    index: int
    revision: int
    digest: str
    status: str
    live: bool
    code: str
    record: dict[str, Any] | None


class Subject(BaseModel):
    """All that is known here of one subject, newest version first."""

    id: str
    type: str
    versions: list[VersionItem]


class Change(BaseModel):
    """One effective entry, in the order of arrival at this node."""

    origin: str
    feed: str
    index: int
    op: str
    subject: str
    type: str
    time: str
    digest: str | None
    status: str | None


class ChangePage(BaseModel):
    """A page of changes. Read on from `next` at any time; it is never empty."""

    items: list[Change]
    next: str
    more: bool


class Counts(BaseModel):
    """Live subjects of a feed by what is held of their content."""

    live: int
    stored: int
    missing: int
    refused: int
    kept: int
    withdrawn: int
    inert: int


class Peer(BaseModel):
    """A feed held here, our own first, and how its pulls go."""

    origin: str
    feed: str
    own: bool
    fingerprint: str
    size: int
    root: str
    stored: int
    state: str
    code: str
    message: str
    counts: Counts
    base_url: str | None
    paused: bool
    last_success: float | None
    next_pull: float | None
    failures: int


class RefusedItem(BaseModel):
    """A live record that breaks a rule: its place and the reason, never its content."""

    origin: str
    feed: str
    index: int
    subject: str
    digest: str
    code: str
    pointer: str


def api_routes(store: Store) -> APIRouter:
    """The routes of version 1."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/records")
    def records(
        limit: Limit = 100, cursor: Cursor = "", type: Annotated[str, Query(pattern="^[a-z]{0,32}$")] = ""
    ) -> RecordPage:
        """Live records in a fixed order."""
        found = store.live_records(after=_read_cursor(cursor), limit=limit, type=type)
        last = _write_cursor(*found[-1][0]) if len(found) == limit else ""
        return RecordPage(items=[_record_item(version) for _, version in found], next=last)

    @router.get("/records.jsonl")
    def all_records() -> Response:
        """Stream all live records held, one signed record a line, in bytes as they were signed."""
        return StreamingResponse(_lines(store), media_type="application/jsonl")

    @router.get("/records/{subject:path}", responses={404: {"description": "No such subject here."}})
    def record(subject: str) -> Any:
        """All versions of one subject."""
        versions = store.versions(subject)
        if not versions:
            return problem(404, "record.unknown", f"there is no subject {subject[:200]} here")
        return Subject(
            id=subject, type=versions[0].type, versions=[_version_item(version) for version in versions]
        )

    @router.get("/changes")
    def changes(limit: Limit = 100, cursor: Cursor = "") -> ChangePage:
        """What changed behind a cursor, in the order of arrival; keep `next` and come back with it."""
        _, after = _read_cursor(cursor, first=0)
        rows = store.changes(after=after, limit=limit)
        items = []
        for row in rows:
            entry = parse_entry(row.entry)
            items.append(
                Change(
                    origin=row.origin, feed=row.feed_name, index=row.index, op=entry.op, subject=entry.subject,
                    type=entry.type, time=entry.time, digest=entry.digest.hex() if entry.digest else None,
                    status=row.status.value if row.status else None,
                )
            )  # fmt: skip
        last = rows[-1].seq if rows else after
        return ChangePage(items=items, next=_write_cursor(0, last), more=len(rows) == limit)

    @router.get("/peers")
    def peers() -> list[Peer]:
        """The feeds held here and their state."""
        follows = {follow.feed_id: follow for follow in store.follows()}
        return [_peer(store, feed, follows.get(feed.id)) for feed in store.feeds()]

    @router.get("/refused")
    def refused(limit: Limit = 100) -> list[RefusedItem]:
        """Live records that were refused, and why."""
        return [
            RefusedItem(
                origin=row.origin, feed=row.feed_name, index=row.index, subject=row.subject,
                digest=row.digest.hex(), code=row.code, pointer=row.pointer,
            )
            for row in store.refused(limit=limit)
        ]  # fmt: skip

    return router


def _lines(store: Store) -> Iterator[bytes]:
    pending: list[bytes] = []
    for version in store.stream_records():
        pending.append((version.raw or b"") + b"\n")
        if len(pending) >= 200:
            yield b"".join(pending)
            pending.clear()
    yield b"".join(pending)


def _record_item(version: VersionRow) -> RecordItem:
    return RecordItem(
        origin=version.origin,
        feed=version.feed_name,
        index=version.index,
        digest=version.digest.hex(),
        record=_document(version) or {},
    )


def _version_item(version: VersionRow) -> VersionItem:
    return VersionItem(
        origin=version.origin, feed=version.feed_name, index=version.index, revision=version.revision,
        digest=version.digest.hex(), status=version.status.value, live=version.live, code=version.code,
        record=_document(version),
    )  # fmt: skip


def _document(version: VersionRow) -> dict[str, Any] | None:
    if version.raw is None or version.status.value != "stored":
        return None
    return read_canonical(version.raw)


def _peer(store: Store, feed: FeedRow, follow: FollowRow | None) -> Peer:
    counts = store.counts(feed.id)
    failed = feed.state == "live" and follow is not None and follow.failures > 0
    return Peer(
        origin=feed.origin, feed=feed.name, own=feed.own, fingerprint=feed.key_log.scid,
        size=feed.head.size, root=feed.head.root.hex(), stored=feed.size,
        state="silent" if failed else feed.state,
        code=follow.last_code if failed and follow else feed.state_code,
        message=follow.last_text if failed and follow else feed.state_text,
        counts=Counts(**{name: getattr(counts, name) for name in Counts.model_fields}),
        base_url=follow.base_url if follow else None,
        paused=bool(follow and follow.paused),
        last_success=follow.success_at if follow else None,
        next_pull=follow.next_at if follow else None,
        failures=follow.failures if follow else 0,
    )  # fmt: skip


def _write_cursor(first: int, second: int) -> str:
    return base64.urlsafe_b64encode(f"{first}.{second}".encode()).decode("ascii").rstrip("=")


def _read_cursor(cursor: str, first: int = -1) -> tuple[int, int]:
    if not cursor:
        return first, -1
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode(
            "ascii"
        )
        one, _, two = raw.partition(".")
        values = int(one), int(two)
    except ValueError as error:
        raise Misuse("http.cursor", "this cursor was not given by this node") from error
    if _write_cursor(*values) != cursor or max(values) > 2**62 or min(values) < -1:
        raise Misuse("http.cursor", "this cursor was not given by this node")
    return values
