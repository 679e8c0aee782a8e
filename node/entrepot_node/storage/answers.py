"""The part of the storage contract about answers: what somebody who published over HTTP was told (docs/publishing.md).

Whoever lost the answer asks again with the same key, and is told the same. So an answer is written in the transaction
that does what it says, and is there whenever that is done. Answers hold ids and numbers, no contents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from entrepot_sync.feed_store import Chunk

ANSWER_SECONDS = 86_400.0
"""How long an answer is kept."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer under the key of its request; `request` is a hash of all that was asked."""

    key: bytes
    request: bytes
    raw: bytes


class AnswerStore(Protocol):
    """See `interface` for what all methods promise."""

    def append(self, feed_id: int, chunk: Chunk, *, answers: Iterable[AnswerRow] = ()) -> None:
        """Store a chunk, and with it what those who wanted it are answered; `Conflict` as for any chunk."""
        ...

    def keep_answers(self, answers: Iterable[AnswerRow]) -> None:
        """Keep answers where there is nothing to store but them."""
        ...

    def answers(self, keys: Iterable[bytes]) -> dict[bytes, AnswerRow]:
        """The answers under some keys that are not older than a day, by key."""
        ...
