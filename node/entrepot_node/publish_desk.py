"""Where the orders of many callers become few commits: what comes while one is under way joins the next.

One thread does all the writing. It opens the write path when there is something to do, carries out whatever waits as one
group (one transaction, one head, one mark), answers each caller, and goes on while more has come. A caller is answered only
when what it is told is durable and the mark stands above it. Commands beside the server get their turn between two groups.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import structlog

from entrepot_node.append_lock import RETRY_SECONDS
from entrepot_node.disk_fault import DiskFault
from entrepot_node.orders import Done, Order
from entrepot_node.publish import Publisher
from entrepot_schema.errors import Conflict, EntrepotError, Unavailable

MOST_WAITING = 2_000
_GROUP_RECORDS = 500
_TRIES = 3
_NOT_THEIRS = (Conflict, Unavailable, DiskFault)
_TURN_SECONDS = 1.2 * RETRY_SECONDS  # so that a command that waits for the lock has looked again

log = structlog.get_logger()

OpenPublisher = Callable[[], AbstractContextManager[Publisher]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An order whose caller waits."""

    order: Order
    outcome: Future[Done] = field(default_factory=Future)

    @property
    def weight(self) -> int:
        return len(self.order.publications) + len(self.order.withdrawals)


class PublishDesk:
    """Takes orders and carries them out in groups. Any thread may call.

    `open_publisher` gives the write path with the append lock held; `is_awaited` tells whether somebody else waits for it.
    """

    def __init__(self, open_publisher: OpenPublisher, is_awaited: Callable[[], bool] = lambda: False) -> None:
        self._open_publisher = open_publisher
        self._is_awaited = is_awaited
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(MOST_WAITING)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    def take(self, order: Order) -> Future[Done]:
        """Take an order; its future has what was done, or the error of its refusal. `publish.busy` when too many wait."""
        self._start()
        waiting = _Waiting(order)
        waiting.outcome.set_running_or_notify_cancel()  # a caller that goes away takes nothing back
        try:
            self._queue.put_nowait(waiting)
        except queue.Full:
            raise _busy("too many wait to publish") from None
        return waiting.outcome

    def close(self) -> None:
        """Carry out what waits, then end. Nothing is taken any more."""
        with self._starting:
            self._closed.set()
            thread = self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._closed.is_set():
                raise _busy("this node is about to stop")
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="publish-desk", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            group = self._joined([first])
            try:
                self._serve(group)
            except EntrepotError as error:
                _refuse(group, _for_callers(error))
            except Exception as error:
                log.exception("publishing failed")
                _refuse(group, error)

    def _serve(self, group: list[_Waiting]) -> None:
        """Carry out a group and, with the write path still open, those that came meanwhile."""
        for tries_left in reversed(range(_TRIES)):
            try:
                with self._open_publisher() as publisher:
                    while group:
                        outcomes = publisher.carry_out([one.order for one in group])
                        _answer(group, outcomes)
                        group[:] = [] if self._is_awaited() else self._joined([])
                break
            except Conflict as error:
                if not tries_left or error.code != "store.moved":
                    raise
        if self._is_awaited():
            self._closed.wait(_TURN_SECONDS)

    def _joined(self, group: list[_Waiting]) -> list[_Waiting]:
        """The group with what waits, up to a number of records."""
        weight = sum(one.weight for one in group)
        while weight < _GROUP_RECORDS:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                self._queue.put(None)  # the end, for whoever looks next
                break
            group.append(waiting)
            weight += waiting.weight
        return group


def _answer(group: Sequence[_Waiting], outcomes: Sequence[Done | EntrepotError]) -> None:
    for one, outcome in zip(group, outcomes, strict=True):
        if isinstance(outcome, EntrepotError):
            one.outcome.set_exception(_for_callers(outcome) if isinstance(outcome, _NOT_THEIRS) else outcome)
        else:
            one.outcome.set_result(outcome)


def _refuse(group: Sequence[_Waiting], error: Exception) -> None:
    for one in group:
        one.outcome.set_exception(error)


def _for_callers(error: EntrepotError) -> EntrepotError:
    """What callers are told of an error that is none of theirs: to come again. What lies where here is for the log."""
    if isinstance(error, Conflict):
        return _busy("another process of this node is publishing")
    if isinstance(error, Unavailable) and not isinstance(error, DiskFault):
        return error
    log.error("nothing can be published", code=error.code, reason=error.message, hint=error.hint)
    return Unavailable(error.code, "this node cannot publish now; its log says why")


def _busy(message: str) -> Unavailable:
    return Unavailable("publish.busy", message, hint="Come again in a moment.")
