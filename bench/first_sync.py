"""A first sync beside what people know: `python -m bench.first_sync --records 20000` (needs git, Node.js and npm).

    python -m bench.first_sync --records 2000 --rounds 1        # a quick look
    python -m bench.first_sync --records 100000 --home FOLDER   # builds the publisher there, or takes the one it finds

The same signed records go from one process to another on the loopback, by four ways, interleaved, in each round in another
order: `entrepot sync` (everything verified, searchable at its end), PouchDB 9 from express-pouchdb (leveldb at both ends),
`git clone` of the records as files from `git daemon`, and a bare copy (`bench.bare_copy`: same store, same index, nothing
verified). The time is that of the pulling process, from its start to its end.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.building import build
from bench.exchange import await_answer, found
from bench.generator import ORIGIN
from bench.ports import free_address, until_it_answers
from bench.process import Server, entrepot, run
from bench.recovery import listen_anew
from bench.report import machine

PEERS = Path(__file__).resolve().parent / "peers"
RESULTS = Path(__file__).resolve().parent / "results"
_GIT_NAME = ["-c", "user.name=bench", "-c", "user.email=bench@bench.example"]

Pull = Callable[[Path], float]
"""Pulls into an empty folder and returns seconds."""


def main() -> int:
    """Build what is served, run the rounds, report."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.first_sync", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--records", type=int, default=20_000, help="records (default: 20000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often (default: 5)")
    parser.add_argument(
        "--home", type=Path, help="where the publisher lies, or is built; a copy of it serves"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="entrepot-first-sync-") as folder:
        built = chosen.home or Path(folder) / "built"
        if not (built / "entrepot.db").exists():
            build(built, chosen.records)
        count, seconds = _measure(built, Path(folder), chosen.rounds)
    figures = _figures(count, seconds)
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"first-sync-{count}-{machine()['date']}.json"
    file.write_text(json.dumps({"machine": machine(), **figures}, indent=2) + "\n", encoding="utf-8")
    print(_markdown(figures))
    return 0


def _measure(built: Path, folder: Path, rounds: int) -> tuple[int, dict[str, list[float]]]:
    publisher = folder / "publisher"
    shutil.copytree(built, publisher)
    url = listen_anew(publisher)
    seconds: dict[str, list[float]] = {}
    with Server(publisher) as server:
        await_answer(server, f"{url}/feed/checkpoint")
        lines = _records(url, folder / "records.jsonl")
        with _git_daemon(folder, lines) as git_url, _pouch(folder, lines) as pouch_url:
            ways: list[tuple[str, Pull]] = [
                ("entrepot", lambda at: _entrepot(at, url, len(lines))),
                ("bare copy", lambda at: _bare_copy(at, url, len(lines))),
                ("PouchDB", lambda at: _pouchdb(at, pouch_url, len(lines))),
                ("git clone", lambda at: _git_clone(at, git_url, len(lines))),
            ]
            for number in range(rounds):
                turn = number % len(ways)
                for name, pull in ways[turn:] + ways[:turn]:
                    at = folder / f"{number}-{name.replace(' ', '-')}"
                    seconds.setdefault(name, []).append(pull(at))
                    print(
                        f"round {number + 1}: {name} {seconds[name][-1]:.1f} s", file=sys.stderr, flush=True
                    )
                    shutil.rmtree(at)
    return len(lines), seconds


def _records(url: str, file: Path) -> list[bytes]:
    with urllib.request.urlopen(f"{url}/api/v1/records.jsonl?origin={ORIGIN}") as answer:
        raw: bytes = answer.read()
    file.write_bytes(raw)
    return raw.splitlines()


def _entrepot(at: Path, url: str, count: int) -> float:
    at.mkdir()
    found(at / "node", "bench-follower.example")
    entrepot("follow", url, "--allow-private", "--yes", "--no-sync", "--home", str(at / "node"))
    done = entrepot("sync", "--home", str(at / "node"))
    _require(done.output[0]["stored"], count, "entrepot")
    return done.seconds


def _bare_copy(at: Path, url: str, count: int) -> float:
    at.mkdir()
    found(at / "node", "bench-follower.example")
    done = run("bench.bare_copy", [str(at / "node"), url, ORIGIN])
    _require(done.output["records"], count, "bare copy")
    return done.seconds


def _pouchdb(at: Path, url: str, count: int) -> float:
    at.mkdir()
    started = time.perf_counter()
    done = subprocess.run(["node", PEERS / "pull.cjs", at, url], check=True, capture_output=True)
    seconds = time.perf_counter() - started
    _require(json.loads(done.stdout)["records"], count, "PouchDB")
    return seconds


def _git_clone(at: Path, url: str, count: int) -> float:
    started = time.perf_counter()
    subprocess.run(["git", "clone", "--quiet", url, at], check=True, capture_output=True)
    seconds = time.perf_counter() - started
    _require(sum(1 for _ in at.glob("records/*/*.json")), count, "git clone")
    return seconds


def _require(got: int, count: int, name: str) -> None:
    if got != count:
        raise SystemExit(f"{name} brought {got} records, not {count}")


@contextmanager
def _git_daemon(folder: Path, lines: list[bytes]) -> Iterator[str]:
    """Serve the records as files, 256 a folder, in one commit that is packed as a server would have it."""
    work = folder / "git" / "records.git"
    for index, line in enumerate(lines):
        path = work / "records" / f"{index // 256:05d}" / f"{index:07d}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(line)
    for command in (
        ["init", "--quiet"],
        ["add", "."],
        ["commit", "--quiet", "-m", "records"],
        ["gc", "--quiet"],
    ):
        subprocess.run(["git", *_GIT_NAME, *command], cwd=work, check=True, capture_output=True)
    port = free_address().rpartition(":")[2]
    options = [
        "--export-all",
        "--reuseaddr",
        "--listen=127.0.0.1",
        f"--port={port}",
        f"--base-path={folder / 'git'}",
    ]
    daemon = subprocess.Popen(["git", "daemon", *options])
    try:
        until_it_answers(lambda: socket.create_connection(("127.0.0.1", int(port)), timeout=1).close())
        yield f"git://127.0.0.1:{port}/records.git"
    finally:
        daemon.terminate()
        daemon.wait()


@contextmanager
def _pouch(folder: Path, lines: list[bytes]) -> Iterator[str]:
    if not (PEERS / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=PEERS, check=True)
    served = folder / "pouch"
    served.mkdir()
    server = subprocess.Popen(
        ["node", PEERS / "serve.cjs", served, folder / "records.jsonl"], stdout=subprocess.PIPE
    )
    assert server.stdout
    try:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}/records"
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def _figures(count: int, seconds: dict[str, list[float]]) -> dict[str, Any]:
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    return {
        "records": count,
        "seconds": seconds,
        "medianSeconds": medians,
        "ratioToEntrepot": {name: value / medians["entrepot"] for name, value in medians.items()},
    }


def _markdown(figures: dict[str, Any]) -> str:
    rows = [
        f"| {name} | {median:.1f} | {figures['records'] / median:,.0f} | {figures['ratioToEntrepot'][name]:.2f} |"
        for name, median in figures["medianSeconds"].items()
    ]
    head = f"| first sync of {figures['records']:,} records | seconds, median | records a second | time, ours = 1 |"
    return "\n".join([head, "| --- | ---: | ---: | ---: |", *rows])


if __name__ == "__main__":
    raise SystemExit(main())
