"""A node of three processes on a primary and its replica, and a plain node that follows it and that it follows.

The three are a publisher, a web process and a puller. Whoever dies is started again, as a supervisor does. What the publisher
prints was acknowledged; every checkpoint that the web process serves is kept, to be compared in the end.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from entrepot_node.head_gate import stored_hashes
from entrepot_node.home import Home
from entrepot_sync import note
from entrepot_sync.checkpoint import parse_checkpoint
from entrepot_sync.contradiction import root_at

from ..node.conftest import Clock, OwnNode
from ..node.served_nodes import entrepot
from ..node.store_soundness import require_acknowledged, require_sound_contents, require_sound_log
from .pair import Pair

ONE, TWO = "one.example", "two.example"
PUBLISHER, WEB, PULLER = "publisher", "web", "puller"
GIVE_UP_SECONDS = 240.0
_PUBLISH = Path(__file__).parents[1] / "node" / "crash" / "publish.py"
_LOOK_SECONDS = 0.1


@dataclass
class Crew:
    """The processes, and what was seen of them."""

    folder: Path
    pair: Pair
    seed: str
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    acknowledged: list[list[str]] = field(default_factory=list)
    heads: dict[tuple[int, bytes], bytes] = field(default_factory=dict)
    starts: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    @classmethod
    @contextmanager
    def at_work(cls, folder: Path, pair: Pair, seed: str) -> Iterator[Crew]:
        """Found both nodes, let them follow each other, and start all processes."""
        crew = cls(folder, pair, seed)
        crew._found()
        try:
            for part in ("two", PULLER, WEB, PUBLISHER):
                crew.start(part)
            crew._watch(crew._look_at_heads)
            crew._watch(crew._publish_at_two)
            yield crew
        finally:
            crew.stop()

    # the nodes

    def _found(self) -> None:
        store, witness = self.pair.new_database(), self.pair.new_database()
        self.ports = {name: _free_port() for name in ("one", "two")}
        for name in ("one", "two"):
            url = f"http://127.0.0.1:{self.ports[name]}"
            listen = f"127.0.0.1:{self.ports[name]}"
            environment = {"database": self.pair.url(store), "witness_database": self.pair.url(witness)}
            with _settings(environment if name == "one" else {}):
                entrepot(
                    self.folder, "init", f"{name}.example", "--base-url", url, "--listen", listen,
                    "--takedown-email", f"info@{name}.example", "--home", name,
                )  # fmt: skip
            file = self.folder / name / "entrepot.toml"
            more = f'database_replica = "{self.pair.replica_url(store)}"\n' if name == "one" else ""
            text = "\n".join(line for line in file.read_text("utf-8").split("\n") if line[:5] != "poll_")
            file.write_text(f"{text}\npoll_seconds = 5\nhello = false\n{more}", "utf-8")

    def start(self, part: str) -> None:
        """Start a process. One that dies by itself is started again."""
        self.starts += 1
        if part == PUBLISHER:
            command = [str(_PUBLISH), "one", f"{self.seed} {self.starts}", "0"]
        else:
            home, role = {"two": ("two", "all"), WEB: ("one", "web"), PULLER: ("one", "pull")}[part]
            command = ["-m", "entrepot_node.cli", "serve", "--home", home, "--role", role]
        log = (self.folder / f"{part}.log").open("ab")
        with log:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=self.folder, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self.processes[part] = process
        self._watch(self._read, part, process)

    def follow(self) -> None:
        """Let both nodes follow each other."""
        self.until(lambda: self.web_size("one") > 0 and self.web_size("two") > 0)
        for name, other in (("one", "two"), ("two", "one")):
            url = f"http://127.0.0.1:{self.ports[other]}"
            entrepot(self.folder, "follow", url, "--allow-private", "--yes", "--no-sync", "--home", name)

    def kill(self, part: str, after: int) -> None:
        """End a process as a power cut does, once so much more was acknowledged."""
        wanted = self.receipts() + after
        self.until(lambda: self.receipts() >= wanted)
        self.processes[part].kill()

    def stop(self) -> None:
        """End all."""
        self._ended.set()
        for process in self.processes.values():
            process.kill()
        for thread in self._threads:
            thread.join()

    # what is seen

    def _watch(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _read(self, part: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.endswith("\n") and part == PUBLISHER:
                self.acknowledged.append(line.split())
        process.stdout.close()
        process.wait()
        if not self._ended.is_set():
            self.start(part)

    def _look_at_heads(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            self.web_size("one")

    def _publish_at_two(self) -> None:
        number = 0
        while not self._ended.wait(1.0):
            number += 1
            profile = {
                "type": "company", "name": {"en": f"Two {number}"}, "locations": [{"country": "DE"}], "status": "active",
                "updated": "2026-11-23",
            }  # fmt: skip
            (self.folder / "two.json").write_text(json.dumps(profile), "utf-8")
            command = ["-m", "entrepot_node.cli", "publish", "two.json", "--home", "two"]
            subprocess.run(
                [sys.executable, *command], cwd=self.folder, check=False, capture_output=True, text=True
            )
            self._ended.wait(4.0)

    def web_size(self, name: str, path: str = "/feed/checkpoint") -> int:
        """The size of the head that a node serves; -1 if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}{path}", timeout=5) as answer:
                raw = answer.read()
        except (OSError, urllib.error.HTTPError):
            return -1
        head = parse_checkpoint(note.split(raw).text)
        if name == "one":
            self.heads[head.size, head.root] = raw
        return head.size

    def pulled_size(self) -> int:
        """How much of the second node's feed the first one shows."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.ports['one']}/api/v1/peers", timeout=5
            ) as answer:
                peers = json.loads(answer.read())["items"]
        except (OSError, urllib.error.HTTPError, ValueError):
            return -1
        return max((peer["size"] for peer in peers if peer["origin"] == TWO), default=-1)

    def receipts(self) -> int:
        """How much was acknowledged."""
        return sum(line[0] in ("published", "withdrew") for line in self.acknowledged)

    def until(self, holds: Callable[[], bool]) -> float:
        """Wait until something holds; return the seconds it took."""
        begun = time.monotonic()
        while not holds():
            assert time.monotonic() < begun + GIVE_UP_SECONDS, "it does not go on"
            self._ended.wait(_LOOK_SECONDS / 2)
        return time.monotonic() - begun

    def goes_on(self, stop: Callable[[], object] = lambda: None) -> dict[str, float]:
        """Stop something; wait until each process has done something new; return the seconds each needed since the stop.

        What the puller is to fetch is published after it: every few seconds, which its figure includes.
        """
        begun = time.monotonic()
        stop()
        done = self.receipts()
        size, wanted = self.web_size("one"), 0
        while not wanted:
            wanted = self.web_size("two") + 1
        taken = {}
        self.until(lambda: self.receipts() > done)
        taken[PUBLISHER] = time.monotonic() - begun
        last = max(int(line[3]) for line in self.acknowledged if line[0] in ("published", "withdrew"))
        self.until(lambda: self.web_size("one") > max(last, size))
        taken[WEB] = time.monotonic() - begun
        self.until(lambda: self.pulled_size() >= wanted)
        taken[PULLER] = time.monotonic() - begun
        return taken

    # what must hold in the end

    def require_one_history(self) -> str:
        """Nothing acknowledged is lost, nothing is there twice, and all heads that were served are of one history."""
        node, other = (_open(self.folder / name) for name in ("one", "two"))
        with closing(node.store), closing(other.store):
            state = require_sound_log(node)
            require_sound_contents(node, state)
            require_acknowledged(node, self.acknowledged, state)
            hash_at = stored_hashes(node.store, node.feed.id)
            for size, root in self.heads:
                assert size <= node.feed.size
                assert root_at(size, hash_at) == root
            theirs = next(feed for feed in other.store.feeds() if feed.name == node.feed.name)
            assert theirs.state == "live"
            held = other.store.entries(theirs.id, 0, theirs.size)
            assert held == node.store.entries(node.feed.id, 0, theirs.size)
            ours = next(feed for feed in node.store.feeds() if feed.name == other.feed.name)
            assert ours.state == "live"
            assert node.store.entries(ours.id, 0, ours.size) == other.store.entries(
                other.feed.id, 0, ours.size
            )
            return (
                f"{self.receipts()} acknowledged, {node.feed.size} entries, {len(self.heads)} heads seen, "
                f"{theirs.size} entries held by the follower, {ours.size} of its own pulled"
            )


def _open(path: Path) -> OwnNode:
    home = Home(path)
    return OwnNode(home, home.open_store(), Clock(), home.settings())


@contextmanager
def _settings(environment: dict[str, str]) -> Iterator[None]:
    names = {f"ENTREPOT_{name.upper()}": value for name, value in environment.items()}
    os.environ.update(names)
    try:
        yield
    finally:
        for name in names:
            del os.environ[name]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
