"""Pages of many records at once: on all cores when there are many, in this process when there are few."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import Messages
from entrepot_node.static_copy.manifest import PageFacts
from entrepot_node.static_copy.record_page import Place, RecordPages
from entrepot_node.workers import Workers
from entrepot_schema.canonical import read_canonical

WORTH_PROCESSES = 2_000
_AHEAD = 3  # batches a process has waiting: enough to be busy, few enough to hold in memory
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
        self._are_many = total >= WORTH_PROCESSES and not _is_daemon()

    def render(self, batches: Iterable[tuple[_Tag, Sequence[PageJob]]]) -> Iterator[tuple[_Tag, list[bytes]]]:
        """Render lazily: a batch is read from `batches` only shortly before its turn."""
        if not self._are_many:
            yield from ((tag, _render(self._look, jobs)) for tag, jobs in batches)
            return
        with Workers(__name__) as workers:
            waiting: deque[_Asked[_Tag]] = deque()
            for tag, jobs in batches:
                waiting.append(_Asked(tag, jobs, workers.ask(_render, self._look, jobs)))
                if len(waiting) >= workers.count * _AHEAD:
                    yield self._taken(waiting.popleft())
            while waiting:
                yield self._taken(waiting.popleft())

    def _taken(self, asked: _Asked[_Tag]) -> tuple[_Tag, list[bytes]]:
        told = asked.pages.result()
        return asked.tag, _render(self._look, asked.jobs) if told is None else told


@dataclass(frozen=True, slots=True)
class _Asked(Generic[_Tag]):
    tag: _Tag
    jobs: Sequence[PageJob]
    pages: Future[list[bytes] | None]


def _is_daemon() -> bool:
    """Whether this process may not have children."""
    return bool(multiprocessing.current_process().daemon)


def _render(look: Look, jobs: Sequence[PageJob]) -> list[bytes]:
    writer = look.writer()
    return [writer.page(read_canonical(job.raw), job.place, job.titles) for job in jobs]
