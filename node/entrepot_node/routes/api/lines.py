"""`/records.jsonl`: everything, or what a search finds, in one answer that may be as long as it likes.

Read page by page and written as it is read: memory stays the same however much there is, a slow reader holds no view
of the store, and what is withdrawn meanwhile is not sent any more (EXC-54).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.search_parameters import WantedRecords
from entrepot_node.routes.caching import MINUTE, packed_lines, short_tag, unchanged, validators
from entrepot_node.routes.codings import STREAM, Coding, accepted
from entrepot_node.storage.interface import Store

LINES = "application/jsonl"
_CHUNK_BYTES = 256 * 1024
_SCHEMA = {
    "type": "string",
    "description": "JSON Lines: one signed record a line, byte for byte as it was signed.",
}
_EXAMPLE = '{"@context":["https://www.w3.org/ns/credentials/v2","https://w3id.org/entrepot/ns/v1"],"…":"…"}\n'


def add_lines(router: APIRouter, store: Store, now: Callable[[], datetime]) -> None:
    """Add the stream of all records."""

    @router.get(
        "/records.jsonl",
        **operation(
            "exportRecords", "Records", "Download records in one stream",
            media_type=LINES, schema=_SCHEMA, example=_EXAMPLE,
        ),
    )  # fmt: skip
    def lines(request: Request, wanted: WantedRecords) -> Response:
        """All live records held here, or those a search finds, one a line, each with its licence inside.

        The tag is that of the state of this node: ask again with `If-None-Match`, and nothing is sent while nothing
        has changed. Send `Accept-Encoding: zstd, gzip` for a fifth of the bytes.
        """
        time = now()
        tag = short_tag(f"{store.state()}\n{wanted.name(time)}".encode())
        same = unchanged(request, tag, MINUTE, STREAM)
        if same is not None:
            return same
        (coding, *_) = (*accepted(request, STREAM), None)
        headers = (
            packed_lines(tag, LINES, MINUTE, coding, STREAM)
            if coding
            else {"content-type": LINES, **validators(tag, MINUTE, STREAM)}
        )
        if request.method == "HEAD":
            return Response(headers=headers)
        raw = _joined(store.stream(wanted.query(), now=time.timestamp()))
        return StreamingResponse(_packed(raw, coding) if coding else raw, headers=headers)


def _joined(records: Iterable[bytes]) -> Iterator[bytes]:
    pending: list[bytes] = []
    size = 0
    for raw in records:
        pending.append(raw + b"\n")
        size += len(raw)
        if size >= _CHUNK_BYTES:
            yield b"".join(pending)
            pending, size = [], 0
    yield b"".join(pending)


def _packed(parts: Iterable[bytes], coding: Coding) -> Iterator[bytes]:
    packer = coding.packer()
    for part in parts:
        if some := packer.compress(part):
            yield some
    yield packer.flush()
