"""Entries of the vectors: builders, the few entries that most cases stand on, and the shape of a case."""

from __future__ import annotations

from typing import Any

from entrepot_conformance.reader.entries import STOP, FeedState, digest_of, encode_entry

from . import lines
from .seeds import ORIGIN, seed, subject_id

ACME, BETA = subject_id("acme"), subject_id("beta")
DID = f"did:web:{ORIGIN}"
TIME = "2026-05-04T09:30:00Z"


def digest(name: str) -> bytes:
    """Return a digest that stands for some content."""
    return seed(f"content {name}")


def entry(op: str, subject: Any, prev: Any, content: bytes | None, **members: Any) -> bytes:
    """Write an entry; keyword arguments add or replace members, `None` as a value is JSON null."""
    kind = "keys" if op == "keys" else "company"
    fields = {"op": op, "prev": prev, "subject": subject, "time": TIME, "type": kind, **members}
    return encode_entry(fields, content)


def publish(subject: Any, prev: Any, name: str, **members: Any) -> bytes:
    """Write a publish entry."""
    return entry("publish", subject, prev, digest(name), **members)


def withdraw(subject: Any, prev: Any, **members: Any) -> bytes:
    """Write a withdraw entry."""
    return entry("withdraw", subject, prev, None, **members)


KEYS_1 = entry("keys", DID, None, digest_of(lines.KEY_LOG_1[:-1]))
KEYS_2 = entry("keys", DID, 0, digest_of(lines.KEY_LOG_2.split(b"\n")[1]))
ONE = [KEYS_1, publish(ACME, None, "acme 1")]
GONE = [*ONE, withdraw(ACME, 1)]


def entry_case(name: str, before: list[bytes], raw: bytes, ids: str, code: str = "") -> dict[str, Any]:
    """Build a case: `raw` after the entries of `before`; without a code it is effective."""
    kind = "stop" if code == STOP else "inert" if code else "effective"
    state = FeedState(ORIGIN)
    inert = [index for index, item in enumerate(before) if state.take(item).kind == "inert"]
    facts: dict[str, Any] = {"before_inert": inert} if inert else {}
    facts |= {"expect": kind, "code": code} if code else {"expect": kind}
    return {
        "name": name,
        "ids": ids.split(),
        **facts,
        "before": [item.hex() for item in before],
        "entry": raw.hex(),
    }
