"""Checking contents on all cores: the early check of a large pull (EXC-31), in processes that only compute.

Each worker verifies records and reads out of them what searching needs. Workers get bytes and give back verdicts; they have
no store, no keys but the public one, no network. Whatever happens to them, the pull goes on: what they leave out is checked
where it is due.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing.connection import wait
from typing import Any, NamedTuple

from entrepot_node.searching.document import Document, PreparedDocument, document_of
from entrepot_schema.errors import EntrepotError
from entrepot_schema.keys import PublicKey
from entrepot_schema.record import Record, Statement
from entrepot_sync.content_check import Question, read_content
from entrepot_sync.entry import PUBLISH, parse_entry
from entrepot_sync.feed_store import Content, Status

_MOST_WORKERS = 8
_JOB_RECORDS = 128
_REVISION = b'"revision":'
_DIGITS = 15

_DIGEST = slice(-37, -5)  # where it stands in an entry that has one

Job = list[tuple[bytes, bytes]]  # entry and content


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


log = logging.getLogger(__name__)


class ParallelCheck:
    """An `EarlyCheck` with one worker a core, for as long as it is entered."""

    def __init__(self) -> None:
        workers = min(os.cpu_count() or 1, _MOST_WORKERS)
        context = multiprocessing.get_context("forkserver")  # a fork of a process with threads may hang
        context.set_forkserver_preload([__name__])  # read once, not by each worker
        self._pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent)
        self._broken = False

    def __enter__(self) -> ParallelCheck:
        return self

    def __exit__(self, *raised: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def check(
        self, entries: Sequence[bytes], offered: Mapping[bytes, bytes], *, origin: str, key: PublicKey
    ) -> Mapping[Question, Content]:
        if self._broken:
            return {}
        pairs = [(raw, content) for raw in entries if (content := offered.get(raw[_DIGEST])) is not None]
        today = datetime.fromtimestamp(time.time(), UTC).toordinal()
        jobs = [pairs[begin : begin + _JOB_RECORDS] for begin in range(0, len(pairs), _JOB_RECORDS)]
        answers = await asyncio.gather(*(self._ask(job, origin, key, today) for job in jobs))
        return {
            Question(entry[_DIGEST], Statement(*verdict[:4]), key): _content(raw, Verdict(*verdict), today)
            for job, answer in zip(jobs, answers, strict=True)
            for (entry, raw), verdict in zip(job, answer, strict=True)
            if verdict is not None
        }

    async def _ask(
        self, job: Job, origin: str, key: PublicKey, today: int
    ) -> Sequence[tuple[Any, ...] | None]:
        """What a worker says of a job; nothing where it cannot."""
        try:
            return await asyncio.wrap_future(self._pool.submit(_check_job, job, origin, key, today))
        except (BrokenExecutor, OSError) as error:
            if not self._broken:
                log.warning("checking goes on in one process: %s", error)
            self._broken = True
        except Exception:
            # A bug of ours that some content brings out: where it is due, it can be told of which.
            log.exception("a worker failed")
        return [None] * len(job)


def _content(raw: bytes, verdict: Verdict, today: int) -> Content:
    if verdict.document is not None:
        return Content(Status.STORED, raw, prepared=PreparedDocument(today, Document(*verdict.document)))
    status = Status(verdict.status)
    return Content(status, None if status is Status.REFUSED else raw, verdict.code, verdict.pointer)


def _end_with_parent() -> None:
    """Let a worker end when the process that wants its answers is killed, instead of waiting for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        sentinel = parent.sentinel
        threading.Thread(target=lambda: (wait([sentinel]), os._exit(1)), daemon=True).start()


def _check_job(job: Job, origin: str, key: PublicKey, today: int) -> list[tuple[Any, ...] | None]:
    """Judge all, then read all: each of the two finds its own code and tables still near the processor."""
    judged = [_judge(raw, content, origin, key) for raw, content in job]
    return [one and _verdict(*one, today) for one in judged]


def _judge(
    raw: bytes, content: bytes, origin: str, key: PublicKey
) -> tuple[Statement, Content, Record | None] | None:
    try:
        entry = parse_entry(raw)
    except EntrepotError:
        return None  # it has no effect, or stops the feed
    if entry.op != PUBLISH or entry.digest is None:
        return None
    statement = Statement(entry.subject, entry.type, entry.time, _claimed_revision(content))
    return statement, *read_content(content, statement, origin=origin, key=key)


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
