"""What a refusal of the server means for the caller: problem details (RFC 9457) as one error of the tree."""

from __future__ import annotations

from typing import Any

from entrepot_schema.errors import EntrepotError, Misuse, PeerFault, Refused, Unavailable
from entrepot_schema.findings import Finding
from entrepot_schema.strict_json import read_json

MAX_PROBLEM_BYTES = 1024 * 1024
_SHOWN = 300


class PublishRejected(Misuse):
    """Profiles that the node does not publish; `findings` pairs the place of each profile with each fault."""

    def __init__(self, code: str, message: str, hint: str, findings: list[tuple[int, Finding]]) -> None:
        super().__init__(code, message, hint=hint)
        self.findings = findings


def error_of(status: int, body: bytes, retry_after: float | None) -> EntrepotError:
    """Make the error of an answer that is no success. The server's code is kept where it gives one."""
    document = _read(body)
    code, detail, hint = (_text(document.get(name)) for name in ("code", "detail", "hint"))
    message = detail or f"the node answered {status}"
    if status in (429, 503):
        return Unavailable(code or "client.throttled", message, hint=hint, retry_after=retry_after)
    if status >= 500:
        return Unavailable(code or "client.status", message, hint=hint)
    if 400 <= status < 500 and document.get("findings"):
        return PublishRejected(code, message, hint, _findings(document["findings"]))
    if 400 <= status < 500:
        return Misuse(code or "client.status", message, hint=hint)
    return PeerFault("client.status", f"the node answered {status}; redirects are not followed")


def _findings(items: Any) -> list[tuple[int, Finding]]:
    try:
        return [
            (int(item["record"]), Finding(**{name: item[name] for name in Finding.__slots__}))
            for item in items
        ]
    except (KeyError, TypeError, ValueError):
        return []


def _read(body: bytes) -> dict[str, Any]:
    try:
        return read_json(body, max_bytes=MAX_PROBLEM_BYTES)
    except Refused:
        return {}


def _text(value: object) -> str:
    return value[:_SHOWN] if isinstance(value, str) else ""
