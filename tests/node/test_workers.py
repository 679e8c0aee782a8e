"""Processes that only compute, and what becomes of the work when they die."""

from __future__ import annotations

import multiprocessing
import os
import signal

from entrepot_node.workers import Workers


def test_workers_answer_and_end_with_the_work() -> None:
    with Workers() as workers:
        answers = [workers.ask(os.getpid) for _ in range(8)]
        children = {child.pid for child in multiprocessing.active_children()}

        assert {answer.result() for answer in answers} <= children
    assert not children & {child.pid for child in multiprocessing.active_children()}


def test_a_worker_that_hears_nothing_keeps_nobody_waiting_when_another_died() -> None:
    with Workers() as workers:
        before = set(multiprocessing.active_children())
        for answer in [workers.ask(os.getpid) for _ in range(2)]:
            answer.result()
        deaf, *others = set(multiprocessing.active_children()) - before
        assert deaf.pid is not None
        os.kill(deaf.pid, signal.SIGSTOP)
        (others[0] if others else deaf).kill()

        while workers.ask(os.getpid).result() is not None:
            pass  # until it is seen that one died
