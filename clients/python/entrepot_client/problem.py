"""What a refusal of the server means for the caller: problem details (RFC 9457) as one error of the tree."""

from __future__ import annotations

from typing import Any

from entrepot_schema.errors import EntrepotError, Misuse, PeerFault, Refused, Unavailable
from entrepot_schema.strict_json import read_json

MAX_PROBLEM_BYTES = 64 * 1024
_SHOWN = 300


def error_of(status: int, body: bytes, retry_after: float | None) -> EntrepotError:
    """Make the error of an answer that is no success. The server's code is kept where it gives one."""
    document = _read(body)
    code, detail, hint = (_text(document.get(name)) for name in ("code", "detail", "hint"))
    message = detail or f"the node answered {status}"
    if status in (429, 503):
        return Unavailable(code or "client.throttled", message, hint=hint, retry_after=retry_after)
    if status >= 500:
        return Unavailable(code or "client.status", message, hint=hint)
    if 400 <= status < 500:
        return Misuse(code or "client.status", message, hint=hint)
    return PeerFault("client.status", f"the node answered {status}; redirects are not followed")


def _read(body: bytes) -> dict[str, Any]:
    try:
        return read_json(body, max_bytes=MAX_PROBLEM_BYTES)
    except Refused:
        return {}


def _text(value: object) -> str:
    return value[:_SHOWN] if isinstance(value, str) else ""
