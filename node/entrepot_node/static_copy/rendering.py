"""Pages of many records at once: on all cores when there are many, in this process when there are few."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Generic, TypeVar

from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import Messages
from entrepot_node.static_copy.manifest import PageFacts
from entrepot_node.static_copy.record_page import Place, RecordPages
from entrepot_schema.canonical import read_canonical
from entrepot_schema.errors import Unavailable

WORTH_PROCESSES = 2_000
_MOST_PROCESSES = 4
_AHEAD = 3  # jobs a process has waiting: enough to be busy, few enough to hold in memory
_Tag = TypeVar("_Tag")


@dataclass(frozen=True, slots=True)
class PageJob:
    """One page to write: the bytes of the record, where it stands, and what those it names are called."""

    raw: bytes
    place: Place
    titles: Mapping[str, PageFacts]


@dataclass(frozen=True, slots=True)
class Look:
    """All that makes a writer of pages; travels to other processes."""

    frame: str
    reader: Preferences
    feed_name: str
    fingerprint: str

    def writer(self) -> RecordPages:
        """Make the writer."""
        return RecordPages(
            self.frame, self.reader, Messages(self.reader.page), self.feed_name, self.fingerprint
        )


class Batches(Generic[_Tag]):
    """Renders batches of pages and hands each back with its tag, in order."""

    def __init__(self, look: Look, total: int) -> None:
        self._look = look
        self._processes = (
            min(_MOST_PROCESSES, os.cpu_count() or 1) if total >= WORTH_PROCESSES and not _is_daemon() else 0
        )

    def render(self, batches: Iterable[tuple[_Tag, Sequence[PageJob]]]) -> Iterator[tuple[_Tag, list[bytes]]]:
        """Render lazily: a batch is read from `batches` only shortly before its turn."""
        if not self._processes:
            writer = self._look.writer()
            yield from ((tag, _pages(writer, jobs)) for tag, jobs in batches)
            return
        # Fresh processes: a fork would share the open store and the threads of a progress bar.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self._processes, context, _start, (self._look,)) as pool:
            waiting: deque[tuple[_Tag, Future[list[bytes]]]] = deque()
            try:
                for tag, jobs in batches:
                    waiting.append((tag, pool.submit(_render, jobs)))
                    if len(waiting) >= self._processes * _AHEAD:
                        yield _taken(waiting)
                while waiting:
                    yield _taken(waiting)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


def _taken(waiting: deque[tuple[_Tag, Future[list[bytes]]]]) -> tuple[_Tag, list[bytes]]:
    tag, future = waiting.popleft()
    try:
        return tag, future.result()
    except BrokenProcessPool as error:
        raise Unavailable("static.processes", "a process that writes pages has died; run it again") from error


def _is_daemon() -> bool:
    """Whether this process may not have children."""
    return bool(multiprocessing.current_process().daemon)


def _pages(writer: RecordPages, jobs: Sequence[PageJob]) -> list[bytes]:
    return [writer.page(read_canonical(job.raw), job.place, job.titles) for job in jobs]


_writer: RecordPages | None = None


def _start(look: Look) -> None:
    global _writer
    _writer = look.writer()


def _render(jobs: Sequence[PageJob]) -> list[bytes]:
    assert _writer is not None  # noqa: S101  `_start` ran first in this process
    return _pages(_writer, jobs)
