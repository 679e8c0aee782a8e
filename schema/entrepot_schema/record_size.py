"""Is a profile or record too large for the wire (SIG-02)? In a file it may be larger, and is read all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.findings import Finding, finding
from entrepot_schema.strict_json import MAX_RECORD_BYTES

_HINT = "Shorten texts or drop languages; long material belongs on the organisation's own web site."
_LEAST_BYTES = 2  # of each value in a document: itself and what divides it from the next


def size_findings(value: dict[str, Any]) -> Iterator[Finding]:
    """Yield `json.too-large` for a value of more bytes than any record may have."""
    size = len(canonical_bytes(value))
    if size > MAX_RECORD_BYTES:
        message = f"this has {size} bytes without white space; {MAX_RECORD_BYTES} are allowed in a record"
        yield finding("json.too-large", message, hint=_HINT)


def count_findings(value: dict[str, Any]) -> Iterator[Finding]:
    """Yield `json.too-large` for a value of more parts than fit a record: asked before the schema, which holds each apart.

    A long text is left to the schema, which says where it stands.
    """
    if len(canonical_bytes(value)) > MAX_RECORD_BYTES and _has_more_parts(
        value, MAX_RECORD_BYTES // _LEAST_BYTES
    ):
        yield from size_findings(value)


def _has_more_parts(value: dict[str, Any], most: int) -> bool:
    waiting: list[Any] = [value]
    while waiting and most >= 0:
        one = waiting.pop()
        if isinstance(one, dict | list):
            most -= len(one)
            waiting += one.values() if isinstance(one, dict) else one
    return most < 0
