"""Measure searching in a large node: `python -m bench.searching --records 100000` (a few minutes to build it).

    python -m bench.searching --records 5000                      # a quick look
    python -m bench.searching --records 100000 --home FOLDER      # builds the node there, or measures the one it finds

The records are signed, checked and stored by the code of `entrepot publish`. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from bench.building import build
from bench.process import run
from bench.report import machine
from entrepot_node.app import create_app
from entrepot_node.home import Home
from entrepot_node.storage.search import FACETS, SearchQuery
from entrepot_node.storage.sql_store import SqlStore

_READS = 1_000
_SEED = 20_261_125


def main() -> int:
    """Build or find the node, measure, report."""
    parser = argparse.ArgumentParser(prog="python -m bench.searching", description="Measure searching.")
    parser.add_argument("--records", type=int, default=100_000, help="records in the node (default: 100000)")
    parser.add_argument("--home", type=Path, help="where the node lies, or is built; kept")
    parser.add_argument("--restart", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.restart:
        return _restart(chosen.home)
    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        home = chosen.home or Path(folder) / "node"
        built = None if (home / "entrepot.db").exists() else build(home, chosen.records)
        print(markdown(measure(home), built))
    return 0


def measure(home: Path) -> dict[str, Any]:
    """All figures of one node."""
    ready = [run("bench.searching", ["--restart", "--home", str(home)]).output for _ in range(3)]
    store = Home(home).open_store()
    try:
        queries = make_queries(store)
        cold, warm = [_times(store, queries) for _ in range(2)]
        app = create_app(store, Home(home).settings())
        return {
            "records": store.statistics(now=time.time()).total,
            "storeBytes": (home / "entrepot.db").stat().st_size,
            "queries": len(queries),
            "cold": cold,
            "warm": warm,
            "ready": ready,
            **asyncio.run(_through_the_app(app, store)),
        }
    finally:
        store.close()


def make_queries(store: SqlStore) -> list[SearchQuery]:
    """What people ask for: nothing, words common and rare, beginnings, Chinese, identifiers; with and without filters."""
    draw = random.Random(_SEED)
    words = [
        "", "bio", "labs", "sepsis", "photonics", "team", "a", "s", "gmbh", "milano", "münchen", "universities", "cosmetics",
        "tests", "company", "生", "生物", "科技", "机器人", "有限公司", "医疗器械", "生物科技有限公司", "苏州", "研发",
        "early detection", "bio labs milano", "robots and peptides", "capacity in filling", "e", "20", "zz", "no such word",
    ]  # fmt: skip
    page = store.search(SearchQuery(limit=200), now=time.time())
    profiles = [json.loads(hit.raw or b"")["credentialSubject"]["profile"] for hit in page.hits]
    words += [next(iter(draw.choice(profiles)["name"].values())) for _ in range(40)]
    words += [identifier["id"] for p in profiles for identifier in p.get("identifiers", ())][:20]
    filters: list[dict[str, tuple[str, ...]]] = [{}]
    for name in FACETS:
        values = [one.value for one in page.facets[name][:4]]
        filters += [{name: (value,)} for value in values[:2]] + ([{name: tuple(values)}] if values else [])
    queries = [SearchQuery(text) for text in words]
    queries += [SearchQuery(draw.choice(words[:32]), draw.choice(filters)) for _ in range(120)]
    queries += [SearchQuery(text, sort=sort) for text in words[:12] for sort in ("newest", "name")]
    queries += [
        SearchQuery(text, after=store.search(SearchQuery(text), now=time.time()).next) for text in words[:16]
    ]
    return queries


def _times(store: SqlStore, queries: Sequence[SearchQuery]) -> dict[str, Any]:
    """The time of each query, with all facets; cold means that no answer is remembered."""
    took = []
    for query in queries:
        started = time.perf_counter()
        store.search(query, now=time.time())
        took.append((time.perf_counter() - started, query.words[:20], dict(query.filters), query.sort))
    took.sort(key=lambda one: -one[0])
    for seconds, *what in took[:5]:
        print(f"  slow: {seconds * 1e3:.0f} ms {what}", file=sys.stderr)
    return _spread([one[0] for one in took])


async def _through_the_app(app: Any, store: SqlStore) -> dict[str, Any]:
    """Reads by id and the stream of all records, with HTTP's layers and without a network."""
    hits = store.search(SearchQuery(limit=_READS), now=time.time()).hits
    paths = [hit.subject.removeprefix("https://").replace("/id/", "/") for hit in hits]
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://node.example") as client:
        took = []
        for path in paths:
            started = time.perf_counter()
            answer = await client.get(f"/api/v1/subjects/{path}")
            answer.raise_for_status()
            took.append(time.perf_counter() - started)
    started = time.perf_counter()
    lines, size = await _stream(app)
    return {
        "read": _spread(took),
        "streamed": lines,
        "streamBytes": size,
        "streamSeconds": time.perf_counter() - started,
    }


async def _stream(app: Any) -> tuple[int, int]:
    """Take `records.jsonl` as a server does, part by part; httpx would keep all of it."""
    lines = size = 0

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(3_600)  # a client that stays
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal lines, size
        body = message.get("body", b"")
        lines += body.count(b"\n")
        size += len(body)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/api/v1/records.jsonl", "raw_path": b"/api/v1/records.jsonl", "query_string": b"", "root_path": "",
        "headers": [(b"host", b"node.example")], "server": ("node.example", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await app(scope, receive, send)
    return lines, size


def _restart(home: Path) -> int:
    """In a process of its own: open the store, answer one search."""
    started = time.perf_counter()
    store = Home(home).open_store()
    total = store.search(SearchQuery("bio"), now=time.time()).total
    print(json.dumps({"seconds": time.perf_counter() - started, "found": total}))
    store.close()
    return 0


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50": statistics.median(ordered) * 1e3,
        "p95": ordered[int(len(ordered) * 0.95)] * 1e3,
        "most": ordered[-1] * 1e3,
    }


def markdown(figures: dict[str, Any], built: float | None) -> str:
    """The table for `docs/performance.md`."""
    rows = [(f"search with all facets, {name}: ms", figures[name], "p95 ≤ 150") for name in ("cold", "warm")]
    rows.append(("one record by its id, through the application: ms", figures["read"], "p95 ≤ 20"))
    lines = ["| what | p50 | p95 | most | goal |", "| --- | ---: | ---: | ---: | --- |"]
    lines += [
        f"| {what} | {s['p50']:.1f} | {s['p95']:.1f} | {s['most']:.0f} | {goal} |" for what, s, goal in rows
    ]
    rate = figures["streamed"] / figures["streamSeconds"]
    seconds = statistics.median(one["seconds"] for one in figures["ready"])
    lines += ["", "| what | | goal |", "| --- | ---: | --- |"]
    lines.append(f"| records a second, `records.jsonl` through the application | {rate:,.0f} | ≥ 20,000 |")
    lines.append(f"| seconds from opening the store to the first answer | {seconds:.2f} | ≤ 5 |")
    if built:
        lines.append(
            f"| records a second, signed, checked as a follower does, stored and indexed | {built:,.0f} | |"
        )
    where = machine()
    lines += ["", (
        f"{figures['records']:,} records, {figures['queries']} queries, {figures['storeBytes'] / figures['records']:,.0f} bytes "
        f"of store a record. {where['date']}, {where['cpu']}, {where['cores']} cores, {where['system']}, "
        f"Python {where['python']}, SQLite {where['sqlite']}."
    )]  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
