"""What the exchanges between two nodes cost, measured between two real ones: requests, bytes both ways, CPU."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.exchange import await_answer
from bench.ports import free_address
from bench.process import Server, cpu_seconds, entrepot
from bench.relay import Relay, relayed
from entrepot_node.commands.node import open_node, open_transport
from entrepot_node.orders import Publication
from entrepot_node.peer_document import fetch_node_document
from entrepot_node.publish import Publisher
from entrepot_sync.content_coding import available_dictionary
from entrepot_sync.transport import NOT_MODIFIED

_PATIENCE_SECONDS = 60.0
_ASKED = 400


@dataclass(frozen=True, slots=True)
class Cost:
    """Requests, and bytes in both directions with HTTP's heads, without TCP and TLS."""

    requests: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Of one idle poll, one change that is polled, one push, one change that is pulled after a push, and an unchanged node document.

    CPU seconds are those of the server that is asked: for a poll, for a delta, and of a follower for a push with its pull.
    """

    idle: Cost
    polled: Cost
    push: Cost
    pushed: Cost
    document: Cost
    poll_cpu: float
    delta_cpu: float
    follower_cpu: float

    def to_json(self) -> dict[str, Any]:
        """All of it, for the results."""
        return asdict(self)


class _Pair:
    """Two nodes that follow each other, and a third that polls the first; each is asked through a relay that counts."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.homes = {name: folder / name for name in "abc"}
        self.at = {name: free_address() for name in "ab"}
        # What the third asks of the first is counted apart.
        ways = {"a": "a", "b": "b", "c": "a"}
        self.relays: dict[str, Relay] = {
            name: stack.enter_context(relayed(int(self.at[to].rpartition(":")[2])))
            for name, to in ways.items()
        }
        for name in self.homes:
            entrepot(
                "init", f"{name}.example", "--base-url", self.url(name), "--takedown-email", "a@b.example",
                "--listen", self.at.get(name, "127.0.0.1:1"), "--home", str(self.homes[name]),
            )  # fmt: skip
            settings = self.homes[name] / "entrepot.toml"
            settings.write_text(settings.read_text("utf-8") + "\npoll_seconds = 3600\n", "utf-8")

    def follow(self, name: str, at: str) -> None:
        """Let a node follow the one behind a relay."""
        home = str(self.homes[name])
        entrepot("follow", self.url(at), "--allow-private", "--yes", "--home", home)

    def polled(self) -> Cost:
        """What a poll of the third costs."""
        self.reset()
        entrepot("sync", "--home", str(self.homes["c"]))
        return self.spent("c")

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.relays[name].port}"

    def ask(self, name: str, path: str, **headers: str) -> bytes:
        """Ask a node behind its relay's back."""
        lines = {one.replace("_", "-"): value for one, value in headers.items()}
        request = urllib.request.Request(f"http://{self.at[name]}{path}", headers=lines)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as other:
            return bytes(other.read())

    def publish(self, publisher: Publisher, word: str) -> None:
        profile = {
            "type": "company", "name": {"en": f"Company {word}"}, "locations": [{"country": "DE"}],
            "status": "active", "updated": "2026-11-02",
        }  # fmt: skip
        publisher.publish([Publication(profile, "CC0-1.0")])

    def await_found(self, word: str) -> None:
        def is_found() -> bool:
            return bool(json.loads(self.ask("b", f"/api/v1/search?q={word}&facets=false"))["items"])

        _await(is_found, f"{word} at the follower")

    def is_cosigned(self) -> bool:
        """Whether the newest head has the line of the follower."""
        return b"b.example/witness" in self.ask("a", "/feed/checkpoint")

    def reset(self) -> None:
        for relay in self.relays.values():
            relay.reset()

    def spent(self, name: str) -> Cost:
        relay = self.relays[name]
        return Cost(relay.requests, relay.bytes)


def measure_costs(folder: Path, rounds: int = 5) -> Costs:
    """Run the two nodes for about a minute."""
    with ExitStack() as stack:
        pair = _Pair(folder, stack)
        with _served(pair, "a") as a, _served(pair, "b") as b:
            for name, at in (("a", "b"), ("b", "a"), ("c", "c")):
                pair.follow(name, at)
            # Who takes the lock to append asks a peer first, once: so all is published by one that holds it.
            with open_node(pair.homes["a"]) as node, node.publisher() as publisher:
                pair.publish(publisher, "warmup")
                pair.await_found("warmup")
                _await(pair.is_cosigned, "the first cosignature")
                pushes, pulls, cpu = _changes(pair, publisher, rounds, b)
                poll_cpu, delta_cpu = _server_costs(pair, a)
                pair.polled()
                idle = pair.polled()
                pair.publish(publisher, "polled")
                pair.await_found("polled")
                polled = pair.polled()
            document = asyncio.run(_document(pair))
    return Costs(idle, polled, _least(pushes), _least(pulls), document, poll_cpu, delta_cpu, cpu)


async def _document(pair: _Pair) -> Cost:
    """What it costs to hear that the node document is still the one held."""
    async with aclosing(open_transport(pair.url("c"), allow_private=True)) as transport:
        held = await fetch_node_document(transport)
        pair.reset()
        again = await fetch_node_document(transport, held.etag or "")
    if again.status != NOT_MODIFIED:
        raise SystemExit(f"the node document was sent again: {again.status}")
    return pair.spent("c")


def _changes(
    pair: _Pair, publisher: Publisher, rounds: int, follower: Server
) -> tuple[list[Cost], list[Cost], float]:
    pushes, pulls, cpu = [], [], []
    for number in range(rounds):
        before = cpu_seconds(follower.pid)
        pair.reset()
        pair.publish(publisher, f"novelty{number}")
        pair.await_found(f"novelty{number}")
        _await(pair.is_cosigned, "a cosignature")
        pushes.append(pair.spent("b"))
        pulls.append(pair.spent("a"))
        cpu.append(cpu_seconds(follower.pid) - before)
    return pushes, pulls, statistics.median(cpu)


def _server_costs(pair: _Pair, server: Server) -> tuple[float, float]:
    """CPU seconds of a poll that finds nothing new, and of a delta of one entry."""
    with urllib.request.urlopen(f"http://{pair.at['a']}/feed/checkpoint", timeout=30) as answer:
        tag, size = answer.headers["etag"], int(answer.read().split(b"\n")[1])
    found = []
    for path, headers in (
        ("/feed/checkpoint", {"if_none_match": tag}),
        (
            f"/feed/delta?from={size - 1}&to={size}",
            {"accept_encoding": "dcz, zstd, gzip", "available_dictionary": available_dictionary()},
        ),
    ):
        before = cpu_seconds(server.pid)
        for _ in range(_ASKED):
            pair.ask("a", path, **headers)
        found.append((cpu_seconds(server.pid) - before) / _ASKED)
    return found[0], found[1]


def _least(costs: list[Cost]) -> Cost:
    """The round in which nothing else happened to pass."""
    return min(costs, key=lambda one: (one.requests, one.bytes))


@contextmanager
def _served(pair: _Pair, name: str) -> Any:
    with Server(pair.homes[name]) as server:
        await_answer(server, f"http://{pair.at[name]}/feed/checkpoint")
        yield server


def _await(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {_PATIENCE_SECONDS:g} seconds for {what}")
        time.sleep(0.02)  # between looks at what two other processes do
