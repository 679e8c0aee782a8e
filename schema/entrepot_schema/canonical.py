"""Canonical bytes, RFC 8785 (SIG-09), and digests of them.

Under the rules of `strict_json` (whole numbers within ±(2^53−1), ASCII member names, no lone surrogates)
orjson with sorted members writes exactly RFC 8785, sixty times faster than the reference; tests prove the two
equal. This is the only module that lets orjson near signed bytes.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from entrepot_schema.errors import Refused
from entrepot_schema.strict_json import MAX_RECORD_BYTES, read_json


def canonical_bytes(value: Any) -> bytes:
    """Write a value that came from `read_json`, or was built under its rules, as canonical bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def read_canonical(raw: bytes, *, max_bytes: int = MAX_RECORD_BYTES) -> dict[str, Any]:
    """Read a document that must be exactly its own canonical bytes (SIG-09)."""
    value = read_json(raw, max_bytes=max_bytes)
    if canonical_bytes(value) != raw:
        hint = "Members sorted by name, no white space, shortest escapes: RFC 8785."
        raise Refused("json.not-canonical", "the document is not in canonical form", hint=hint)
    return value


def sha256(raw: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(raw).digest()
