"""A million records: one node publishes them, a second pulls them, is searched, and starts anew.

    python -m bench --only million --homes FOLDER             # builds both nodes there, or goes on with what it finds; an hour
    python -m bench --only million --homes FOLDER --records 20000

In `FOLDER/million-…` the publisher is built once, and the follower pulls once; the figures of that are kept beside it in
`first-sync.json`: without that file it pulls anew. All that is measured of one bundle against another is taken from the
store of the follower while it pulls.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.building import build
from bench.exchange import FOLLOWER, await_answer, found
from bench.generator import ORIGIN
from bench.process import Server, cpu_seconds, entrepot
from bench.recovery import listen_anew
from bench.row import OURS, Row, at_most, make_row
from bench.searching import search_rows
from bench.stage import Stage, say

MINUTES = (0.5, 45)
RECORDS = 1_000_000
_LOOK_SECONDS = 0.5
_TOLD_SECONDS = 30.0
_FIRST, _LAST = (
    (0.01, 0.05),
    (0.96, 1.0),
)  # the parts of the feed that are compared: the very start is a process's start
_LEAST_COMPARED = 100_000  # with fewer, all comes in a few transactions
_MEBIBYTE = 1024 * 1024


def rows(stage: Stage) -> Iterator[Row]:
    """All rows; the nodes lie where built nodes are kept."""
    for records in stage.sizes(RECORDS, quick=3_000):
        yield from _of_home(stage.homes / f"million-{records}", records)


def _of_home(home: Path, records: int) -> Iterator[Row]:
    """All rows of the nodes in a folder; what is missing is built."""
    publisher, follower, kept = home / "publisher", home / "follower", home / "first-sync.json"
    home.mkdir(parents=True, exist_ok=True)
    build(publisher, records)
    if not kept.exists():
        shutil.rmtree(follower, ignore_errors=True)
        kept.write_text(json.dumps(_first_sync(publisher, follower, records)) + "\n", "utf-8")
    yield from _sync_rows(json.loads(kept.read_text("utf-8")), records)
    yield from search_rows(follower, records)


@dataclass(slots=True)
class _Progress:
    """How far a pull is: seconds, CPU seconds and entries, looked at twice a second."""

    store: Path
    records: int
    started: float = field(default_factory=time.perf_counter)
    samples: list[tuple[float, float, int]] = field(default_factory=list)
    told: float = 0.0

    def look(self, pid: int) -> None:
        seconds = time.perf_counter() - self.started
        if self.samples and seconds - self.samples[-1][0] < _LOOK_SECONDS:
            return
        size = self._size()
        self.samples.append((seconds, cpu_seconds(pid), size))
        if size and seconds - self.told > _TOLD_SECONDS:
            self.told = seconds
            left = seconds / size * (self.records - size) / 60
            say(f"  pulled {size:,} of {self.records:,}, {size / seconds:,.0f} a second, {left:.0f} min left")

    def _size(self) -> int:
        uri = f"{self.store.resolve().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
                (size,) = connection.execute("SELECT max(size) FROM feeds WHERE NOT own").fetchone()
        except sqlite3.Error:  # it is being opened or closed
            return self.samples[-1][2] if self.samples else 0
        return size or 0


def _first_sync(publisher: Path, follower: Path, records: int) -> dict[str, Any]:
    """Pull everything; return figures."""
    url = listen_anew(publisher)
    found(follower, FOLLOWER)
    with Server(publisher) as server:
        await_answer(server, f"{url}/feed/checkpoint")
        options = ("--allow-private", "--yes", "--no-sync", "--growth-limit", str(2 * records))
        entrepot("follow", url, *options, "--home", str(follower))
        progress = _Progress(follower / "entrepot.db", records)
        done = entrepot("sync", "--home", str(follower), look=progress.look)
        report = done.output[0]
        if not report["ok"] or report["stored"] != records:
            raise SystemExit(
                f"the first sync of {ORIGIN} stored something else than {records} records: {report}"
            )
        return {
            "seconds": done.seconds,
            "cpuSeconds": done.cpu_seconds,
            "peakBytes": done.peak_bytes,
            "publisherPeakBytes": server.peak_bytes,
            "wireBytes": report["wire_bytes"],
            "samples": progress.samples,
        }


def _sync_rows(sync: dict[str, Any], records: int) -> Iterator[Row]:
    size = f"{records:,}"
    yield make_row(f"first sync of {size} records until searchable", "s", [sync["seconds"]])
    yield make_row(f"bytes a record, first sync of {size}", "B", [sync["wireBytes"] / records], at_most(600))
    peaks = [sync["peakBytes"] / _MEBIBYTE], [sync["publisherPeakBytes"] / _MEBIBYTE]
    yield make_row(f"memory of the follower, first sync of {size}", "MiB", peaks[0], at_most(300))
    yield make_row(f"memory of the publisher, first sync of {size}", "MiB", peaks[1])
    if records < _LEAST_COMPARED:
        return
    for what, column in (("seconds", 0), ("CPU seconds", 1)):
        first, last = (_between(sync["samples"], column, part, records) for part in (_FIRST, _LAST))
        note = f"{last:.1f} for the last 4 % of the entries, {first:.1f} for those from 1 to 5 %"
        name = f"last bundles against first, of {size} records: {what}"
        yield make_row(name, "", {OURS: [last / first if first else 0.0]}, at_most(1.2), note=note)


def _between(
    samples: Sequence[Sequence[float]], column: int, part: tuple[float, float], records: int
) -> float:
    """How much of a column passed while a part of the entries came."""
    begin, end = (_at(samples, column, share * records) for share in part)
    return end - begin


def _at(samples: Sequence[Sequence[float]], column: int, size: float) -> float:
    """The value of a column when so many entries were there, between the looks before and behind."""
    before = samples[0]
    for sample in samples:
        if sample[2] >= size:
            grown = sample[2] - before[2]
            share = (size - before[2]) / grown if grown else 1.0
            return before[column] + share * (sample[column] - before[column])
        before = sample
    return float(before[column])
