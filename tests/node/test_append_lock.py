"""One appender at a time (LOG-37, D08)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from entrepot_node.append_lock import append_lock, file_lock
from entrepot_schema.errors import Conflict

HOLDER = """
import sys
from pathlib import Path
from entrepot_node.append_lock import append_lock
with append_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(path: Path) -> subprocess.Popen[str]:
    """Start another process that holds the lock until its input ends; return once it does."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_d08_a_lock_held_by_another_process_is_refused_with_a_code(tmp_path: Path) -> None:
    with hold(tmp_path / "feed-1.lock") as holder:
        with pytest.raises(Conflict) as refusal, append_lock(tmp_path / "feed-1.lock", wait_seconds=0):
            pass
        holder.communicate()

    assert refusal.value.code == "publish.locked"
    assert refusal.value.hint


def test_a_file_that_another_process_changes_is_not_said_to_be_a_publication(tmp_path: Path) -> None:
    with hold(tmp_path / "tokens.json.lock") as holder:
        with pytest.raises(Conflict) as refusal, file_lock(tmp_path / "tokens.json", wait_seconds=0):
            pass
        holder.communicate()

    assert refusal.value.code == "node.locked"
    assert "publish" not in str(refusal.value)


def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    pauses: list[float] = []
    with hold(tmp_path / "feed-1.lock") as holder:

        def let_go(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 3:
                holder.communicate()

        with append_lock(tmp_path / "feed-1.lock", pause=let_go):
            assert len(pauses) == 3


def test_waiting_ends(tmp_path: Path) -> None:
    pauses: list[float] = []
    with hold(tmp_path / "feed-1.lock") as holder:
        with (
            pytest.raises(Conflict),
            append_lock(tmp_path / "feed-1.lock", wait_seconds=2, pause=pauses.append),
        ):
            pass
        holder.communicate()

    assert sum(pauses) == pytest.approx(2)


def test_d01_the_lock_goes_with_a_process_that_is_killed(tmp_path: Path) -> None:
    """However it ends: no stale lock to remove by hand."""
    with hold(tmp_path / "feed-1.lock") as holder:
        holder.kill()

    with append_lock(tmp_path / "feed-1.lock", wait_seconds=0):
        pass


def test_a_child_process_does_not_inherit_the_lock(tmp_path: Path) -> None:
    """Else a program started by us would keep it when we are gone."""
    with append_lock(tmp_path / "feed-1.lock"):
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
        )

    with append_lock(tmp_path / "feed-1.lock", wait_seconds=0):
        child.communicate()


def test_another_part_of_the_process_is_kept_out_too(tmp_path: Path) -> None:
    """And closing the same path elsewhere gives nothing away, as it would with `fcntl` locks."""
    path = tmp_path / "feed-1.lock"
    refused: list[str] = []

    def other() -> None:
        with pytest.raises(Conflict) as refusal, append_lock(path, wait_seconds=0):
            pass
        refused.append(refusal.value.code)

    with append_lock(path):
        os.close(os.open(path, os.O_RDWR))
        for _ in range(2):
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()

    assert refused == ["publish.locked"] * 2


def test_the_locks_of_two_feeds_are_apart(tmp_path: Path) -> None:
    with append_lock(tmp_path / "feed-1.lock"), append_lock(tmp_path / "feed-2.lock", wait_seconds=0):
        pass


def test_what_fails_under_the_lock_gives_it_back(tmp_path: Path) -> None:
    with pytest.raises(KeyError), append_lock(tmp_path / "feed-1.lock"):
        raise KeyError

    with append_lock(tmp_path / "feed-1.lock", wait_seconds=0):
        pass
