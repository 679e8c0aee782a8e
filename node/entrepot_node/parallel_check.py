"""Checking contents on all cores: the early check of a large pull (EXC-31), and of what is published in bulk.

Each worker verifies records and reads out of them what searching needs. What workers leave out is checked where it is due.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from entrepot_node.searching.document import Document, PreparedDocument, document_of
from entrepot_node.workers import PATIENCE_SECONDS, Workers
from entrepot_schema.errors import EntrepotError
from entrepot_schema.keys import PublicKey
from entrepot_schema.record import Record, Statement
from entrepot_sync.content_check import Question, read_contents
from entrepot_sync.entry import PUBLISH, parse_entry
from entrepot_sync.feed_store import Content, Status

_JOB_RECORDS = 128
_REVISION = b'"revision":'
_DIGITS = 15

_DIGEST = slice(-37, -5)  # where it stands in an entry that has one

Job = list[tuple[bytes, bytes]]  # entry and content
T = TypeVar("T")


class Verdict(NamedTuple):
    """What a worker found. Plain values: they travel faster than objects."""

    subject: str
    type: str
    time: str
    revision: int
    status: str
    code: str
    pointer: str
    document: tuple[Any, ...] | None


Answer = list[tuple[Any, ...] | None]


class Asked(NamedTuple):
    """Jobs that workers have, each with what will be the answer, and what the verdicts depend on."""

    jobs: Sequence[tuple[Job, Future[Answer | None]]]
    key: PublicKey
    today: int


class ParallelCheck:
    """An `EarlyCheck` with one worker a core, for as long as it is entered."""

    def __init__(self, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._workers = Workers(patience_seconds=patience_seconds)
        # One, always the same: memory that one thread gave back another does not get.
        self._storing = ThreadPoolExecutor(1, "storing")

    def __enter__(self) -> ParallelCheck:
        self._workers.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._storing.shutdown()
        self._workers.__exit__(*raised)

    async def check(
        self, entries: Sequence[bytes], offered: Mapping[bytes, bytes], *, origin: str, key: PublicKey
    ) -> Mapping[Question, Content]:
        asked = ask(self._workers, entries, offered, origin=origin, key=key)
        await asyncio.gather(*(asyncio.wrap_future(answer) for _, answer in asked.jobs))
        return verdicts(asked)

    async def beside(self, work: Callable[[], T]) -> T:
        """Do some work in a thread: whoever stores lets others fetch meanwhile, and workers never wait for contents."""
        running = asyncio.get_running_loop().run_in_executor(self._storing, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            # What is begun is stored, before anybody is told that the pull ended.
            await asyncio.wait([running])
            raise


def ask(
    workers: Workers,
    entries: Sequence[bytes],
    offered: Mapping[bytes, bytes],
    *,
    origin: str,
    key: PublicKey,
) -> Asked:
    """Let workers begin to check contents, and go on meanwhile; `verdicts` waits for them."""
    pairs = [(raw, content) for raw in entries if (content := offered.get(raw[_DIGEST])) is not None]
    today = datetime.fromtimestamp(time.time(), UTC).toordinal()
    jobs = [pairs[begin : begin + _JOB_RECORDS] for begin in range(0, len(pairs), _JOB_RECORDS)]
    return Asked([(job, workers.ask(_check_job, job, origin, key, today)) for job in jobs], key, today)


def verdicts(asked: Asked) -> Mapping[Question, Content]:
    """What workers say of the contents they were asked about; nothing of those that they cannot judge."""
    return {
        Question(entry[_DIGEST], Statement(*verdict[:4]), asked.key): _content(
            raw, Verdict(*verdict), asked.today
        )
        for job, answer in asked.jobs
        # An answer that is missing, or too short, leaves the rest to be checked where it is due.
        for (entry, raw), verdict in zip(job, answer.result() or [], strict=False)
        if verdict is not None
    }


def _content(raw: bytes, verdict: Verdict, today: int) -> Content:
    if verdict.document is not None:
        return Content(Status.STORED, raw, prepared=PreparedDocument(today, Document(*verdict.document)))
    status = Status(verdict.status)
    return Content(status, None if status is Status.REFUSED else raw, verdict.code, verdict.pointer)


def _check_job(job: Job, origin: str, key: PublicKey, today: int) -> list[tuple[Any, ...] | None]:
    """Judge all, then read all: each of the two finds its own code and tables still near the processor."""
    stated = [_statement(raw, content) for raw, content in job]
    asked = [(content, one) for (_, content), one in zip(job, stated, strict=True) if one]
    judged = iter(read_contents(asked, origin=origin, key=key))
    return [_verdict(one, *next(judged), today) if one else None for one in stated]


def _statement(raw: bytes, content: bytes) -> Statement | None:
    try:
        entry = parse_entry(raw)
    except EntrepotError:
        return None  # it has no effect, or stops the feed
    if entry.op != PUBLISH or entry.digest is None:
        return None
    return Statement(entry.subject, entry.type, entry.time, _claimed_revision(content))


def _claimed_revision(content: bytes) -> int:
    """The last one, in canonical bytes, is the record's own; deciding will say what it must be."""
    at = content.rfind(_REVISION)
    digits = content[at + len(_REVISION) :][:_DIGITS].partition(b",")[0]
    return int(digits) if at >= 0 and digits.isdigit() else 1


def _verdict(statement: Statement, content: Content, record: Record | None, today: int) -> tuple[Any, ...]:
    document = record and document_of(record.document, today=today)
    return (
        *(statement.subject, statement.type, statement.time, statement.revision),
        *(content.status.value, content.code, content.pointer),
        tuple(document) if document else None,
    )
