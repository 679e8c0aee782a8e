"""A static copy of a node, made anew, with nothing to do, after one change: `python -m bench --only static`.

Each run is a process of its own. Beside the first run stands a plain copy of the folder that it wrote. In the end `entrepot
verify` pulls the copy from Python's own web server, with all checks.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.node.plain_host import plain_host

from bench.generator import generate
from bench.process import entrepot
from bench.row import OURS, Row, make_row
from bench.stage import Stage
from entrepot_node.commands.node import open_node
from entrepot_node.orders import Publication

MINUTES = (0.5, 12)
FIRST = "first run"
_MEBIBYTE = 1024 * 1024
_CHANGED = 7  # the record that is changed: a cluster


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what it did, and what it cost."""

    name: str
    written: int
    removed: int
    wall: float
    cpu: float
    peak_bytes: int


def rows(stage: Stage) -> Iterator[Row]:
    """Seconds of each run, and the memory of the first."""
    for records in stage.sizes(100_000, quick=2_000):
        runs: dict[str, list[Run]] = {}
        copied: list[float] = []
        for _ in range(stage.slow_rounds()):
            with stage.copied(records) as home, stage.room() as folder:
                for one in measure(home, folder / "copy"):
                    runs.setdefault(one.name, []).append(one)
                    if one.name == FIRST:
                        copied.append(_copy_files(folder / "copy", folder / "again"))
        for name, measured in runs.items():
            samples = {OURS: [one.wall for one in measured]} | ({"cp -r": copied} if name == FIRST else {})
            note = f"{measured[0].written:,} files written, {measured[0].removed:,} removed; CPU seconds {measured[0].cpu:.1f}"
            yield make_row(f"`entrepot static` of {records:,}: {name}", "s", samples, note=note)
        peaks = [one.peak_bytes / _MEBIBYTE for one in runs[FIRST]]
        yield make_row(f"`entrepot static` of {records:,}: memory of the {FIRST}", "MiB", peaks)


def _copy_files(folder: Path, to: Path) -> float:
    started = time.perf_counter()
    subprocess.run(["cp", "-r", folder, to], check=True)
    seconds = time.perf_counter() - started
    shutil.rmtree(to)
    return seconds


def measure(home: Path, copy: Path) -> Iterator[Run]:
    """All runs, in their order."""
    profile = generate(_CHANGED + 1)[_CHANGED]
    yield _run(FIRST, home, copy)
    yield _run("nothing to do", home, copy)
    changed = {**profile, "updated": f"2026-10-{time.localtime().tm_mday:02d}"}
    changed["summary"] = {
        **profile["summary"],
        "en": f"As of {time.time():.0f}. {profile['summary']['en']}"[:400],
    }
    with open_node(home) as node, node.publisher() as publisher:
        publisher.publish([Publication(changed, "CC-BY-4.0")])
    yield _run("one record changed", home, copy)
    with open_node(home) as node, node.publisher() as publisher:
        publisher.withdraw([_live_one(node)])
    yield _run("one record withdrawn", home, copy)
    with plain_host(copy) as url:
        done = entrepot("verify", url, "--allow-private")
        print("; ".join(done.output["shown"]), file=sys.stderr, flush=True)
        yield Run(
            "pulled and verified whole",
            0,
            0,
            done.seconds,
            done.cpu_seconds,
            done.peak_bytes,
        )


def _live_one(node: Any) -> str:
    """A record that no other names: not the cluster that was just changed, which stands last."""
    return str(node.store.live_places(node.feed.id)[-2][1])


def _run(name: str, home: Path, copy: Path) -> Run:
    done = entrepot("static", str(copy), "--home", str(home), "--base-url", "https://records.example")
    report = done.output
    print(f"{name}: {done.seconds:.1f} s", file=sys.stderr, flush=True)
    return Run(name, report["written"], report["removed"], done.seconds, done.cpu_seconds, done.peak_bytes)
