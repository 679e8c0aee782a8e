"""From a publish to the record being found at a peer: `python -m bench.latency` (about three minutes).

Two nodes follow each other, each an `entrepot serve` of its own, over real HTTP on the loopback. A third process, this
one, publishes through the write path into the folder of the first, as `entrepot publish` does, and asks the search of
the second until the record is there. The time runs from the acknowledgement of the publish to the answer that has the
record. Peers poll each other once an hour, so that only pushes bring news.

    python -m bench.latency --publishes 20     # a quick look
    python -m bench.latency --round-trip 250 --loss 2     # a long, bad line between the two; needs root

With `--round-trip` and `--loss` each node is a host of its own (`bench.lossy_line`), the publisher works on the first and the
searcher on the second, next to its node. The loss is that of each packet in each direction: of a packet and its answer, one or
the other is lost nearly twice as often.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.exchange import await_answer, found
from bench.lossy_line import ADDRESSES, LossyLine
from bench.process import Server, entrepot
from bench.report import machine
from entrepot_node.commands.node import open_node
from entrepot_node.orders import Publication

GOAL_P50, GOAL_P99 = 0.3, 1.0
GOAL_P99_LINE = 3.0
"""At 250 ms and 2 %."""
_PORT = 8101
_PAUSE_SECONDS = (1.05, 1.6)  # a push starts a pull once a second at most
_ASK_SECONDS = 0.01
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where the two nodes run: both here, or each at its end of a line."""

    line: LossyLine | None

    def at(self, name: str) -> list[str]:
        """What stands before a command of a node."""
        return self.line.at(name) if self.line else []

    def inside(self, name: str) -> AbstractContextManager[None]:
        """Work where a node runs."""
        return self.line.inside(name) if self.line else nullcontext()

    def address(self, name: str) -> str:
        """The address of a node; empty for any port here."""
        return f"{ADDRESSES[name]}:{_PORT}" if self.line else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two nodes that follow each other: the folder of the first, the URL of the second."""

    publisher: Path
    peer_url: str
    hosts: Hosts


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.latency", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--publishes", type=int, default=120, help="how many (default: 120)")
    parser.add_argument(
        "--round-trip", type=float, default=0.0, metavar="MS", help="of the line between the nodes"
    )
    parser.add_argument(
        "--loss", type=float, default=0.0, metavar="PERCENT", help="of packets, in each direction"
    )
    chosen = parser.parse_args()
    bad = bool(chosen.round_trip or chosen.loss)
    line = LossyLine(round_trip=chosen.round_trip / 1000, loss=chosen.loss / 100) if bad else None
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="entrepot-latency-") as folder, line or nullcontext():
        waits = sorted(_measure(Path(folder), chosen.publishes, Hosts(line)))
        packets = line.close() if line else {}
    figures = {
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "line": {"round_trip_ms": chosen.round_trip, "loss_percent": chosen.loss, **packets} if bad else None,
        "publishes": len(waits),
        "p50": statistics.median(waits),
        "p90": _percentile(waits, 0.90),
        "p99": _percentile(waits, 0.99),
        "most": waits[-1],
    }
    print(json.dumps({"machine": machine(), **figures}, indent=2))
    p50, p99 = statistics.median(waits) * 1000, _percentile(waits, 0.99) * 1000
    goals = (
        ("", f" (goal ≤ {GOAL_P99_LINE * 1000:.0f})")
        if bad
        else (f" (goal ≤ {GOAL_P50 * 1000:.0f})", f" (goal ≤ {GOAL_P99 * 1000:.0f})")
    )
    print(f"p50 {p50:.0f} ms{goals[0]}, p99 {p99:.0f} ms{goals[1]}", file=sys.stderr)
    return 0  # a goal that is missed stands in the figures; it is no fault of the run


def _measure(folder: Path, publishes: int, hosts: Hosts) -> list[float]:
    urls = {name: _found(folder / name, name, hosts.address(name)) for name in ("a", "b")}
    with Server(folder / "a", at=hosts.at("a")) as one, Server(folder / "b", at=hosts.at("b")) as two:
        for name, server in (("a", one), ("b", two)):
            with hosts.inside(name):
                await_answer(server, f"{urls[name]}/feed/checkpoint")
        for name, other in (("a", "b"), ("b", "a")):
            with hosts.inside(name):
                entrepot("follow", urls[other], "--allow-private", "--yes", "--home", str(folder / name))
        pair = Pair(folder / "a", urls["b"], hosts)
        _publish_and_wait(pair, "warmup0")  # pushes go both ways from here on
        draw = random.Random(1)
        waits = []
        for number in range(publishes):
            pause = draw.uniform(*_PAUSE_SECONDS)
            time.sleep(pause)  # so that publishes meet every phase of the peers' polling
            waits.append(_publish_and_wait(pair, f"novelty{number}"))
        return waits


def _found(home: Path, name: str, address: str) -> str:
    url, _ = found(home, f"{name}.example", address)
    settings = home / "entrepot.toml"
    settings.write_text(settings.read_text("utf-8") + "\npoll_seconds = 3600\n", "utf-8")
    return url


def _publish_and_wait(pair: Pair, word: str) -> float:
    profile = {
        "type": "company",
        "name": {"en": f"Company {word}"},
        "locations": [{"country": "DE"}],
        "status": "active",
        "updated": time.strftime("%Y-%m-%d"),
    }
    with pair.hosts.inside("a"), open_node(pair.publisher) as node, node.publisher() as publisher:
        publisher.publish([Publication(profile, "CC0-1.0")])
        started = time.perf_counter()
    with pair.hosts.inside("b"):
        while not _is_found(pair.peer_url, word):
            if time.perf_counter() - started > _PATIENCE_SECONDS:
                raise SystemExit(f"{word} was not found at the peer in {_PATIENCE_SECONDS:g} s")
            time.sleep(_ASK_SECONDS)  # asking without pause would take the core that is measured
    return time.perf_counter() - started


def _is_found(url: str, word: str) -> bool:
    with urllib.request.urlopen(f"{url}/api/v1/search?q={word}&facets=false", timeout=10) as response:
        answer: dict[str, Any] = json.load(response)
    return bool(answer["items"])


def _percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of ordered values."""
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


if __name__ == "__main__":
    sys.exit(main())
