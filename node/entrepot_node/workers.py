"""Processes that only compute, one a core, so that a large piece of work is done by all of them.

Workers get plain values and give back plain values; they have no store, no secret keys, no network. Whatever happens to
them, the work goes on: what they do not answer, whoever asked does itself.
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

_MOST_WORKERS = 8
_NICENESS = 5  # who asks, and stores what comes back, goes first: all wait for that in the end
_PRELOADED = ["entrepot_node.parallel_check"]

log = logging.getLogger(__name__)


class Workers:
    """The workers of one piece of work, for as long as it is entered. They start with the first question.

    `preloaded`: modules that hold what they are asked for; read once, not by each worker.
    """

    def __init__(self, *preloaded: str) -> None:
        context = multiprocessing.get_context("forkserver")  # a fork of a process with threads may hang
        context.set_forkserver_preload([*_PRELOADED, *preloaded])
        count = min(os.cpu_count() or 1, _MOST_WORKERS)
        self._pool = ProcessPoolExecutor(count, mp_context=context, initializer=_end_with_parent)
        self._broken = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._broken:
            # Of a pool that broke, a worker that was just being started is not told, and would be waited for without end.
            for worker in [*(self._pool._processes or {}).values()]:
                worker.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def ask(self, work: Callable[..., Answer], *given: Any) -> Future[Answer | None]:
        """Have something computed. The answer never raises; it is None where no worker can say."""
        answer: Future[Answer | None] = Future()
        answer.set_running_or_notify_cancel()  # who waits no longer must not keep the answer from being set
        if self._broken:
            answer.set_result(None)
            return answer
        try:
            asked = self._pool.submit(work, *given)
        except (BrokenExecutor, OSError) as error:
            self._give_up(error)
            answer.set_result(None)
        else:
            asked.add_done_callback(lambda done: answer.set_result(self._told(done)))
        return answer

    def _told(self, done: Future[Answer]) -> Answer | None:
        try:
            return done.result()
        except CancelledError:
            return None
        except (BrokenExecutor, OSError) as error:
            self._give_up(error)
        except (
            Exception
        ):  # a bug of ours that some content brings out: where it is due, it can be told of which
            log.exception("a worker failed")
        return None

    def _give_up(self, error: Exception) -> None:
        if not self._broken:
            log.warning("checking goes on in one process: %s", error)
        self._broken = True


def _end_with_parent() -> None:
    """Let a worker end when the process that wants its answers is killed, instead of waiting for ever."""
    os.nice(_NICENESS)
    parent = multiprocessing.parent_process()
    if parent is not None:
        sentinel = parent.sentinel
        threading.Thread(target=lambda: (wait([sentinel]), os._exit(1)), daemon=True).start()
