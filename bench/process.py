"""One `entrepot` process: how long it took, what it printed, how much memory it needed at most.

The peak is that of the process and all its children together, looked at ten times a second; what several of them share
counts once. The figure that a finished child leaves (`ru_maxrss`) would be no good: it starts at what its parent had
when it forked, and leaves out workers.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

_SAMPLE_SECONDS = 0.1  # adding up takes a millisecond a process
_TIMEOUT_SECONDS = 7_200
NOTHING: Mapping[str, str] = MappingProxyType({})

Look = Callable[[int], None]


def ignored(_pid: int) -> None:
    """Look at nothing."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that did its work: from its start to its end, with Python's own start in it."""

    seconds: float
    cpu_seconds: float
    """Of the process and of those children that it waited for."""
    peak_bytes: int
    output: Any


def run(
    module: str, arguments: Sequence[str], *, variables: Mapping[str, str] = NOTHING, look: Look = ignored
) -> Finished:
    """Run `python -m MODULE ARGUMENTS` to its end; raise if it fails. Its output is one JSON document.

    `variables` are set in its environment beside what stands there; `look` is called with its number again and again.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started, cpu_before = time.perf_counter(), _cpu_of_children()
        command = [sys.executable, "-m", module, *arguments]
        process = subprocess.Popen(command, stdout=output, stderr=errors, env={**os.environ, **variables})
        watch = _PeakWatch(process.pid, look)
        code = process.wait(_TIMEOUT_SECONDS)
        seconds = time.perf_counter() - started
        watch.stop()
        output.seek(0)
        errors.seek(0)
        if code != 0:
            raise SystemExit(
                f"{module} {arguments[0]} failed ({code}): {errors.read().decode()}{output.read().decode()}"
            )
        return Finished(seconds, _cpu_of_children() - cpu_before, watch.peak_bytes, json.load(output))


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def entrepot(*arguments: str, variables: Mapping[str, str] = NOTHING, look: Look = ignored) -> Finished:
    """Run one `entrepot` command with `--json`."""
    return run("entrepot_node.cli", [*arguments, "--json"], variables=variables, look=look)


class Server:
    """`entrepot serve` of one node, for as long as the block lasts. `at` stands before the command; `quiet`: without its log."""

    def __init__(self, home: Path, *, at: Sequence[str] = (), quiet: bool = False) -> None:
        self._log = subprocess.DEVNULL if quiet else None
        self._arguments = [*at, sys.executable, "-m", "entrepot_node.cli", "serve", "--home", str(home)]
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: _PeakWatch | None = None

    def __enter__(self) -> Server:
        self._process = subprocess.Popen(self._arguments, stdout=subprocess.DEVNULL, stderr=self._log)
        self._watch = _PeakWatch(self._process.pid)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._watch is not None:
            self._watch.stop()
            self._process.terminate()
            self._process.wait(20)

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self._process is not None
        return self._process.pid

    @property
    def peak_bytes(self) -> int:
        """The peak so far."""
        return self._watch.peak_bytes if self._watch is not None else 0

    def require_alive(self) -> None:
        """Raise if the server has ended."""
        if self._process is None or self._process.poll() is not None:
            raise SystemExit("the server has ended; its words stand above")


class _PeakWatch:
    """Adds up what a process and all its children hold, again and again, until it is told to stop; 0 without `/proc`."""

    def __init__(self, pid: int, look: Look = ignored) -> None:
        self.peak_bytes = 0
        self._pid = pid
        self._look = look
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._read()
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(_SAMPLE_SECONDS):
            self._read()
            self._look(self._pid)

    def _read(self) -> None:
        self.peak_bytes = max(self.peak_bytes, sum(map(_held_bytes, family(self._pid))))


def family(pid: int) -> list[int]:
    """A process and all its children that live."""
    found = [pid]
    for one in found:
        for thread in _names_in(Path(f"/proc/{one}/task")):
            with suppress(OSError):  # it has ended
                children = Path(f"/proc/{one}/task/{thread}/children").read_text(encoding="ascii")
                found += [int(child) for child in children.split()]
    return found


def _names_in(folder: Path) -> list[str]:
    with suppress(OSError):  # it has ended
        return [path.name for path in folder.iterdir()]
    return []


def cpu_seconds(pid: int) -> float:
    """What a process and its children have computed so far, those that ended and were waited for included."""
    return sum(own + waited for own, waited in cpu_by_process(pid).values())


def cpu_by_process(pid: int) -> dict[int, tuple[float, float]]:
    """CPU seconds of a process and of each of its children that live: its own, and of those it waited for."""
    found = ((one, _cpu_seconds(one)) for one in family(pid))
    return {one: seconds for one, seconds in found if seconds is not None}


def _held_bytes(pid: int) -> int:
    """Memory of a process; of what it shares with others its share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _cpu_seconds(pid: int) -> tuple[float, float] | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return None
    user, system, waited_user, waited_system = (
        int(field) / os.sysconf("SC_CLK_TCK") for field in fields[11:15]
    )
    return user + system, waited_user + waited_system
