"""Several processes that share the work of one node."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot_node.storage.sql_store import SqlStore
from entrepot_node.upkeep import TURN_SECONDS, Upkeep

from .served_nodes import Served, await_ready, until

Parts = list[subprocess.Popen[str]]


@pytest.fixture
def parts() -> Iterator[Parts]:
    """Processes that are stopped in the end."""
    started: Parts = []
    yield started
    for process in started:
        process.terminate()
        process.communicate()


def test_web_processes_answer_and_a_puller_pulls_what_is_pushed_to_them(tmp_path: Path, parts: Parts) -> None:
    """FED-09: polls are an hour apart, so what comes in comes by a push to a process that does not pull."""
    one, two = (Served(tmp_path, name) for name in ("one", "two"))
    parts += [one.part("all")]
    await_ready(parts[0])
    parts += [two.part("web"), two.part("web", "--listen", "127.0.0.1:0")]
    said = [await_ready(parts[1]), await_ready(parts[2])]
    two.follow(one)
    one.follow(two)
    parts += [two.part("pull")]
    said += [await_ready(parts[3])]

    assert [text.split()[:2] for text in said] == [["two.example", "serves"]] * 2 + [["two.example", "pulls"]]
    assert until(lambda: "two.example/witness/1" in one.cosigners())
    one.publish("Fern")
    assert until(lambda: two.finds("Fern"))
    assert until(lambda: "two.example/witness/1" in one.cosigners())
    two.publish("Moss")
    assert until(lambda: "one.example/witness/1" in two.cosigners())


def test_the_turn_goes_to_another_process_when_its_owner_is_gone(tmp_path: Path) -> None:
    """What is done once for the whole node is done by one process, which says rarely that it lives."""
    now = [0.0]
    store = SqlStore.open(tmp_path / "entrepot.db")
    one, two = (Upkeep(store, name, now=lambda: now[0]) for name in ("one", "two"))

    assert (one.is_ours(), two.is_ours()) == (True, False)
    now[0] = TURN_SECONDS - 1
    assert (two.is_ours(), one.is_ours()) == (False, True)
    now[0] = 2 * TURN_SECONDS
    assert (two.is_ours(), one.is_ours()) == (True, False)
    now[0] = 0.0  # the clock was set back
    assert (two.is_ours(), one.is_ours()) == (True, False)
    store.close()
