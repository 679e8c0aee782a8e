"""Programs in `crash/`, run as processes that tests kill."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

CRASH = Path(__file__).parent / "crash"


@dataclass
class Child:
    """A program in `crash/` and what it has printed."""

    process: subprocess.Popen[str]
    lines: list[list[str]] = field(default_factory=list)

    @classmethod
    def start(cls, program: str, *arguments: object) -> Child:
        command = [sys.executable, str(CRASH / program), *map(str, arguments)]
        return cls(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))

    def read(self) -> bool:
        """Wait for the next line; False when the program has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if line.endswith("\n"):
            self.lines.append(line.split())
        return bool(line)

    def read_all(self) -> None:
        while self.read():
            pass
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def kill_after(self, lines: int, seconds: float) -> bool:
        """Kill after so many lines and a time; answer whether it was still running."""
        while len(self.lines) < lines and self.read():
            pass
        select.select([], [], [], seconds)  # the moment is the point of these tests; nothing waits for it
        self.process.kill()
        self.read_all()
        return self.process.returncode == -signal.SIGKILL
