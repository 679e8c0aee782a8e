"""Where answers are made: short ones where they come in, as long as the store answers at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import Response

from entrepot_node.routes import short_answers
from entrepot_node.routes.short_answers import Later, ShortAnswers
from entrepot_node.storage.sql_store import SqlStore


class Disk:
    """What a store reads from, by a clock of its own; notes in which threads it was asked."""

    def __init__(self) -> None:
        self.time = 100.0
        self.threads: list[bool] = []

    def ask(self, seconds: float = 0.0) -> Response:
        self.threads.append(threading.current_thread() is not threading.main_thread())
        self.time += seconds
        return Response(b"found")


def ask(short: ShortAnswers, *questions: Callable[[], Response | Later]) -> list[bytes]:
    async def all_of_them() -> list[bytes]:
        return [bytes((await short.answer(question)).body) for question in questions]

    return asyncio.run(all_of_them())


def test_short_answers_are_made_where_the_question_came_in() -> None:
    disk = Disk()

    assert ask(ShortAnswers(is_near=True, clock=lambda: disk.time), disk.ask, disk.ask) == [b"found"] * 2
    assert disk.threads == [False, False]


def test_after_two_long_waits_threads_wait_for_twenty_times_as_long() -> None:
    disk = Disk()
    short = ShortAnswers(is_near=True, clock=lambda: disk.time)
    ask(short, lambda: disk.ask(0.06), lambda: disk.ask(0.06), disk.ask, lambda: disk.ask(1.1))
    disk.time += 0.2
    ask(short, disk.ask)

    assert disk.threads == [False, False, True, True, False]


def test_a_long_wait_now_and_then_is_no_slow_disk() -> None:
    disk = Disk()
    short = ShortAnswers(is_near=True, clock=lambda: disk.time)
    for _ in range(4):
        ask(short, lambda: disk.ask(0.1))
        disk.time += 5

    assert disk.threads == [False] * 4


def test_a_server_is_always_waited_for_in_threads() -> None:
    disk = Disk()
    ask(ShortAnswers(is_near=False, clock=lambda: disk.time), disk.ask, disk.ask)

    assert disk.threads == [True, True]


@pytest.mark.parametrize("is_near", [True, False])
def test_what_turns_out_to_take_long_is_made_in_a_thread(is_near: bool) -> None:
    disk = Disk()
    short = ShortAnswers(is_near=is_near, clock=lambda: disk.time)

    assert ask(short, lambda: Later(lambda: disk.ask(3)), disk.ask) == [b"found"] * 2
    assert disk.threads == [True, not is_near]


def test_what_an_answer_raises_is_raised() -> None:
    def fails() -> Response:
        raise KeyError("absent")

    with pytest.raises(KeyError, match="absent"):
        ask(ShortAnswers(is_near=True), fails)


def test_what_kept_one_path_waiting_keeps_no_other_path_waiting(
    node: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[bool] = []

    def document(_store: SqlStore, name: str) -> None:
        threads.append(threading.current_thread() is not threading.main_thread())

    monkeypatch.setattr(SqlStore, "document", document)
    node.get("/.well-known/entrepot")
    monkeypatch.setattr(short_answers, "_LONG_SECONDS", -1.0)
    assert [node.get("/feed/checkpoint").status for _ in range(2)] == [200, 200]
    node.get("/.well-known/entrepot")

    assert threads == [False, True]


def test_a_file_is_near(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "entrepot.db")

    assert store.is_near
    store.close()
