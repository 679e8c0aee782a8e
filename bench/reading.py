"""Reads of one worker against a constant body of the same server: `python -m bench.reading` (about two minutes).

    python -m bench.reading --records 500 --rounds 2 --seconds 0.5     # a quick look

One server in a process of its own, with one path more than `entrepot serve` has: it answers a constant body as long as that
of a record, through the same application. Keep-alive connections ask one path for a while, then the next, round after
round; what counts is the ratio to the constant body in the same round. CPU time is that of the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import Response

from bench.exchange import found, write_lines
from bench.generator import ORIGIN, generate
from bench.process import cpu_seconds, entrepot
from bench.report import machine
from bench.row import OURS, Row, make_row, times_better
from bench.stage import Stage, say
from entrepot_node.app import create_app
from entrepot_node.commands.node import open_node
from entrepot_node.gate_keeper import GateKeeper
from entrepot_node.http_server import server_config
from entrepot_schema.canonical import sha256

RESULTS = Path(__file__).resolve().parent / "results"
MINUTES = (0.4, 2)
CONSTANT = "/constant"
_CONSTANT = "constant body"
_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Figure:
    """One path in one round: requests a second, and CPU seconds of the server for each."""

    rate: float
    cpu: float


def rows(stage: Stage) -> Iterator[Row]:
    """Requests a second of each path, beside the constant body in the same rounds."""
    for records in stage.sizes(2_000, quick=500):
        with stage.copied(records) as home:
            figures = _measure(home, stage.rounds, 0.4 if stage.quick else 2.0)
        constant, *others = figures
        for name in others:
            samples = {OURS: [figures[name]["rate"]], _CONSTANT: [figures[constant]["rate"]]}
            note = f"medians of {stage.rounds} rounds; {figures[name]['cpuMicroseconds']:.0f} µs of CPU time"
            goal = times_better(0.5, _CONSTANT)
            yield make_row(f"reading: {name}", "a second", samples, goal, more_is_better=True, note=note)


def main() -> int:
    """Build a node, serve it, ask."""
    parser = argparse.ArgumentParser(prog="python -m bench.reading")
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each path is asked in a round")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        return _serve(chosen.serve)
    if chosen.records < 300:
        parser.error("at least 300 records, or there is no full bundle")
    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        home = Path(folder) / "node"
        found(home, ORIGIN)
        file = write_lines(Path(folder) / "profiles.jsonl", generate(chosen.records))
        entrepot("publish", str(file), "--home", str(home))
        say(f"{chosen.records:,} records published")
        figures = _measure(home, chosen.rounds, chosen.seconds)
    where = machine()
    RESULTS.mkdir(exist_ok=True)
    result = RESULTS / f"reading-{where['date']}.json"
    result.write_text(
        json.dumps({"machine": where, "records": chosen.records, "paths": figures}, indent=2) + "\n"
    )
    print(markdown(figures))
    say(f"all figures: {result.relative_to(RESULTS.parent.parent)}")
    return 0


def _measure(home: Path, rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    command = [sys.executable, "-m", "bench.reading", "--serve", str(home)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline())
        paths = _paths(home)
        measured: dict[str, list[Figure]] = {name: [] for name in paths}
        for number in range(rounds + 1):
            for name, (path, headers) in paths.items():
                before, started = cpu_seconds(server.pid), time.perf_counter()
                asked = asyncio.run(_ask(port, path, headers, seconds if number else 0.2))
                figure = Figure(
                    asked / (time.perf_counter() - started), (cpu_seconds(server.pid) - before) / asked
                )
                if number:  # the first round only warms up
                    measured[name].append(figure)
            say(f"round {number} of {rounds}")
        return _summary(measured)
    finally:
        server.terminate()
        server.wait(20)


def _paths(home: Path) -> dict[str, tuple[list[str], str]]:
    """Paths by what they are, each with the header lines it is asked with."""
    with open_node(home) as node:
        feed = node.feed
        raws = node.store.contents(feed.id, 0, min(feed.size, 500))
        subjects = [json.loads(raw)["credentialSubject"]["id"] for raw in raws]
    ids = [one.removeprefix("https://").replace("/id/", "/") for one in subjects]
    digests = [sha256(raw).hex() for raw in raws]
    gzip = "accept-encoding: gzip\r\n"
    return {
        "a constant body, as long as a record": ([CONSTANT], ""),
        "one record by its id": ([f"/api/v1/subjects/{one}/versions/1" for one in ids], ""),
        "one subject by its id, with findings and level": ([f"/api/v1/subjects/{one}" for one in ids], ""),
        "checkpoint": (["/feed/checkpoint"], ""),
        "tile": (["/feed/tile/0/000"], ""),
        "bundle of entries": (["/feed/tile/entries/000"], gzip),
        "one record by its digest": ([f"/feed/addenda/{d[:2]}/{d[2:4]}/{d}" for d in digests], ""),
    }


async def _ask(port: int, paths: Sequence[str], headers: str, seconds: float) -> int:
    """Ask over some connections for a while; return how many answers came."""
    deadline = time.perf_counter() + seconds
    requests = [f"GET {path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n".encode() for path in paths]

    async def ask(first: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        asked = 0
        while time.perf_counter() < deadline:
            writer.write(requests[(first + asked * _CONNECTIONS) % len(requests)])
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"{paths[0]} answered {head[:60]!r}")
            await reader.readexactly(
                int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            )
            asked += 1
        writer.close()
        return asked

    return sum(await asyncio.gather(*(ask(number) for number in range(_CONNECTIONS))))


def _serve(home: Path) -> int:
    """Serve a node with one path more, from this process, until it is ended."""
    with open_node(home) as node:
        keeper = GateKeeper(node.home, node.store, node.signing_gate())
        app = create_app(node.store, node.settings, leaving=keeper.let_leave)
        raw = node.store.contents(node.feed.id, 0, 2)[0]

        @app.get(CONSTANT, include_in_schema=False)
        async def constant() -> Response:
            return Response(raw, media_type="application/json")

        app.router.routes.insert(0, app.router.routes.pop())  # none is found sooner
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(server_config(app, grace_seconds=1)).run(sockets=[listener])
    return 0


def _summary(measured: dict[str, list[Figure]]) -> dict[str, dict[str, float]]:
    constant = next(iter(measured.values()))
    return {
        name: {
            "rate": statistics.median(one.rate for one in figures),
            "cpuMicroseconds": statistics.median(one.cpu for one in figures) * 1e6,
            "rateRatio": statistics.median(one.rate / base.rate for one, base in zip(figures, constant, strict=True)),
            "cpuRatio": statistics.median(base.cpu / one.cpu for one, base in zip(figures, constant, strict=True)),
        }
        for name, figures in measured.items()
    }  # fmt: skip


def markdown(figures: dict[str, dict[str, Any]]) -> str:
    """The table for `docs/performance.md`."""
    lines = ["| what | requests a second | CPU µs | of the constant body's rate | by CPU time |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    lines += [
        f"| {name} | {one['rate']:,.0f} | {one['cpuMicroseconds']:.0f} | {one['rateRatio']:.2f} | {one['cpuRatio']:.2f} |"
        for name, one in figures.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
