"""Figures of several rounds as JSON and as a Markdown table, with the machine they were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from bench.exchange import Cost, Round

T = TypeVar("T")

GOAL_CHANGE_REQUESTS, GOAL_CHANGE_BYTES, GOAL_IDLE_BYTES = 3, 2_500, 500
_MEBIBYTE = 1024 * 1024
_PACKAGES = (
    "entrepot",
    "cryptography",
    "PyNaCl",
    "orjson",
    "jsonschema-rs",
    "SQLAlchemy",
    "httpcore",
    "uvicorn",
)


def machine() -> dict[str, Any]:
    """What the figures depend on; nothing that names this machine or its owner."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version(name) for name in _PACKAGES},
    }


def summary(rounds: Sequence[Round], gzip_bytes: float, canonical_bytes: float) -> dict[str, Any]:
    """The figures as numbers: `median`, `least` and `most` of the rounds."""
    records = rounds[0].records
    idles, changes = [r.idle for r in rounds], [cost for r in rounds for cost in r.changes]
    return {
        "records": records,
        "rounds": len(rounds),
        "profileBytes": round(canonical_bytes),
        "profileGzipBytes": round(gzip_bytes),
        "publishedPerSecond": _spread(rounds, lambda r: records / r.publish_seconds),
        "writePathPerSecond": _spread(rounds, lambda r: records / r.write_path_seconds),
        "pulledPerSecond": _spread(rounds, lambda r: records / r.first.seconds),
        "firstSyncBytesPerRecord": _spread(rounds, lambda r: r.first.wire_bytes / records),
        "firstSyncRequests": _spread(rounds, lambda r: r.first.requests),
        "changeRequests": _spread(changes, lambda cost: cost.requests),
        "changeBytes": _spread(changes, lambda cost: cost.wire_bytes),
        "changeSyncSeconds": _spread(changes, lambda cost: cost.seconds),
        "changePublishSeconds": _spread([s for r in rounds for s in r.change_publish_seconds], lambda s: s),
        "idleRequests": _spread(idles, lambda cost: cost.requests),
        "idleBytes": _spread(idles, lambda cost: cost.wire_bytes),
        "publishPeakMiB": _spread(rounds, lambda r: r.publish_peak / _MEBIBYTE),
        "servePeakMiB": _spread(rounds, lambda r: r.serve_peak / _MEBIBYTE),
        "syncPeakMiB": _spread(rounds, lambda r: r.sync_peak / _MEBIBYTE),
        "changesMeetingGoal": sum(_within(c, GOAL_CHANGE_REQUESTS, GOAL_CHANGE_BYTES) for c in changes),
        "goals": {
            "change": all(_within(c, GOAL_CHANGE_REQUESTS, GOAL_CHANGE_BYTES) for c in changes),
            "idle": all(_within(cost, 1, GOAL_IDLE_BYTES) for cost in idles),
        },
        "raw": [asdict(r) for r in rounds],
    }


def markdown(figures: dict[str, Any], where: dict[str, Any]) -> str:
    """The table for the README."""
    goals = figures["goals"]
    change_goal = f"≤ {GOAL_CHANGE_REQUESTS} requests, ≤ {GOAL_CHANGE_BYTES:,} B"
    rows = [
        ("records a second, published: process start to acknowledgement", "publishedPerSecond", ""),
        ("records a second, write path alone", "writePathPerSecond", ""),
        ("records a second, pulled: process start to verified and stored", "pulledPerSecond", ""),
        ("bytes a record on the wire, first sync", "firstSyncBytesPerRecord", ""),
        ("requests, first sync", "firstSyncRequests", ""),
        ("requests for one changed record", "changeRequests", _share(change_goal, figures)),
        ("bytes for one changed record", "changeBytes", _share(change_goal, figures)),
        ("bytes for an idle poll", "idleBytes", _verdict(f"1 request, ≤ {GOAL_IDLE_BYTES} B", goals["idle"])),
        ("peak memory, `entrepot publish`, MiB", "publishPeakMiB", ""),
        ("peak memory, `entrepot serve` during the first sync, MiB", "servePeakMiB", ""),
        ("peak memory, `entrepot sync`, MiB", "syncPeakMiB", ""),
    ]
    lines = ["| what | median | least – most | goal |", "| --- | ---: | ---: | --- |"]
    for label, name, goal in rows:
        spread = figures[name]
        lines.append(
            f"| {label} | {_number(spread['median'])} | {_number(spread['least'])} – {_number(spread['most'])} | {goal} |"
        )
    packages = ", ".join(f"{name} {number}" for name, number in where["packages"].items())
    note = (
        f"{figures['records']:,} invented profiles of {figures['profileBytes']:,} bytes, which alone compress to "
        f"{figures['profileGzipBytes']} bytes each (gzip, groups of 256); {figures['rounds']} rounds, two processes on "
        f"the loopback of one machine, SQLite with `synchronous=FULL`. {where['date']}, {where['cpu']}, "
        f"{where['cores']} cores, {where['system']}, Python {where['python']}, SQLite {where['sqlite']}; {packages}."
    )
    return "\n".join([*lines, "", note, ""])


def _within(cost: Cost, requests: int, wire_bytes: int) -> bool:
    return cost.requests <= requests and cost.wire_bytes <= wire_bytes


def _spread(items: Iterable[T], value: Callable[[T], float]) -> dict[str, float]:
    values = [value(item) for item in items]
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def _verdict(goal: str, met: bool) -> str:
    return f"{goal}: {'met' if met else 'NOT met'}"


def _share(goal: str, figures: dict[str, Any]) -> str:
    """The verdict over all changes of all rounds; how many met the goal where not all did."""
    changes = sum(len(one["changes"]) for one in figures["raw"])
    return f"{_verdict(goal, figures['goals']['change'])} ({figures['changesMeetingGoal']} of {changes})"


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    names = [
        line.partition(":")[2].strip()
        for line in info.read_text().splitlines()
        if line.startswith("model name")
    ]
    return names[0] if names else platform.machine()
