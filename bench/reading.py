"""Reads of one worker against a constant body of the same server: `python -m bench --only reading`.

One server in a process of its own, with one path more than `entrepot serve` has: it answers a constant body as long as that
of a record, through the same application. Keep-alive connections ask one path for a while, then the next, round after
round; what counts is the ratio to the constant body in the same round. CPU time is that of the server.
"""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import Response

from bench.process import cpu_seconds
from bench.row import OURS, Row, make_row, times_better
from bench.stage import Stage
from entrepot_node.app import create_app
from entrepot_node.commands.node import open_node
from entrepot_node.gate_keeper import GateKeeper
from entrepot_node.http_server import server_config
from entrepot_schema.canonical import sha256

MINUTES = (0.4, 2)
_CONSTANT = "constant body"  # as long as a record
_CONSTANT_PATH = "/constant"
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
        constant = figures.pop(_CONSTANT)
        for name, measured in figures.items():
            samples = {OURS: [one.rate for one in measured], _CONSTANT: [one.rate for one in constant]}
            cpu = statistics.median(one.cpu for one in measured)
            share = statistics.median(
                base.cpu / one.cpu for one, base in zip(measured, constant, strict=True)
            )
            note = f"{cpu * 1e6:.0f} µs of CPU time, of which the constant body needs {share:.2f}"
            goal = times_better(0.5, _CONSTANT)
            yield make_row(f"reading: {name}", "a second", samples, goal, more_is_better=True, note=note)


def _measure(home: Path, rounds: int, seconds: float) -> dict[str, list[Figure]]:
    command = [sys.executable, "-m", "bench.reading", str(home)]
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
        return measured
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
        _CONSTANT: ([_CONSTANT_PATH], ""),
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


def _serve(home: Path) -> None:
    """Serve a node with one path more, from this process, until it is ended."""
    with open_node(home) as node:
        keeper = GateKeeper(node.home, node.store, node.signing_gate())
        app = create_app(node.store, node.settings, leaving=keeper.let_leave)
        raw = node.store.contents(node.feed.id, 0, 2)[0]

        @app.get(_CONSTANT_PATH, include_in_schema=False)
        async def constant() -> Response:
            return Response(raw, media_type="application/json")

        app.router.routes.insert(0, app.router.routes.pop())  # none is found sooner
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(server_config(app, grace_seconds=1)).run(sockets=[listener])


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
