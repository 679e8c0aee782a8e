"""Reading the body of a request with a bound."""

from __future__ import annotations

from fastapi import Request


async def read_body(request: Request, max_bytes: int) -> bytes | None:
    """Read the body; None when it is too long, as soon as that is seen."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > max_bytes:
            return None
    return bytes(body)
