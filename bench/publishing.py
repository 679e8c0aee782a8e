"""Publishing: in bulk against bare signing, one by one over HTTP, and at a steady rate: `python -m bench --only publishing`.

- *Bulk*: what `entrepot publish` does once the file is read, in a process of its own with a fresh node each round; before
  and after it the same process signs the same profiles with `sign_record` in a loop, and nothing else.
- *One by one*: `entrepot serve` of a fresh node, clients with one connection each, one profile a request; answered once it
  is durable (`synchronous=FULL`, the mark synced).
- *Steady*: one request every 50 ms whatever became of those before; the time runs from when it was due.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.exchange import await_answer, found, write_lines
from bench.generator import ORIGIN, Profile, generate
from bench.process import Server, cpu_seconds, entrepot, run
from bench.row import OURS, Row, at_least, at_most, make_row, times_better
from bench.stage import Stage
from entrepot_node.commands.node import open_node
from entrepot_node.package import read_publications
from entrepot_schema.keys import SigningKey
from entrepot_schema.record import Statement, sign_record

_CLIENTS = (1, 10, 50, 100)
_STEADY_PER_SECOND = 20
MINUTES = (0.6, 6)
_BARE = "bare signing"


def rows(stage: Stage) -> Iterator[Row]:
    """In bulk, by many clients, at a steady rate."""
    for records in stage.sizes(10_000, quick=1_000):
        profiles = generate(records)
        bulk = [_bulk_alone(profiles) for _ in range(stage.rounds)]
        rates = {OURS: [one["rate"] for one in bulk], _BARE: [one["rate"] / one["rateRatio"] for one in bulk]}
        name = f"publishing {records:,} profiles in bulk"
        middle = _medians(bulk)
        note = f"{middle['cpuMicroseconds']:.0f} µs of CPU time a record, of which bare signing needs {middle['cpuRatio']:.2f}"
        yield make_row(name, "a second", rates, times_better(0.5, _BARE), more_is_better=True, note=note)
        for clients in (50,) if stage.quick else _CLIENTS:
            few = profiles[: (10 if stage.quick else 40) * clients + 160]
            many = [
                _with_server(partial(_many, profiles=few, clients=clients))
                for _ in range(stage.slow_rounds())
            ]
            yield _many_row(clients, many)
        steady = profiles[: (5 if stage.quick else 30) * _STEADY_PER_SECOND]
        waits = _with_server(partial(_steady, profiles=steady))
        for part, goals in (("p50", ()), ("p99", (at_most(50),))):
            yield make_row(
                f"publishing one at {_STEADY_PER_SECOND} a second: {part}", "ms", [waits[part]], *goals
            )


def _many_row(clients: int, rounds: Sequence[dict[str, float]]) -> Row:
    """How many a second, and how long an answer took."""
    name = f"publishing one by one, clients: {clients}, each answered once durable"
    one = _medians(rounds)
    note = f"{one['published'] / one['commits']:.1f} records a commit; p50 {one['p50']:.0f} ms, p99 {one['p99']:.0f} ms"
    goals = [at_least(500)] if clients >= 50 else []
    return make_row(
        name, "a second", [each["rate"] for each in rounds], *goals, more_is_better=True, note=note
    )


def _medians(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def _bulk_alone(profiles: Sequence[Profile]) -> dict[str, float]:
    """Publish in a process of its own, into a fresh node."""
    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        found(Path(folder) / "node", ORIGIN)
        file = write_lines(Path(folder) / "profiles.jsonl", profiles)
        done: dict[str, float] = run("bench.publishing", [str(Path(folder) / "node"), str(file)]).output
        return done


def _bulk(home: Path, file: Path) -> None:
    """In a process of its own: sign, publish, sign."""
    key = SigningKey.from_seed(bytes(32))

    def sign(profiles: Sequence[Profile]) -> None:
        for profile in profiles:
            statement = Statement(profile["id"], profile["type"], "2026-11-24T00:00:00Z", 1)
            sign_record(profile, statement, key=key, origin=ORIGIN, license="CC-BY-4.0", nonce="A" * 22)

    with open_node(home) as node, node.publisher() as publisher:
        drafts = read_publications(file.read_bytes(), str(file), default_license=node.settings.license)
        profiles = [draft.profile for draft in drafts]
        sign(profiles[:200])
        took = [_time(lambda: sign(profiles)), _time(lambda: publisher.publish(drafts))]
        took.append(_time(lambda: sign(profiles)))
    (before, cpu_before), (seconds, cpu), (after, cpu_after) = took
    ratios = {"rateRatio": (before + after) / 2 / seconds, "cpuRatio": (cpu_before + cpu_after) / 2 / cpu}
    print(
        json.dumps({"rate": len(profiles) / seconds, "cpuMicroseconds": cpu / len(profiles) * 1e6, **ratios})
    )


def _time(work: Any) -> tuple[float, float]:
    started, before = time.perf_counter(), _cpu()
    work()
    return time.perf_counter() - started, _cpu() - before


def _cpu() -> float:
    """Of this process and its workers, also those that have ended: who started them has waited for them."""
    return cpu_seconds(os.getpid())


def _with_server(measure: Any) -> Any:
    """Let a fresh node be served, with a token to publish."""
    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        home = Path(folder) / "node"
        url, _ = found(home, ORIGIN)
        token = entrepot("token", "add", "bench", "--home", str(home)).output["token"]
        with Server(home, quiet=True) as server:
            await_answer(server, f"{url}/feed/checkpoint")
            return asyncio.run(measure(url, token))


class _Client:
    """One connection, which stays as long as the server lets it."""

    def __init__(self, url: str, token: str) -> None:
        self._host, _, port = url.removeprefix("http://").partition(":")
        self._port, self._token = int(port), token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def publish(self, profile: Profile) -> dict[str, Any]:
        # A server closes a connection that was idle for some seconds.
        if self._streams is None or self._streams[0].at_eof():
            self.close()
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        body = json.dumps(profile, ensure_ascii=False).encode()
        head = (
            f"POST /api/v1/records HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {self._token}\r\n"
            f"content-type: application/json\r\nidempotency-key: {profile['id'][-26:]}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answered = await reader.readuntil(b"\r\n\r\n")
        length = int(answered.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = await reader.readexactly(length)
        if not answered.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"not published: {answer[:300]!r}")
        told: dict[str, Any] = json.loads(answer)
        return told

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


async def _many(url: str, token: str, profiles: Sequence[Profile], clients: int) -> dict[str, float]:
    """Some clients, each with its next profile as soon as the last is answered."""
    waiting: Iterator[Profile] = iter(profiles)
    first = _Client(url, token)
    for _ in range(20):
        await first.publish(next(waiting))  # what is loaded when first needed
    first.close()
    took: list[float] = []
    sizes: set[int] = set()

    async def work() -> None:
        client = _Client(url, token)
        for profile in waiting:
            started = time.perf_counter()
            sizes.add((await client.publish(profile))["size"])
            took.append(time.perf_counter() - started)
        client.close()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(clients)))
    seconds = time.perf_counter() - started
    return {"rate": len(took) / seconds, "commits": len(sizes), "published": len(took), **_spread(took)}


async def _steady(url: str, token: str, profiles: Sequence[Profile]) -> dict[str, float]:
    """A profile every 50 ms, each on a connection that is free."""
    free: list[_Client] = []
    took: list[float] = []

    async def publish(profile: Profile, due: float) -> None:
        client = free.pop() if free else _Client(url, token)
        await client.publish(profile)
        took.append(time.perf_counter() - due)
        free.append(client)

    for profile in profiles[:20]:
        await publish(profile, time.perf_counter())
    took.clear()
    begun, under_way = time.perf_counter(), []
    for number, profile in enumerate(profiles[20:]):
        due = begun + number / _STEADY_PER_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        under_way.append(asyncio.create_task(publish(profile, due)))
    await asyncio.gather(*under_way)
    for client in free:
        client.close()
    return _spread(took)


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    parts = {"p50": 0.5, "p99": 0.99}
    return {
        name: ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1e3 for name, part in parts.items()
    }


if __name__ == "__main__":
    _bulk(Path(sys.argv[1]), Path(sys.argv[2]))
