"""Rows as JSON and as a Markdown table, with the machine they were measured on."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.row import Row

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
_TOOLS = ("git", "node")


def machine() -> dict[str, Any]:
    """What the figures depend on; nothing that names this machine or its owner."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": os.getloadavg()[0],
        "packages": {name: version(name) for name in _PACKAGES},
        "tools": [said for tool in _TOOLS if (said := _version_of(tool))],
    }


def _version_of(tool: str) -> str:
    """What a program says its version is; empty if it is not there."""
    if shutil.which(tool) is None:
        return ""
    said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return said if said.startswith(tool) else f"{tool} {said}"


def write_results(
    out: Path, rows: Sequence[Row], failures: Mapping[str, str], where: Mapping[str, Any]
) -> None:
    """Write all figures as JSON and the table beside it; print the table."""
    out.parent.mkdir(parents=True, exist_ok=True)
    document = {"machine": where, "rows": [asdict(row) for row in rows], "failures": failures}
    out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    table = markdown(rows, failures, where)
    out.with_suffix(".md").write_text(table, encoding="utf-8")
    print(table)


def markdown(rows: Sequence[Row], failures: Mapping[str, str], where: Mapping[str, Any]) -> str:
    """The table, as it stands in the documents."""
    lines = [
        _head(where),
        "",
        "| what | ours | others | goal | times better |",
        "| --- | ---: | --- | --- | ---: |",
    ]
    lines += [_line(row) for row in rows]
    lines += [
        f"| {name} | failed | | {reason.replace(chr(10), ' ').replace('|', '/')} | |"
        for name, reason in failures.items()
    ]
    notes = [f"- {row.name}: {row.note}" for row in rows if row.note]
    return "\n".join([*lines, *([""] if notes else []), *notes, ""])


def _head(where: Mapping[str, Any]) -> str:
    packages = ", ".join(f"{name} {number}" for name, number in where["packages"].items())
    tools = ", ".join(where["tools"])
    return (
        f"{where['date']}, {where['cpu']}, {where['cores']} cores, load {where['load']:.1f} at the end, {where['system']}, "
        f"Python {where['python']}, SQLite {where['sqlite']} with `synchronous=FULL`; {packages}; {tools}. Medians; in "
        "brackets the least and the most, and the number of rounds. *Times better* is how many times better ours is than "
        "each of the others."
    )


def _line(row: Row) -> str:
    others = ", ".join(f"{name} {_number(peer.median)}" for name, peer in row.peers.items())
    ratios = ", ".join(f"{name} {ratio:.2f}" for name, ratio in row.ratios.items())
    goals = "; ".join(f"{one.goal}: {'met' if one.met else '**not met**'}" for one in row.verdicts)
    ours = row.ours
    spread = f" ({_number(ours.least)} – {_number(ours.most)}; {ours.count})" if ours.count > 1 else ""
    unit = f", {row.unit}" if row.unit else ""
    return f"| {row.name}{unit} | {_number(ours.median)}{spread} | {others} | {goals} | {ratios} |"


def _number(value: float) -> str:
    """Three digits, or all of a large one."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


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
