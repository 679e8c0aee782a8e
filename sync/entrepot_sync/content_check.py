"""Checking contents against their entries: what is stored, kept for later, or refused with a reason (LOG-21 to LOG-24)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, TypeVar

from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Refused
from entrepot_schema.keys import PublicKey
from entrepot_schema.record import Record, Statement, verify_record, verify_records
from entrepot_sync.entry import KEYS, PUBLISH, Decision
from entrepot_sync.feed_store import Content, Status

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """All that the verdict on a content of one feed depends on."""

    digest: bytes
    statement: Statement
    key: PublicKey

    def __hash__(self) -> int:
        return hash(self.digest)  # it tells them apart, and each is looked for once a record


class EarlyCheck(Protocol):
    """Checks contents before their entries are decided, for example in other processes.

    It has to guess what deciding will say of an entry. A verdict counts only where that very question is asked later, so a
    wrong guess costs time and nothing else. It is entered for one pull.
    """

    def __enter__(self) -> EarlyCheck: ...

    def __exit__(self, *raised: object) -> None: ...

    async def check(
        self, entries: Sequence[bytes], offered: Mapping[bytes, bytes], *, origin: str, key: PublicKey
    ) -> Mapping[Question, Content]:
        """Judge what is offered for some entries, by digest, as `check_content` does. May leave any of them out."""

    async def beside(self, work: Callable[[], T]) -> T:
        """Do some work to its end, if it can be while other contents are fetched and checked."""


class NoEarlyCheck:
    """Leaves all checks to the moment when they are due."""

    def __enter__(self) -> NoEarlyCheck:
        return self

    def __exit__(self, *raised: object) -> None:
        """Nothing was opened."""

    async def check(
        self, entries: Sequence[bytes], offered: Mapping[bytes, bytes], *, origin: str, key: PublicKey
    ) -> Mapping[Question, Content]:
        return {}

    async def beside(self, work: Callable[[], T]) -> T:
        return work()


def by_digest(contents: Iterable[bytes]) -> dict[bytes, bytes]:
    """Index contents by their SHA-256; what matches no entry is never looked at again (LOG-50)."""
    return {sha256(raw): raw for raw in contents}


def check_contents(
    decisions: Iterable[Decision],
    offered: Mapping[bytes, bytes],
    *,
    origin: str,
    keys: Mapping[int, PublicKey],
    known: Mapping[Question, Content] = MappingProxyType({}),
) -> dict[int, Content]:
    """Check the offered contents of effective `publish` entries; one result an index.

    `keys[index]` is the record key in force at an index. An entry whose content was not offered has no result. `known`
    are verdicts of an earlier check.
    """
    results: dict[int, Content] = {}
    for decision in decisions:
        entry, after = decision.entry, decision.after
        if entry is None or after is None or entry.op != PUBLISH or entry.digest is None:
            continue
        if entry.digest not in offered:
            continue
        statement = Statement(entry.subject, entry.type, entry.time, after.publishes)
        key = keys[decision.index]
        results[decision.index] = known.get(Question(entry.digest, statement, key)) or check_content(
            offered[entry.digest], statement, origin=origin, key=key
        )
    return results


def check_content(raw: bytes, statement: Statement, *, origin: str, key: PublicKey) -> Content:
    """Check one content whose digest fits its entry. A bad one is refused; nothing is raised (LOG-26)."""
    try:
        return _content_of(raw, verify_record(raw, statement, origin=origin, key=key))
    except Refused as refused:
        return _content_of(raw, refused)


def read_contents(
    contents: Sequence[tuple[bytes, Statement]], *, origin: str, key: PublicKey
) -> list[tuple[Content, Record | None]]:
    """Check many as `check_content` does, and hand out the records of those that are good."""
    found = verify_records(contents, origin=origin, key=key)
    return [
        (_content_of(raw, one), one if isinstance(one, Record) else None)
        for (raw, _), one in zip(contents, found, strict=True)
    ]


def _content_of(raw: bytes, found: Record | Refused) -> Content:
    if isinstance(found, Record):
        return Content(Status.STORED, raw)
    if found.code == "schema.unknown-version":
        return Content(Status.KEPT, raw, found.code)
    return Content(Status.REFUSED, None, found.code, found.pointer)


def is_keys_entry(decision: Decision) -> bool:
    """Answer whether the decision is an effective `keys` entry."""
    return decision.entry is not None and decision.entry.op == KEYS
