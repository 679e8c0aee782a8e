"""What all rows share in one run: a folder, how many rounds, the nodes that were built, and somebody to tell."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.building import build
from bench.exchange import await_answer
from bench.process import Server
from bench.recovery import listen_anew

Way = Callable[[Path], float]
"""Does what is measured, in a path where nothing is yet; returns the measurement."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`folder` is emptied at the end of the run; `homes` may be kept, and nodes in it are taken again."""

    folder: Path
    homes: Path
    rounds: int
    quick: bool
    records: int | None = None

    def sizes(self, *usual: int, quick: int) -> Sequence[int]:
        """How many records to measure with: as told, or else a few in a quick run, or the usual numbers."""
        if self.records is not None:
            return (self.records,)
        return (quick,) if self.quick else usual

    def slow_rounds(self) -> int:
        """Rounds of what takes minutes each."""
        return min(self.rounds, 3)

    def publisher(self, records: int) -> Path:
        """A node with so many records; nobody may change it."""
        home = self.homes / f"publisher-{records}"
        build(home, records)
        return home

    @contextmanager
    def copied(self, records: int) -> Iterator[Path]:
        """A copy of such a node, to change as one likes."""
        with self.room() as folder:
            yield Path(shutil.copytree(self.publisher(records), folder / "node"))

    @contextmanager
    def served(self, records: int) -> Iterator[tuple[Path, str, Server]]:
        """A copy of such a node, served: where it lies, its URL, its process."""
        with self.copied(records) as home:
            url = listen_anew(home)
            with Server(home) as server:
                await_answer(server, f"{url}/feed/checkpoint")
                yield home, url, server

    @contextmanager
    def room(self) -> Iterator[Path]:
        """An empty folder for a while."""
        with TemporaryDirectory(dir=self.folder) as folder:
            yield Path(folder)

    def interleaved(self, ways: Mapping[str, Way], rounds: int) -> dict[str, list[float]]:
        """Go all ways in each round, each time beginning with another one. What they made is removed after the last."""
        names = list(ways)
        measured: dict[str, list[float]] = {name: [] for name in names}
        # Both for `git clone`: a run must not pay for what the one before it wrote, and ext4 is slow at making files where
        # many were removed a moment ago.
        with self.room() as folder:
            for number in range(rounds):
                turn = number % len(names)
                for place, name in enumerate([*names[turn:], *names[:turn]]):
                    os.sync()
                    measured[name].append(ways[name](folder / f"{number}-{place}"))
                told = ", ".join(f"{name} {values[-1]:,.1f}" for name, values in measured.items())
                say(f"round {number + 1} of {rounds}: {told}")
        return measured


def say(line: str) -> None:
    """Tell whoever waits."""
    print(line, file=sys.stderr, flush=True)
