"""Processes that only compute, one a core, so that a large piece of work is done by all of them.

Workers get plain values and give back plain values; they have no store, no secret keys, no network. Whatever happens to
them, the work goes on: what they do not answer, whoever asked does itself. They may die, and they may live and not answer:
stopped, swapped out, in a loop that never ends.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import Any, TypeVar

Answer = TypeVar("Answer")

PATIENCE_SECONDS = 60.0
"""After so long without an answer from any worker none is expected any more; a question takes them a second or two."""
_LOOKS = 6
_MOST_WORKERS = 8
_NICENESS = 5  # who asks, and stores what comes back, goes first: all wait for that in the end
_PRELOADED = ["entrepot_node.parallel_check"]

log = logging.getLogger(__name__)


class Workers:
    """The workers of one piece of work, for as long as it is entered. They start with the first question.

    `preloaded`: modules that hold what they are asked for; read once, not by each worker.
    """

    def __init__(self, *preloaded: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        context = multiprocessing.get_context("forkserver")  # a fork of a process with threads may hang
        context.set_forkserver_preload([*_PRELOADED, *preloaded])
        self.count = min(os.cpu_count() or 1, _MOST_WORKERS)
        self._pool = ProcessPoolExecutor(self.count, mp_context=context, initializer=_end_with_parent)
        self._patience = patience_seconds
        self._lock = threading.Lock()
        self._awaited: set[Future[Any]] = set()
        self._answered = 0
        self._broken = False
        self._ended = threading.Event()
        self._watching: threading.Thread | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *raised: object) -> None:
        self._ended.set()
        self._broken = True  # nobody waits for an answer any more
        # A worker that hangs, or was just being started when another died, does not hear that it may end.
        for worker in [*(self._pool._processes or {}).values()]:
            worker.kill()
        # Of one that was killed half-way through a question (before Python 3.11.5) or an answer, the other half would be
        # waited for.
        self._pool._call_queue.cancel_join_thread()  # type: ignore[attr-defined]  # it has no public name
        self._pool._result_queue._writer.close()  # type: ignore[attr-defined]  # nor has this
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self._watching is not None:
            self._watching.join()

    def start(self) -> None:
        """Let them start now, beside what the caller does next, and not with the first questions."""
        for _ in range(self.count):
            self.ask(_nothing)

    def ask(self, work: Callable[..., Answer], *given: Any) -> Future[Answer | None]:
        """Have something computed. The answer never raises, and always comes; it is None where no worker can say."""
        answer: Future[Answer | None] = Future()
        answer.set_running_or_notify_cancel()  # who waits no longer must not keep the answer from being set
        with self._lock:
            if self._broken:
                answer.set_result(None)
                return answer
            self._awaited.add(answer)
            self._begin_watching()
        try:
            asked = self._pool.submit(work, *given)
        except (BrokenExecutor, OSError) as error:
            self._give_up(str(error))
        else:
            asked.add_done_callback(lambda done: self._settle(answer, self._told(done)))
        return answer

    def _told(self, done: Future[Answer]) -> Answer | None:
        try:
            return done.result()
        except CancelledError:
            return None
        except (BrokenExecutor, OSError) as error:
            self._give_up(str(error))
        except (
            Exception
        ):  # a bug of ours that some content brings out: where it is due, it can be told of which
            log.exception("a worker failed")
        return None

    def _settle(self, answer: Future[Answer | None], told: Answer | None) -> None:
        with self._lock:
            if answer not in self._awaited:
                return  # it was given up, and whoever asked has it by now
            self._awaited.remove(answer)
            self._answered += 1
        answer.set_result(told)

    def _begin_watching(self) -> None:
        if self._watching is None:
            self._watching = threading.Thread(target=self._watch, name="workers", daemon=True)
            self._watching.start()

    def _watch(self) -> None:
        """Give up when there was no answer for too long. Any answer counts: many questions take long, and honestly so.

        Looks are counted, not time: when all of us were stopped together, and go on together, that is one look.
        """
        silent = answered = 0
        while silent < _LOOKS:
            if self._ended.wait(self._patience / _LOOKS):
                return
            with self._lock:
                silent = silent + 1 if self._awaited and self._answered == answered else 0
                answered = self._answered
        workers = ", ".join(map(str, self._pool._processes or ()))
        self._give_up(
            f"no worker has answered for {self._patience:g} seconds. Processes {workers} may be stopped, "
            "swapped out, or kept busy without end; they are killed when this work is done"
        )

    def _give_up(self, why: str) -> None:
        """Expect nothing of the workers any more, and tell all who wait."""
        with self._lock:
            if not self._broken:
                log.warning("the work goes on in one process: %s", why)
            self._broken = True
            left, self._awaited = self._awaited, set()
        for answer in left:
            answer.set_result(None)


def _nothing() -> None:
    """What a worker is asked that has to be there, and no more."""


def _end_with_parent() -> None:
    """Let a worker end when the process that wants its answers is killed, instead of waiting for ever."""
    os.nice(_NICENESS)
    parent = multiprocessing.parent_process()
    if parent is not None:
        sentinel = parent.sentinel
        threading.Thread(target=lambda: (wait([sentinel]), os._exit(1)), daemon=True).start()
