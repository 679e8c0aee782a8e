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
import re
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import fields
from datetime import UTC, datetime
from multiprocessing.connection import wait
from typing import Any

from entrepot_node.searching.document import Document, PreparedDocument, read_document
from entrepot_schema.errors import EntrepotError
from entrepot_schema.keys import PublicKey
from entrepot_schema.record import Statement
from entrepot_sync.content_check import Question, check_content
from entrepot_sync.entry import PUBLISH, parse_entry
from entrepot_sync.feed_store import Content, Status

_MOST_WORKERS = 8
_JOB_RECORDS = 128
_REVISION = re.compile(rb'"revision":([1-9][0-9]{0,14})')

_DIGEST = slice(-37, -5)  # where it stands in an entry that has one
_DOCUMENT_FIELDS = tuple(one.name for one in fields(Document))

Job = list[tuple[bytes, bytes]]  # entry and content
Verdict = tuple[str, str, str, int, str, str, str, tuple[Any, ...] | None]
"""Subject, type, time, revision; status, code, pointer; a document. Plain values travel faster than objects."""

log = logging.getLogger(__name__)


class ParallelCheck:
    """An `EarlyCheck` with one worker a core, for as long as it is entered."""

    def __init__(self) -> None:
        workers = min(os.cpu_count() or 1, _MOST_WORKERS)
        context = multiprocessing.get_context("forkserver")  # a fork of a process with threads may hang
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
        try:
            futures = [self._pool.submit(_check_job, job, origin, key, today) for job in jobs]
            answers = await asyncio.gather(*(asyncio.wrap_future(future) for future in futures))
        except (BrokenExecutor, OSError) as error:
            log.warning("checking goes on in one process: %s", error)
            self._broken = True
            return {}
        return {
            question: content
            for job, answer in zip(jobs, answers, strict=True)
            for (raw, body), verdict in zip(job, answer, strict=True)
            if verdict is not None
            for question, content in [_unpacked(raw, body, verdict, key, today)]
        }


def _unpacked(
    entry: bytes, raw: bytes, verdict: Verdict, key: PublicKey, today: int
) -> tuple[Question, Content]:
    subject, kind, at, revision, status, code, pointer, document = verdict
    prepared = None if document is None else PreparedDocument(today, Document(*document))
    content = Content(
        Status(status), None if status == Status.REFUSED.value else raw, code, pointer, prepared
    )
    statement = Statement(subject, kind, at, revision)
    return Question(entry[_DIGEST], statement, key), content


def _end_with_parent() -> None:
    """Let a worker end when the process that wants its answers is killed, instead of waiting for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        sentinel = parent.sentinel
        threading.Thread(target=lambda: (wait([sentinel]), os._exit(1)), daemon=True).start()


def _check_job(job: Job, origin: str, key: PublicKey, today: int) -> list[Verdict | None]:
    return [_check(raw, content, origin, key, today) for raw, content in job]


def _check(raw: bytes, content: bytes, origin: str, key: PublicKey, today: int) -> Verdict | None:
    try:
        entry = parse_entry(raw)
    except EntrepotError:
        return None  # it has no effect, or stops the feed
    if entry.op != PUBLISH or entry.digest is None:
        return None
    claimed = _REVISION.findall(content)  # the last one, in canonical bytes, is the record's own
    statement = Statement(entry.subject, entry.type, entry.time, int(claimed[-1]) if claimed else 1)
    verdict = check_content(content, statement, origin=origin, key=key)
    stored = verdict.status is Status.STORED
    document = read_document(content, today=today) if stored else None
    return (
        *(statement.subject, statement.type, statement.time, statement.revision),
        *(verdict.status.value, verdict.code, verdict.pointer),
        _plain(document) if document else None,
    )


def _plain(document: Document) -> tuple[Any, ...]:
    return tuple(getattr(document, name) for name in _DOCUMENT_FIELDS)
