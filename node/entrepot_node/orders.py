"""What is wanted of the write path, and what was done: publications, receipts, and the orders of several callers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from entrepot_node.drafts import Draft, made_draft
from entrepot_node.storage.answers import AnswerRow
from entrepot_schema.errors import Misuse
from entrepot_schema.findings import Finding


@dataclass(frozen=True, slots=True)
class Publication:
    """A profile to publish that a program has made. Without an `id` a new subject is minted.

    `by_default`: nobody named the licence, so a live record keeps the one it has.
    """

    profile: dict[str, Any]
    license: str
    by_default: bool = False

    def draft(self) -> Draft:
        """The same as bytes."""
        return made_draft(self.profile, self.license, by_default=self.by_default)


Wanted = Publication | Draft


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was durably done for one request: the entry's index, None where nothing had to be done."""

    subject: str
    type: str
    revision: int
    index: int | None


class PublishRefused(Misuse):
    """Profiles that may not be signed; `faults` pairs the place in the request with each fault."""

    def __init__(self, faults: list[tuple[int, Finding]]) -> None:
        place, first = faults[0]
        message = f"{len(faults)} faults; the first: record {place + 1}{first.pointer}: {first.message}"
        super().__init__("publish.refused", message, hint="Run `entrepot check` on the file for all of them.")
        self.faults = faults


class NotLive(Misuse):
    """A subject that is to be withdrawn and is not live."""

    def __init__(self, subject: str) -> None:
        hint = "`entrepot show` lists what this node has published."
        super().__init__("publish.not-live", f"{subject} is not a live subject of this node", hint=hint)


def key_reused() -> Misuse:
    """The error for a request under the key of another one."""
    hint = "Make a new key for each new request; use one again only to ask the very same again."
    return Misuse("publish.key-reused", "another request came under this Idempotency-Key", hint=hint)


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The name of a request that may come again, and a hash of all it asks. Both 32 bytes."""

    key: bytes
    request: bytes


@dataclass(frozen=True, slots=True)
class Order:
    """What one caller wants done, whole or not at all. With a `key` it is answered the same for a day."""

    publications: Sequence[Wanted] = ()
    withdrawals: Sequence[str] = ()
    key: RequestKey | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """An order that was carried out. `size`: of the head of the feed that holds all of it."""

    feed: str
    size: int
    receipts: Sequence[Receipt]

    def to_bytes(self) -> bytes:
        """Write it as JSON, as it is kept and answered."""
        items = [asdict(receipt) for receipt in self.receipts]
        return orjson.dumps({"feed": self.feed, "size": self.size, "items": items})

    @classmethod
    def from_bytes(cls, raw: bytes) -> Done:
        """Read what `to_bytes` wrote."""
        document = orjson.loads(raw)
        receipts = [Receipt(**item) for item in document["items"]]
        return cls(document["feed"], document["size"], receipts)


def answer_of(order: Order, done: Done) -> list[AnswerRow]:
    """What is kept of an order that was carried out: one answer, or none."""
    return [AnswerRow(order.key.key, order.key.request, done.to_bytes())] if order.key else []


def repeated(orders: Sequence[Order]) -> dict[int, int]:
    """Orders whose key stands in an earlier one of the same group, each with the first such."""
    first: dict[bytes, int] = {}
    found = {}
    for place, order in enumerate(orders):
        if order.key and first.setdefault(order.key.key, place) != place:
            found[place] = first[order.key.key]
    return found
