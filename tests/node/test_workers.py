"""Processes that only compute, and what becomes of the work when they die, or live and do not answer."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess

import pytest

from entrepot_node.workers import Workers

LARGE = bytes(1_000_000)  # more than a pipe holds


@pytest.fixture(autouse=True)
def none_is_left() -> Iterator[None]:
    """However it went, all workers have ended with their work."""
    before = set(multiprocessing.active_children())
    yield
    assert set(multiprocessing.active_children()) <= before


def stop_oneself() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def stop_oneself_within_an_answer() -> None:
    """Write the length of an answer that never comes."""
    answers = sys._getframe(1).f_locals["result_queue"]
    with answers._wlock:
        os.write(answers._writer.fileno(), b"\x00\x00\x40\x00")
        stop_oneself()


def loop_without_end() -> None:
    while True:
        pass


def busy_for(seconds: float) -> float:
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        pass
    return seconds


def started(workers: Workers) -> list[BaseProcess]:
    """Its processes, all of which have answered once."""
    before = set(multiprocessing.active_children())
    for answer in [workers.ask(os.getpid) for _ in range(2)]:
        answer.result()
    return [*set(multiprocessing.active_children()) - before]


def stop(worker: BaseProcess) -> None:
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)


def test_workers_answer_and_end_with_the_work() -> None:
    with Workers() as workers:
        answers = [workers.ask(os.getpid) for _ in range(8)]
        children = {child.pid for child in multiprocessing.active_children()}

        assert {answer.result() for answer in answers} <= children


def test_a_worker_that_hears_nothing_keeps_nobody_waiting_when_another_died() -> None:
    with Workers() as workers:
        deaf, *others = started(workers)
        stop(deaf)
        (others[0] if others else deaf).kill()

        while workers.ask(os.getpid).result() is not None:
            pass  # until it is seen that one died


@pytest.mark.parametrize("hang", [stop_oneself, stop_oneself_within_an_answer, loop_without_end])
def test_what_a_worker_that_hangs_does_not_answer_is_left_to_whoever_asked(
    hang: object, caplog: pytest.LogCaptureFixture
) -> None:
    """Those who wait in a thread and those who wait in an event loop; all that was asked, and all that will be."""

    async def both(workers: Workers) -> list[object]:
        asked = [workers.ask(hang) for _ in range(4)]  # type: ignore[arg-type]  # each is a function
        asked += [workers.ask(len, LARGE) for _ in range(4)]
        return await asyncio.gather(*map(asyncio.wrap_future, asked))

    with Workers(patience_seconds=0.6) as workers:
        pids = {str(one.pid) for one in started(workers)}
        assert asyncio.run(both(workers)) == [None] * 8
        assert workers.ask(len, LARGE).result() is None

    (line,) = caplog.messages
    assert "goes on in one process: no worker has answered for 0.6 seconds" in line
    assert all(pid in line for pid in pids)


def test_workers_that_hang_while_nobody_waits_for_them_keep_nobody_from_ending() -> None:
    with Workers() as workers:
        for worker in started(workers):
            stop(worker)


def test_workers_that_hang_with_questions_keep_nobody_from_ending() -> None:
    """As when a pull is cut off: what it asked is answered, for whoever should still look."""
    with Workers() as workers:
        for worker in started(workers):
            stop(worker)
        asked = [workers.ask(len, LARGE) for _ in range(8)]

    assert [answer.result() for answer in asked] == [None] * 8


def test_many_questions_that_take_long_together_are_no_hang() -> None:
    """Any answer counts: also those to others than who waits longest."""
    with Workers(patience_seconds=1.5) as workers:
        started(workers)
        asked = [workers.ask(busy_for, 0.05) for _ in range(40 * workers.count)]

        assert [answer.result() for answer in asked] == [0.05] * len(asked)


def test_an_answer_that_comes_when_it_is_not_awaited_any_more_is_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Workers(patience_seconds=0.3) as workers:
        stopped = started(workers)
        for worker in stopped:
            stop(worker)
        assert workers.ask(os.getpid).result() is None
        for worker in stopped:
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGCONT)
        late = workers._pool.submit(os.getpid)  # behind the question that was given up

        assert late.result() in {worker.pid for worker in stopped}
    assert len(caplog.messages) == 1
