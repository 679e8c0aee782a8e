"""The part of the storage contract about receipts: up to which head others mirror our feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """What the mirror of one peer last vouched for: `size` 0 where it never did. `asked_size` was our size then."""

    origin: str
    feed_name: str
    size: int
    time: int
    success_at: float | None
    attempt_at: float
    next_at: float
    asked_size: int
    failures: int
    code: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The last withdrawal of a subject of a feed. `live`: published again since."""

    subject: str
    type: str
    index: int
    live: bool


class ReceiptStore(Protocol):
    """See `interface` for what all methods promise."""

    def receipts(self) -> list[ReceiptRow]:
        """All receipts, by origin."""
        ...

    def put_receipt(self, receipt: ReceiptRow) -> None:
        """Keep the newest receipt of a peer."""
        ...

    def withdrawals(
        self, feed_id: int, *, before: int = 2**62, limit: int, subject: str = ""
    ) -> list[Withdrawal]:
        """Withdrawals of a feed below an index, newest first; of one subject where one is named."""
        ...
