"""Measure `entrepot static`: `python -m bench.static --records 100000` (a few minutes more to build the node).

    python -m bench.static --records 5000                       # a quick look
    python -m bench.static --records 100000 --home FOLDER       # builds the node there, or measures the one it finds

Each run is a process of its own: the first into an empty folder, one with nothing to do, one after one changed record,
one after one withdrawal. In the end `entrepot verify` pulls the copy from Python's own web server, with all checks. CPU
seconds are those of the process and its children: on a busy machine they say more than the clock.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.building import build
from bench.generator import generate
from bench.process import entrepot
from bench.report import machine
from entrepot_node.commands.node import open_node
from entrepot_node.orders import Publication

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


def main() -> int:
    """Build or find the node, measure, report."""
    parser = argparse.ArgumentParser(prog="python -m bench.static", description="Measure static copies.")
    parser.add_argument("--records", type=int, default=100_000, help="records in the node (default: 100000)")
    parser.add_argument("--home", type=Path, help="where the node lies, or is built; kept")
    parser.add_argument("--folder", type=Path, help="where the copy is written: an empty folder, kept")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        home = chosen.home or Path(folder) / "node"
        if not (home / "entrepot.db").exists():
            build(home, chosen.records)
        copy = chosen.folder or Path(folder) / "copy"
        print(markdown(list(measure(home, copy)), machine()), flush=True)
    return 0


def measure(home: Path, copy: Path) -> Iterator[Run]:
    """All runs, in their order."""
    profile = generate(_CHANGED + 1)[_CHANGED]
    yield _run("first run", home, copy)
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
    with _served(copy) as url:
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


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def markdown(runs: list[Run], where: dict[str, Any]) -> str:
    """The figures as a table."""
    load = os.getloadavg()[0]
    rows = [
        f"| {run.name} | {run.written:,} | {run.removed:,} | {run.wall:.1f} | {run.cpu:.1f} | {run.peak_bytes >> 20:,} |"
        for run in runs
    ]
    return "\n".join(
        [
            f"{where['date']}, {where['cpu']}, {where['cores']} cores, load {load:.1f} at the end",
            "",
            "| run | files written | removed | seconds | CPU seconds | peak MiB, first process |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
            *rows,
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
