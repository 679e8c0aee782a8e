"""What a node under attack spends: memory, CPU, open files, disk. Read from `/proc`, so on Linux only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over a tree of processes: bytes of resident memory, CPU seconds, open files, bytes on disk."""

    memory_bytes: int = 0
    cpu_seconds: float = 0.0
    open_files: int = 0
    disk_bytes: int = 0
    requests: int = 0
    """Requests that arrived at the peers of the simulator."""

    def since(self, earlier: Usage) -> Usage:
        """What came on top of an earlier reading."""
        return Usage(
            self.memory_bytes - earlier.memory_bytes,
            round(self.cpu_seconds - earlier.cpu_seconds, 3),
            self.open_files - earlier.open_files,
            self.disk_bytes - earlier.disk_bytes,
            self.requests - earlier.requests,
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that one case may cost a node; going above it fails the case, whatever the verdict was."""

    memory_bytes: int = 96 * 1024 * 1024
    cpu_seconds: float = 10.0
    open_files: int = 40
    disk_bytes: int = 64 * 1024 * 1024
    requests: int = 200

    def faults(self, spent: Usage) -> list[str]:
        """Name each limit that was passed, in words."""
        rows = (
            ("bytes of memory", spent.memory_bytes, self.memory_bytes),
            ("CPU seconds", spent.cpu_seconds, self.cpu_seconds),
            ("open files", spent.open_files, self.open_files),
            ("bytes on disk", spent.disk_bytes, self.disk_bytes),
            ("requests", spent.requests, self.requests),
        )
        return [f"spent {used:,} {what}, {most:,} is the most" for what, used, most in rows if used > most]


def measure(pid: int, folder: Path | None = None) -> Usage:
    """Read the usage of a process with all its children, and of the folder it keeps its data in.

    Memory is the peak of each process so far (`VmHWM`), so a case that ran before can only make a later one look cheaper.
    """
    memory, cpu, files = 0, 0.0, 0
    for one in _tree(pid):
        memory += _peak_bytes(one)
        cpu += _cpu_seconds(one)
        files += _open_files(one)
    return Usage(memory, cpu, files, _disk_bytes(folder) if folder else 0)


def can_measure() -> bool:
    """Answer whether this system tells what processes spend."""
    return (_PROC / "self" / "status").exists()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = (_PROC / str(pid) / "task" / str(pid) / "children").read_text("ascii").split()
    except OSError:
        return
    for child in children:
        yield from _tree(int(child))


def _peak_bytes(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "status").read_text("utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _cpu_seconds(pid: int) -> float:
    try:
        # The name in brackets may hold anything; the figures begin after the last bracket.
        fields = (_PROC / str(pid) / "stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(fields[place]) for place in (11, 12, 13, 14)) / _TICKS


def _open_files(pid: int) -> int:
    try:
        return len(list((_PROC / str(pid) / "fd").iterdir()))
    except OSError:
        return 0


def _disk_bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512
        except OSError:  # a file that the node removed meanwhile
            continue
    return total
