"""Bodies that are sent to the API: their media types, their bounds, and how many are taken in at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import Request
from starlette.exceptions import HTTPException

_READ_SECONDS = 60
_MEDIA_TYPES = (
    "application/json",
    "application/jsonl",
    "application/x-ndjson",
    "application/ld+json",
    "text/plain",
    "application/octet-stream",
    "",
)


class Readers:
    """How many bodies may be taken in at once, as they are held in memory; counted on the event loop."""

    def __init__(self, count: int, busy: Callable[[], Exception]) -> None:
        self._free = count
        self._busy = busy

    def __enter__(self) -> None:
        if self._free == 0:
            raise self._busy()
        self._free -= 1

    def __exit__(self, *_: object) -> None:
        self._free += 1


async def read_posted(request: Request, max_bytes: int) -> bytes:
    """Read a body of JSON or JSON Lines whole; raise 408, 413 or 415."""
    _require_readable(request, max_bytes)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_READ_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > max_bytes:
                    raise _too_large(max_bytes)
                parts.append(part)
    except TimeoutError as error:
        raise HTTPException(408, "the body did not come in time") from error
    return b"".join(parts)


def _require_readable(request: Request, max_bytes: int) -> None:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(415, "send the file as it is, without content encoding")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _MEDIA_TYPES:
        raise HTTPException(415, "send JSON or JSON Lines")
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> HTTPException:
    return HTTPException(413, f"the body has more than {max_bytes} bytes")
