"""A full disk, a clock that goes back, two processes on one home, a home that is copied while it is written."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from entrepot_conformance.node_under_test import NodeUnderTest
from entrepot_conformance.reader import merkle
from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.shim.verdict import Kind
from entrepot_conformance.suite.case import Case, Side
from entrepot_conformance.suite.outcome import Skipped

from .keeper import Keeper, ids_of
from .row import row

_DISK_BYTES = 32 * 1024 * 1024
_MOST_BATCHES = 60


def cases() -> list[Case]:
    """Return these cases."""
    return [
        row("full-disk", "It refuses while the disk is full, loses nothing, and goes on when there is room",
            "FED-76 LOG-37", _full_disk, "D04"),
        row("refusal-moves-nothing", "It says and serves after a refused write what it said before",
            "FED-77", _refusal, "D16", Side.REFUSE),
        row("unknown-field-stays", "It publishes no field that the schema does not name, such as notes of its operator",
            "SIG-28", _unknown_field, "F19", Side.REFUSE),
        row("clock-set-back", "It gives no entry a time before that of the last one, whatever its clock says",
            "LOG-87", _clock, "D14", Side.ACCEPT, Side.REFUSE),
        row("two-processes", "Two processes on one home make one history, or the second one is refused", "LOG-37 FED-77", _two, "D08"),
        row("copied-while-running", "A copy made while it was written starts with a good feed, or says by a code why not",
            "FED-40 FED-77", _torn_copy, "D13", Side.REFUSE),
    ]  # fmt: skip


def _full_disk(keeper: Keeper) -> None:
    keeper.require_command()
    with _SmallDisk(keeper.home) as disk:
        keeper.start()
        keeper.publish(20)
        keeper.check()
        disk.fill()
        code = _publish_until_refused(keeper)
        require_code(code, ("store.*", "gate.*"), "publish on a full disk")
        keeper.node.must("status")
        disk.empty()
        keeper.publish()
        keeper.check()
        keeper.start()
        keeper.check()
        keeper.node.must("stop")
        keeper.node.close()


def _publish_until_refused(keeper: Keeper) -> str:
    """Room that the node had put by may take some; in the end it must say that there is none."""
    for _ in range(_MOST_BATCHES):
        profiles = keeper.batch(50)
        verdict = keeper.node.ask("publish", profiles=profiles)
        if verdict.kind is Kind.REFUSED:
            keeper.history.unknown(
                ids_of(profiles)
            )  # refused after the commit, where the mark can't be written
            return verdict.code
        keeper.history.published(ids_of(profiles), verdict.details.get("size"))
    raise AssertionError("it goes on acknowledging records on a disk that is full")


class _SmallDisk:
    """A file system in memory in the place of a folder; Linux lends one to root only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"

    def __enter__(self) -> _SmallDisk:
        mount = shutil.which("mount")
        if mount is None or os.geteuid() != 0:
            raise Skipped("a small disk can't be made here: that takes Linux and root")
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [mount, "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(self._folder)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - mount, with words of ours
        if made.returncode != 0:
            raise Skipped(f"a small disk can't be made here: {made.stderr.strip()}")
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "-l", str(self._folder)], capture_output=True, check=False)  # noqa: S603, S607 - whatever umount the system has

    def fill(self) -> None:
        """Leave no room."""
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(64 * 1024))
            except OSError:
                return

    def empty(self) -> None:
        """Make room again."""
        self._ballast.unlink()


def _refusal(keeper: Keeper) -> None:
    keeper.start("withdraw")
    keeper.publish()
    before = keeper.check().checkpoint
    bad = keeper.batch(2)
    bad[1]["type"] = "nothing of this name"
    for do, members in (("publish", {"profiles": bad}), ("withdraw", {"ids": [keeper.batch(1)[0]["id"]]})):
        verdict = keeper.node.ask(do, **members)
        assert verdict.kind is Kind.REFUSED, f"{do} of what can't be done was acknowledged"
        require_code(verdict.code, ("*",), do)
        after = keeper.check()
        assert after.checkpoint == before, f"a refused {do} has moved the head"
        assert bad[0]["id"] not in {entry.subject for entry in after.state.live()}, "half a batch is live"
    keeper.publish()
    keeper.check()


def _unknown_field(keeper: Keeper) -> None:
    keeper.start()
    keeper.publish()
    before = keeper.check().checkpoint
    bad = keeper.batch(1)
    bad[0]["internalNotes"] = "for us alone"
    verdict = keeper.node.ask("publish", profiles=bad)
    assert verdict.kind is Kind.REFUSED, "a field that no schema names was published"
    require_code(verdict.code, ("*",), "publish")
    assert keeper.check().checkpoint == before, "a refused publish has moved the head"


def _clock(keeper: Keeper) -> None:
    keeper.start("set-time")
    now = datetime.now(UTC)
    times: list[str] = []
    for days in (0, 2, -3, 0):
        moment = (now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        keeper.node.must("set-time", time=moment)
        keeper.publish()
        times.append(keeper.check().state.effective[-1].time)  # refuses times that go back
    assert times[1] > times[0], f"after a clock went on by two days the time of an entry is {times[1]}"


def _two(keeper: Keeper) -> None:
    keeper.start()
    keeper.require_command()
    keeper.publish()
    second = Keeper(keeper.target, f"{keeper.name}-second", keeper.home)
    second.history = keeper.history
    try:
        verdict = second.try_start()
        if verdict.kind is Kind.REFUSED:
            require_code(verdict.code, ("*",), "the second process on one home")
        else:
            _publish_both(keeper, second)
            second.history.check(second.node.url)
    finally:
        second.close()
    keeper.check()
    keeper.start()
    keeper.publish()
    keeper.check()


def _publish_both(first: Keeper, second: Keeper) -> None:
    """Both publish at a time; each batch is acknowledged or refused, and `check` tells whether that was true."""
    faults: list[BaseException] = []

    def run(keeper: Keeper, batches: list[list[dict[str, object]]]) -> None:
        try:
            for profiles in batches:
                verdict = keeper.node.ask("publish", profiles=profiles)
                if verdict.kind is Kind.ACCEPTED:
                    keeper.history.published(ids_of(profiles), verdict.details.get("size"))
                else:
                    require_code(
                        verdict.code, ("store.*", "gate.*", "key.*"), "publish beside another process"
                    )
        except AssertionError as fault:
            faults.append(fault)

    work = [(keeper, [first.batch(5) for _ in range(6)]) for keeper in (first, second)]
    threads = [threading.Thread(target=run, args=one) for one in work]
    with first.history.watched(first.node.url), first.history.watched(second.node.url):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if faults:
        raise faults[0]


def _torn_copy(keeper: Keeper) -> None:
    keeper.start()
    keeper.require_command()
    keeper.publish(20)
    copies = []
    for number in range(2):
        copies.append(keeper.home.with_name(f"{keeper.home.name}-torn-{number}"))
        thread = threading.Thread(target=_copy, args=(keeper.home, copies[-1]))
        thread.start()
        for _ in range(3):
            keeper.publish(10)
        thread.join()
    good = keeper.check()
    leaves = [merkle.leaf_hash(entry) for entry in good.entries]
    for number, copy in enumerate(copies):
        torn = Keeper(keeper.target, f"{keeper.name}-torn-{number}", copy)
        try:
            _check_torn(torn, leaves)
        finally:
            torn.close()


def _check_torn(torn: Keeper, leaves: list[bytes]) -> None:
    verdict = torn.try_start()
    if verdict.kind is Kind.REFUSED:
        require_code(verdict.code, ("*",), "the start of a torn copy")
        return
    answer = NodeUnderTest(torn.node.url).http.get("/feed/checkpoint")
    if answer.status == 503:  # it knows of a larger head than it holds
        torn.refuse("gate.*", "store.*")
        return
    node = torn.history.check(torn.node.url)
    assert merkle.root(leaves[: node.size]) == node.head.root, "a torn copy shows another history"


def _copy(home: Path, copy: Path) -> None:
    """Copy file by file, as people do; what goes away meanwhile is left out."""
    for path in sorted(home.rglob("*")):
        place = copy / path.relative_to(home)
        try:
            if path.is_dir():
                place.mkdir(parents=True, exist_ok=True)
            elif path.is_file():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)
        except FileNotFoundError:
            continue
