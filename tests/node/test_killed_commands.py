"""Processes that are killed between commit and mark, and in recoveries, backups and restores (D01, D07, D08, D12).

strace kills at the n-th call that makes something durable or visible, so that each of these points is met; without strace
a seed chooses the moment.
"""

from __future__ import annotations

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

from entrepot_node.home import Home
from entrepot_node.signing_gate import SigningGate
from entrepot_schema.errors import EntrepotError, Misuse

from .children import CRASH, Child
from .static_copies import no_network, write_copy
from .store_soundness import require_sound_contents, require_sound_log

FEED = "biomed.example/feed/1"
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


def killed_runs(many: bool, prepare: Callable[[], list[object]]) -> Iterator[tuple[bool, list[object]]]:
    """Run a command again and again, killed each time at another point; whether it was killed, and its arguments."""
    for call in DURABLE if STRACE else ("",):
        nth = 0
        while True:
            nth += 1
            arguments = prepare()
            killed = kill_at(call, nth, arguments) if STRACE else kill_some_time(nth, arguments)
            yield killed, arguments
            if not killed or nth == (1_000 if many else 2):
                break


def kill_at(call: str, nth: int, arguments: list[object]) -> bool:
    command = [
        str(STRACE), "-f", "-qqq", "-o", "/dev/null", "-e", f"trace={call}",
        "-e", f"inject={call}:signal=KILL:when={nth}",
        sys.executable, str(CRASH / "command.py"), *map(str, arguments),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stdout + done.stderr
    return done.returncode != 0


def kill_some_time(seed: int, arguments: list[object]) -> bool:
    child = Child.start("command.py", *arguments)
    return child.kill_after(1, random.Random(seed).uniform(0, 0.5))


def run_to_its_end(arguments: list[object]) -> None:
    command = [sys.executable, str(CRASH / "command.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


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
    for begin in (0, 1_000):
        node.publish(*(company(f"Company {number}", number) for number in range(begin, begin + 1_000)))
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
    for killed, arguments in killed_runs(many, prepare):
        if killed:
            reason = signs(home, open_node)
            reasons.add(reason)
            assert reason in ("store.lost", "node.no-feed", "gate.behind", "gate.no-answer", "")
            node = Home(home).mark_file(FEED).read()
            # It would sign only when the recovery had done all its work, the mark included.
            assert reason or (node is not None and not node.awaiting and node.size == source.feed.size)
            run_to_its_end(arguments)
        back = open_node(home)
        assert (back.feed.head.root, back.feed.size) == (source.feed.head.root, source.feed.size)
        require_sound_contents(back, require_sound_log(back))
        gate_of(back).require(back.feed)
        (receipt,) = back.publish(company("After", 9_999))
        assert receipt.index == source.feed.size
        back.store.close()
    assert {"gate.no-answer", "gate.behind"} & reasons
    print(f"killed recoveries left {sorted(reasons)}")


# --- backup and restore


@few_and_many
def test_d07_a_backup_killed_anywhere_is_whole_or_not_there(
    origin: tuple[Any, Path], tmp_path: Path, many: bool
) -> None:
    """FED-77, FED-50: the node it was made of is as before, and the next backup is made."""
    source, _ = origin
    file = tmp_path / "node.backup"
    entries = source.feed.size

    def prepare() -> list[object]:
        file.unlink(missing_ok=True)
        return ["backup", file, "--home", source.home.path, "--json"]

    for killed, arguments in killed_runs(many, prepare):
        if killed and not file.exists():
            run_to_its_end(arguments)
        shutil.rmtree(tmp_path / "restored", ignore_errors=True)
        run_to_its_end(["restore", file, "--home", tmp_path / "restored", "--json"])
        assert source.feed.size == entries


@few_and_many
def test_d07_a_restore_killed_anywhere_is_no_node_or_a_whole_one_that_waits(
    origin: tuple[Any, Path], tmp_path: Path, open_node: OpenNode, many: bool
) -> None:
    """FED-77, FED-52, FED-53."""
    source, _ = origin
    file, home = tmp_path / "node.backup", tmp_path / "restored"
    run_to_its_end(["backup", file, "--home", source.home.path, "--json"])

    def prepare() -> list[object]:
        shutil.rmtree(home, ignore_errors=True)
        return ["restore", file, "--home", home, "--json"]

    for killed, arguments in killed_runs(many, prepare):
        if killed and not (home / "entrepot.toml").exists():
            assert signs(home, open_node) == "settings.missing"
            shutil.rmtree(home, ignore_errors=True)
            run_to_its_end(arguments)
        shutil.copy(source.home.keys / "record.pem", home / "keys" / "record.pem")
        shutil.copy(source.home.keys / "feed-1.pem", home / "keys" / "feed-1.pem")
        assert signs(home, open_node) == "gate.no-answer"
        node = open_node(home)
        require_sound_contents(node, require_sound_log(node))
        node.store.close()
