"""Processes that are killed between commit and mark, and in recoveries, backups and restores (D01, D07, D08, D12).

strace kills at the n-th call that makes something durable or visible, so that each of these points is met; without strace
a seed chooses the moment.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.backing_up import restore_backup, write_backup
from entrepot_node.commands.recover import run_recover
from entrepot_node.home import Home
from entrepot_node.signing_gate import SigningGate
from entrepot_schema.errors import EntrepotError, Misuse

from .children import CRASH, Child
from .static_copies import no_network, write_copy
from .store_soundness import require_sound_contents, require_sound_log

FEED = "biomed.example/feed/1"
TIME = "2026-11-23T09:30:00Z"
STRACE = shutil.which("strace")
DURABLE = ("fdatasync", "fsync", "rename", "link", "unlink", "unlinkat")
Company = Callable[..., dict[str, Any]]
OpenNode = Callable[[Path], Any]
few_and_many = pytest.mark.parametrize("many", [False, pytest.param(True, marks=pytest.mark.long)])


def gate_of(node: Any) -> SigningGate:
    return SigningGate(node.store, node.home.mark_file, no_network)


def fault_of(run: Callable[[], object]) -> str:
    """The code of what a deed was refused with; empty if it was done."""
    try:
        run()
    except EntrepotError as error:
        return error.code
    return ""


def killed_runs(
    many: bool, points: list[tuple[str, int]], prepare: Callable[[], list[object]]
) -> Iterator[bool]:
    """Run a command killed at some points (call, n-th), or at every one there is; say each time whether it was killed."""
    if not STRACE:
        yield from (kill_some_time(seed, prepare()) for seed in range(40 if many else len(points)))
        return
    for call, nths in _every_point() if many else [(call, [nth]) for call, nth in points]:
        for nth in nths:
            killed = kill_at(call, nth, prepare())
            yield killed
            if not killed:
                break


def _every_point() -> list[tuple[str, range]]:
    """All calls, each up to one that is never made."""
    return [(call, range(1, 1_000)) for call in DURABLE]


def kill_at(call: str, nth: int, arguments: list[object]) -> bool:
    command = [
        str(STRACE), "-f", "-qqq", "-o", "/dev/null", "-e", f"trace={call}",
        "-e", f"inject={call}:signal=KILL:when={nth}",
        sys.executable, str(CRASH / "command.py"), *map(str, arguments),
    ]  # fmt: skip
    # Python's own cache files would be renamed too, on some runs and not on others.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode in (0, -signal.SIGKILL), done.stdout + done.stderr
    return done.returncode != 0


def kill_some_time(seed: int, arguments: list[object]) -> bool:
    child = Child.start("command.py", *arguments)
    return child.kill_after(1, random.Random(seed).uniform(0, 0.5))


# --- between commit and mark


@pytest.fixture
def gap(founded_home: Path, tmp_path: Path) -> Path:
    """A node whose publisher was killed after the commit, before the mark."""
    home: Path = shutil.copytree(founded_home, tmp_path / "gap")
    child = Child.start("publish.py", home, "gap", 1, "unmarked")
    child.read_all()
    assert (child.process.returncode, child.lines) == (-signal.SIGKILL, [["ready"]])
    return home


def sizes(node: Any) -> tuple[int, int]:
    """Of the mark and of the store."""
    return node.home.mark_file(FEED).read().size, node.feed.size


def test_d01_a_publisher_killed_between_commit_and_mark_leaves_one_history(
    gap: Path, open_node: OpenNode, company: Company
) -> None:
    """FED-77: what was committed is kept, the next publisher marks it and goes on from it."""
    node = open_node(gap)
    marked, committed = sizes(node)
    assert marked == 1 < committed
    head = node.feed.head

    gate_of(node).require(node.feed)
    assert sizes(node) == (committed, committed)
    (receipt,) = node.publish(company("After", 1))

    assert receipt.index == head.size
    require_sound_contents(node, require_sound_log(node))
    node.store.close()


def test_d01_a_server_marks_what_a_killed_publisher_committed_before_it_serves_it(
    gap: Path, serve: Callable[[Path], int], open_node: OpenNode, founded_home: Path
) -> None:
    """FED-75, FED-77: once it has left, a store from before it signs nothing; so there is no second head."""
    port = serve(gap)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/feed/checkpoint") as answer:
        served = answer.read()

    node = open_node(gap)
    assert served == node.feed.head.note
    assert sizes(node) == (node.feed.size, node.feed.size)
    node.store.close()
    for name in ("entrepot.db-wal", "entrepot.db-shm"):
        (gap / name).unlink(missing_ok=True)
    shutil.copy(founded_home / "entrepot.db", gap / "entrepot.db")
    old = open_node(gap)
    with pytest.raises(Misuse) as refused:
        gate_of(old).require(old.feed)
    assert refused.value.code == "gate.behind"
    old.store.close()


# --- recover


@pytest.fixture(scope="module")
def origin(
    founded_home: Path, tmp_path_factory: pytest.TempPathFactory, open_node: OpenNode, company: Company
) -> Iterator[tuple[Any, Path]]:
    """A node with a history, and a copy of its feed as others hold it."""
    folder = tmp_path_factory.mktemp("origin")
    node = open_node(shutil.copytree(founded_home, folder / "home"))
    for begin in (0, 550):
        node.publish(*(company(f"Company {number}", number) for number in range(begin, begin + 550)))
    node.withdraw(company(number=3)["id"])
    write_copy(node, folder / "copy")
    yield node, folder / "copy"
    node.store.close()


def burn(origin: Any, home: Path) -> Path:
    """What is left when the disk burned: settings and keys, without the mark."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(origin.home.keys, home / "keys", ignore=shutil.ignore_patterns("*.mark*", "*.lock"))
    shutil.copy(origin.home.settings_file, home / "entrepot.toml")
    return home


def signs(home: Path, open_node: OpenNode) -> str:
    """Why a node would not sign now; empty if it would."""
    try:
        node = open_node(home)
    except EntrepotError as error:
        return error.code
    try:
        if node.store.feed(FEED) is None:
            return "node.no-feed"
        return fault_of(lambda: gate_of(node).require(node.feed))
    finally:
        node.store.close()


@few_and_many
def test_d12_a_recovery_killed_anywhere_signs_nothing_and_goes_on(
    origin: tuple[Any, Path], tmp_path: Path, open_node: OpenNode, company: Company, many: bool
) -> None:
    """FED-77, FED-44, FED-47: half a feed, or a whole one that nobody was asked about, opens no way to signing."""
    source, copy = origin
    home = tmp_path / "burned"

    def prepare() -> list[object]:
        return ["recover", "--from", copy, "--home", burn(source, home), "--json"]

    reasons = set()
    for killed in killed_runs(many, [("fdatasync", 9), ("rename", 2)], prepare):
        if killed:
            mark = Home(home).mark_file(FEED).read()  # asking for the right to sign moves it
            reason = signs(home, open_node)
            reasons.add(reason)
            assert reason in ("store.lost", "node.no-feed", "gate.behind", "gate.no-answer", "")
            # It would sign only when the recovery had done all its work, the mark included.
            assert reason or (mark is not None and not mark.awaiting and mark.size == source.feed.size)
            assert run_recover(home, str(copy), allow_private=False, as_json=True) == 0
        back = open_node(home)
        assert (back.feed.head.root, back.feed.size) == (source.feed.head.root, source.feed.size)
        require_sound_contents(back, require_sound_log(back))
        gate_of(back).require(back.feed)
        (receipt,) = back.publish(company("After", 9_999))
        assert receipt.index == source.feed.size
        back.store.close()
    assert not STRACE or {"gate.no-answer", "gate.behind"} & reasons


# --- backup and restore


@few_and_many
def test_d07_a_backup_killed_anywhere_is_whole_or_not_there(
    origin: tuple[Any, Path], tmp_path: Path, many: bool
) -> None:
    """FED-77, FED-50: the node it was made of is as before, and the next backup is made."""
    source, _ = origin
    file, restored = tmp_path / "node.backup", tmp_path / "restored"
    head = source.feed.head

    def prepare() -> list[object]:
        file.unlink(missing_ok=True)
        return ["backup", file, "--home", source.home.path, "--json"]

    for killed in killed_runs(many, [("link", 1)], prepare):
        if killed and not file.exists():
            write_backup(source.home, file, time=TIME)
        shutil.rmtree(restored, ignore_errors=True)
        restore_backup(file, Home(restored))
        assert source.feed.head == head


@few_and_many
def test_d07_a_restore_killed_anywhere_is_no_node_or_a_whole_one_that_waits(
    origin: tuple[Any, Path], tmp_path: Path, open_node: OpenNode, many: bool
) -> None:
    """FED-77, FED-52, FED-53."""
    source, _ = origin
    file, home = tmp_path / "node.backup", tmp_path / "restored"
    write_backup(source.home, file, time=TIME)

    def prepare() -> list[object]:
        shutil.rmtree(home, ignore_errors=True)
        return ["restore", file, "--home", home, "--json"]

    for killed in killed_runs(many, [("fdatasync", 9)], prepare):
        if killed and not (home / "entrepot.toml").exists():
            assert signs(home, open_node) == "settings.missing"
            shutil.rmtree(home, ignore_errors=True)
            restore_backup(file, Home(home))
        for name in ("record.pem", "feed-1.pem"):
            shutil.copy(source.home.keys / name, home / "keys" / name)
        assert signs(home, open_node) == "gate.no-answer"
        node = open_node(home)
        require_sound_contents(node, require_sound_log(node))
        node.store.close()
