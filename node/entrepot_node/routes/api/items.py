"""From rows of the store to items of an answer, as bytes of JSON.

A signed record is put in as its bytes: it is canonical JSON, checked when it was stored, and costs nothing to write.
"""

from __future__ import annotations

from typing import Any

from entrepot_node.routes.api.shapes import Change, Place, Version
from entrepot_node.storage.reading import ChangeRow, VersionRow
from entrepot_sync.entry import parse_entry
from entrepot_sync.feed_store import Status


def record_item(row: VersionRow) -> bytes:
    """Write one live record with its place."""
    return with_record(place_of(row), row)


def version_item(row: VersionRow) -> bytes:
    """Write one version; its record is null unless the row brings it."""
    return with_record(version_of(row), row)


def with_record(item: Place, row: VersionRow) -> bytes:
    """Write an item and, as its last member, the signed record of its row."""
    return before_record(item.model_dump_json().encode(), row)


def before_record(head: bytes, row: VersionRow) -> bytes:
    """Put the signed record of a row behind the members of an item."""
    held = row.raw is not None and row.status is Status.STORED
    return head[:-1] + b',"record":' + ((row.raw or b"") if held else b"null") + b"}"


def place_of(row: VersionRow) -> Place:
    """Where a version stands."""
    return Place(**_place(row))


def version_of(row: VersionRow) -> Version:
    """A version without its content."""
    return Version(
        **_place(row),
        revision=row.revision,
        status=row.status.value,
        live=row.live,
        withdrawn=row.withdrawn,
        code=row.code,
        pointer=row.pointer,
    )


def change_of(row: ChangeRow) -> Change:
    """One change; the entry says what it is."""
    entry = parse_entry(row.entry)
    return Change(
        origin=row.origin,
        feed=row.feed_name,
        index=row.index,
        op=entry.op,
        subject=entry.subject,
        type=entry.type,
        time=entry.time,
        digest=entry.digest.hex() if entry.digest else None,
        status=row.status.value if row.status else None,
        resigned=row.resigned,
    )


def _place(row: VersionRow) -> dict[str, Any]:
    return {"origin": row.origin, "feed": row.feed_name, "index": row.index, "digest": row.digest.hex()}
