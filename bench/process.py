"""One `entrepot` process: how long it took, what it printed, how much memory it needed at most.

The peak is the kernel's high-water mark of resident memory, read from `/proc` while the process lives. The figure
that a finished child leaves (`ru_maxrss`) would be no good: it starts at what its parent had when it forked.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

_SAMPLE_SECONDS = 0.02
_TIMEOUT_SECONDS = 1_800


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that did its work: from its start to its end, with Python's own start in it."""

    seconds: float
    cpu_seconds: float
    """Of the process and of those children that it waited for."""
    peak_bytes: int
    output: Any


def run(module: str, arguments: Sequence[str]) -> Finished:
    """Run `python -m MODULE ARGUMENTS` to its end; raise if it fails. Its output is one JSON document."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started, cpu_before = time.perf_counter(), _cpu_of_children()
        process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=output, stderr=errors)
        watch = _PeakWatch(process.pid)
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


def entrepot(*arguments: str) -> Finished:
    """Run one `entrepot` command with `--json`."""
    return run("entrepot_node.cli", [*arguments, "--json"])


class Server:
    """`entrepot serve` of one node, for as long as the block lasts. `at` stands before the command."""

    def __init__(self, home: Path, *, at: Sequence[str] = ()) -> None:
        self._arguments = [*at, sys.executable, "-m", "entrepot_node.cli", "serve", "--home", str(home)]
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: _PeakWatch | None = None

    def __enter__(self) -> Server:
        self._process = subprocess.Popen(self._arguments, stdout=subprocess.DEVNULL)
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
    def peak_bytes(self) -> int:
        """The peak so far."""
        return self._watch.peak_bytes if self._watch is not None else 0

    def require_alive(self) -> None:
        """Raise if the server has ended."""
        if self._process is None or self._process.poll() is not None:
            raise SystemExit("the server has ended; its words stand above")


class _PeakWatch:
    """Reads the high-water mark of a process until it is told to stop; 0 where the system has no `/proc`."""

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._status = Path(f"/proc/{pid}/status")
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

    def _read(self) -> None:
        try:
            lines = self._status.read_text(encoding="ascii").splitlines()
        except OSError:
            return
        for line in lines:
            if line.startswith("VmHWM:"):
                self.peak_bytes = max(self.peak_bytes, int(line.split()[1]) * 1024)
