"""Other people's replicators, served the same records: PouchDB 9 from express-pouchdb, and git.

Each is there or says what is missing. Both verify no more than their own checksums.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bench.ports import free_address, until_it_answers
from bench.relay import Relay
from bench.stage import say

_PEERS = Path(__file__).resolve().parent / "peers"
# Without the packing that git starts by itself, which runs on in the background and is in the way of ours.
_GIT = ["git", "-c", "user.name=bench", "-c", "user.email=bench@bench.example", "-c", "gc.auto=0"]
_FILES_A_FOLDER = 256
_TIMEOUT_SECONDS = 3_600


class Replicator(Protocol):
    """Serves records; pulls all of them, or what changed since, into a folder of the caller."""

    name: str
    of_news: str
    """What a pull of changes is called."""

    def pull(self, at: Path, *, relay: Relay | None = None) -> float:
        """Pull to the end; return seconds. Raises if not all records are there."""
        ...

    def change(self, places: Sequence[int], lines: Sequence[bytes]) -> None:
        """Serve these records instead of those at some places."""
        ...

    @property
    def port(self) -> int:
        """Where it is served."""
        ...


@contextmanager
def replicators(folder: Path, lines: Sequence[bytes]) -> Iterator[list[Replicator]]:
    """All that this machine has; says plainly what it has not."""
    with ExitStack() as stack:
        found: list[Replicator] = []
        if _is_there("git"):
            found.append(stack.enter_context(_git(folder, lines)))
        if _is_there("node", "npm") and _installed():
            found.append(stack.enter_context(_pouch(folder, lines)))
        yield found


def _is_there(*programs: str) -> bool:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        say(f"no {', no '.join(missing)}: rows go without what needs it")
    return not missing


def _installed() -> bool:
    if (_PEERS / "node_modules").is_dir():
        return True
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=_PEERS, capture_output=True, text=True)
    if done.returncode:
        say(f"npm ci failed, rows go without PouchDB: {done.stderr.strip()[-300:]}")
    return done.returncode == 0


@dataclass(slots=True)
class _Git:
    """`git clone` and `git pull` of the records as files, 256 a folder."""

    work: Path
    port: int
    name: str = "git clone"
    of_news: str = "git pull"

    def pull(self, at: Path, *, relay: Relay | None = None) -> float:
        url = f"git://127.0.0.1:{relay.port if relay else self.port}/records.git"
        command = ["git", "clone", "--quiet", url, str(at)]
        if at.exists():
            command = [*_GIT, "-C", str(at), "pull", "--quiet", "--ff-only", url]
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_SECONDS)
        seconds = time.perf_counter() - started
        there = sum(1 for _ in at.glob("records/*/*.json"))
        _require(there, sum(1 for _ in self.work.glob("records/*/*.json")), self.name)
        return seconds

    def change(self, places: Sequence[int], lines: Sequence[bytes]) -> None:
        if not places:
            return
        for place, line in zip(places, lines, strict=True):
            _file(self.work, place).write_bytes(line)
        for command in (["add", "."], ["commit", "--quiet", "-m", "changes"]):
            subprocess.run([*_GIT, *command], cwd=self.work, check=True, capture_output=True)


def _file(work: Path, place: int) -> Path:
    return work / "records" / f"{place // _FILES_A_FOLDER:05d}" / f"{place:07d}.json"


@contextmanager
def _git(folder: Path, lines: Sequence[bytes]) -> Iterator[Replicator]:
    """One commit, packed as a server would have it, behind `git daemon`."""
    work = folder / "git" / "records.git"
    for place, line in enumerate(lines):
        path = _file(work, place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(line)
    for command in (
        ["init", "--quiet"],
        ["add", "."],
        ["commit", "--quiet", "-m", "records"],
        ["gc", "--quiet"],
    ):
        subprocess.run([*_GIT, *command], cwd=work, check=True, capture_output=True)
    port = int(free_address().rpartition(":")[2])
    options = [
        "--export-all",
        "--reuseaddr",
        "--listen=127.0.0.1",
        f"--port={port}",
        f"--base-path={folder / 'git'}",
    ]
    daemon = subprocess.Popen(["git", "daemon", *options], stderr=subprocess.DEVNULL)
    try:
        until_it_answers(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close())
        yield _Git(work, port)
    finally:
        daemon.terminate()
        daemon.wait()


@dataclass(slots=True)
class _Pouch:
    """PouchDB pulling, leveldb at both ends."""

    port: int
    ids: list[str]
    name: str = "PouchDB"
    of_news: str = "PouchDB"

    def pull(self, at: Path, *, relay: Relay | None = None) -> float:
        at.mkdir(exist_ok=True)
        url = f"http://127.0.0.1:{relay.port if relay else self.port}/records"
        started = time.perf_counter()
        done = subprocess.run(
            ["node", _PEERS / "pull.cjs", at, url], check=True, capture_output=True, timeout=_TIMEOUT_SECONDS
        )
        seconds = time.perf_counter() - started
        _require(json.loads(done.stdout)["records"], len(self.ids), self.name)
        return seconds

    def change(self, places: Sequence[int], lines: Sequence[bytes]) -> None:
        if not places:
            return
        keys = {"keys": [self.ids[place] for place in places]}
        known = self._post("_all_docs", keys)["rows"]
        docs = [
            {"_id": row["id"], "_rev": row["value"]["rev"], "record": json.loads(line)}
            for row, line in zip(known, lines, strict=True)
        ]
        failed = [answer for answer in self._post("_bulk_docs", {"docs": docs}) if "error" in answer]
        _require(len(failed), 0, f"{self.name}'s refusals")

    def _post(self, what: str, body: object) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/records/{what}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


@contextmanager
def _pouch(folder: Path, lines: Sequence[bytes]) -> Iterator[Replicator]:
    served, records = folder / "pouch", folder / "pouch.jsonl"
    served.mkdir()
    records.write_bytes(b"".join(line + b"\n" for line in lines))
    server = subprocess.Popen(["node", _PEERS / "serve.cjs", served, records], stdout=subprocess.PIPE)
    assert server.stdout
    try:
        yield _Pouch(int(server.stdout.readline()), [json.loads(line)["id"] for line in lines])
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def counted(one: Replicator, relay: Relay, at: Path) -> tuple[int, int, float]:
    """Pull through a relay: bytes both ways, HTTP requests, seconds. PouchDB goes on only where its URL is the same as before."""
    relay.reset()
    seconds = one.pull(at, relay=relay)
    return relay.bytes, relay.requests, seconds


def _require(got: int, count: int, name: str) -> None:
    if got != count:
        raise SystemExit(f"{name}: {got} records, not {count}")
