"""Searching in a large node: `python -m bench --only search`.

252 questions with all eight facets: nothing, common and rare words, beginnings, one letter, Chinese from one character up, names,
identifiers, filters, all orders, second pages. *Cold*: each for the first time, in a process that has done nothing before.
*Warm*: after `entrepot serve` has made ready what it makes ready at its start, and everything was asked once.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from bench.ports import until_it_answers
from bench.process import Server, cpu_seconds
from bench.recovery import listen_anew
from bench.row import Row, at_least, at_most, make_row
from bench.stage import Stage, say
from entrepot_node.app import create_app
from entrepot_node.home import Home
from entrepot_node.searching.terms import is_run, terms
from entrepot_node.storage.search import FACETS, SearchQuery
from entrepot_node.storage.sql_store import SqlStore

MINUTES = (0.5, 8)
_READS = 1_000
_ROUNDS = 5
_STARTS = 3
_SEED = 20_261_125
_GOAL_MS = 100


def rows(stage: Stage) -> Iterator[Row]:
    """All rows."""
    for records in stage.sizes(100_000, quick=2_000):
        with stage.copied(records) as home:
            yield from search_rows(home, records)


def search_rows(home: Path, records: int) -> Iterator[Row]:
    """The start of a server until it finds; then searching, reading by id and streaming in one node, without a network."""
    starts = [_ready_seconds(home) for _ in range(_STARTS)]
    name = f"start of `entrepot serve` at {records:,} until the first search is answered"
    yield make_row(name, "s", [seconds for seconds, _ in starts], at_most(5))
    yield make_row(f"{name}: CPU time", "s", [cpu for _, cpu in starts])
    store = Home(home).open_store()
    try:
        queries = make_queries(store)
        yield from _searching(home, store, queries, records)
        app = create_app(store, Home(home).settings())
        figures = asyncio.run(_through_the_app(app, store))
    finally:
        store.close()
    name = f"one record by its id at {records:,}, through the application: p95"
    yield make_row(name, "ms", [_at(figures["read"], 0.95)], at_most(20))
    rate = figures["streamed"] / figures["streamSeconds"]
    name = f"`records.jsonl` of {records:,} through the application"
    yield make_row(name, "a second", [rate], at_least(20_000), more_is_better=True)
    yield make_row(f"store at {records:,}", "B a record", [(home / "entrepot.db").stat().st_size / records])


def _searching(home: Path, store: SqlStore, queries: Sequence[SearchQuery], records: int) -> Iterator[Row]:
    cold_store = Home(home).open_store()
    try:
        cold = _times(cold_store, queries)
    finally:
        cold_store.close()
    started = time.process_time()
    store.warm_up(now=time.time())
    yield make_row(f"making words ready at {records:,}: CPU time", "s", [time.process_time() - started])
    _times(store, queries)
    warm = [_times(store, queries) for _ in range(_ROUNDS)]
    for kind in ("all", "Latin", "one Chinese character", "two and more", "filters"):
        for share in (0.5, 0.95):
            name = f"search at {records:,} with all facets, {kind}, warm: p{share * 100:.0f}"
            yield make_row(name, "ms", [_at(one[kind], share) for one in warm], at_most(_GOAL_MS))
    yield make_row(f"search at {records:,} with all facets, all, cold: p95", "ms", [_at(cold["all"], 0.95)])


def kinds_of(query: SearchQuery) -> Iterator[str]:
    """The rows that a question counts for."""
    yield "all"
    if query.filters:
        yield "filters"
    runs = [term for term in terms(query.words) if is_run(term)]
    if query.words and not runs:
        yield "Latin"
    if runs:
        yield "one Chinese character" if max(map(len, runs)) == 1 else "two and more"


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


def _times(store: SqlStore, queries: Sequence[SearchQuery]) -> dict[str, list[float]]:
    """Milliseconds of each query, by kind."""
    took: dict[str, list[float]] = {}
    slow: list[tuple[float, str]] = []
    for query in queries:
        started = time.perf_counter()
        store.search(query, now=time.time())
        milliseconds = (time.perf_counter() - started) * 1e3
        slow.append((milliseconds, f"{query.words[:20]!r} {dict(query.filters)} {query.sort}"))
        for kind in kinds_of(query):
            took.setdefault(kind, []).append(milliseconds)
    for milliseconds, what in sorted(slow, reverse=True)[:3]:
        say(f"  slow: {milliseconds:.0f} ms {what[:150]}")
    return took


def _ready_seconds(home: Path) -> tuple[float, float]:
    """From the start of `entrepot serve` until it has answered a search: seconds, and CPU seconds of it."""
    url = listen_anew(home)
    started = time.perf_counter()
    with Server(home) as server:

        def ask() -> None:
            server.require_alive()
            with urllib.request.urlopen(f"{url}/api/v1/search?q=bio", timeout=60) as answer:
                json.load(answer)

        until_it_answers(ask)
        return time.perf_counter() - started, cpu_seconds(server.pid)


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
        "read": [seconds * 1e3 for seconds in took],
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


def _at(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
