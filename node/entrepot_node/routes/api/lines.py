"""`/records.jsonl`: everything, or what a search finds, in one answer that may be as long as it likes.

Read page by page and written as it is read: memory stays the same however much there is, a slow reader holds no view
of the store, and what is withdrawn meanwhile is not sent any more (EXC-54).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.search_parameters import WantedRecords
from entrepot_node.routes.caching import MINUTE, accepts_gzip, gzip_lines, short_tag, unchanged, validators
from entrepot_node.storage.interface import Store

LINES = "application/jsonl"
_GZIP_LEVEL = 1  # a bulk answer is limited by how fast it is packed
_GZIP_WBITS = 31
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
        has changed. Send `Accept-Encoding: gzip` for a fifth of the bytes.
        """
        time = now()
        tag = short_tag(f"{store.state()}\n{wanted.name(time)}".encode())
        same = unchanged(request, tag, MINUTE, compress=True)
        if same is not None:
            return same
        packed = accepts_gzip(request)
        headers = (
            gzip_lines(tag, LINES, MINUTE)
            if packed
            else {"content-type": LINES, **validators(tag, MINUTE, varies=True)}
        )
        if request.method == "HEAD":
            return Response(headers=headers)
        raw = _joined(store.stream(wanted.query(), now=time.timestamp()))
        return StreamingResponse(_packed(raw) if packed else raw, headers=headers)


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


def _packed(parts: Iterable[bytes]) -> Iterator[bytes]:
    packer: Any = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WBITS)
    for part in parts:
        if some := packer.compress(part):
            yield some
    yield packer.flush()
