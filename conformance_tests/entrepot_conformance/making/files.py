"""Writing vectors: one spelling of JSON, so that making them again gives the same bytes."""

from __future__ import annotations

import base64
import json
from typing import Any

Files = dict[str, bytes]


def json_file(about: str, **content: Any) -> bytes:
    """Write one vector file; `about` says what it is and how bytes are written in it."""
    document = {"about": about, "licence": "CC0-1.0", **content}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def base64_text(data: bytes) -> str:
    """Write bytes as base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def verdict(code: str) -> dict[str, str]:
    """Return the members that say how a case ends: refused with `code`, accepted without one."""
    return {"expect": "refuse", "code": code} if code else {"expect": "accept"}
