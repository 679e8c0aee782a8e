"""The table of mutants: as JSON for programs, and in the docs between two markers."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .judge import Verdict
from .mutant import FOLDER, ROOT, Mutant

RESULTS = FOLDER / "results.json"
PAGE = ROOT / "docs" / "conformance.md"
CONTROL = "control"
"""The name under which the node as it is stands among the results."""
_BEGIN, _END = "<!-- mutants: begin -->\n", "<!-- mutants: end -->\n"
Results = dict[str, dict[str, Any]]
"""By name: a verdict, and the day it was reached."""


def read_results(path: Path = RESULTS) -> Results:
    """Read what came of each mutant so far."""
    rows = json.loads(path.read_text("utf-8"))["verdicts"] if path.exists() else []
    return {row["name"]: row for row in rows}


def read_begun(path: Path = RESULTS) -> str:
    """When the last whole run was begun; empty if there was none."""
    return str(json.loads(path.read_text("utf-8")).get("begun", "")) if path.exists() else ""


def merged(
    old: Mapping[str, dict[str, Any]], new: Iterable[Verdict], names: Iterable[str], day: str, run: str = ""
) -> Results:
    """Put new verdicts in the place of old ones, and drop those of mutants that are gone. `run`: the whole run they are of."""
    rows = {**old, **{verdict.name: {**asdict(verdict), "day": day, "run": run} for verdict in new}}
    return {name: rows[name] for name in [CONTROL, *names] if name in rows}


def judged_in(results: Results, run: str) -> set[str]:
    """The mutants that a whole run has judged so far."""
    return {name for name, row in results.items() if run and row.get("run") == run}


def write_results(results: Results, command: str, begun: str = "", path: Path = RESULTS) -> None:
    """Write what came of each mutant, and when the last whole run was begun."""
    told = {"command": command, "begun": begun, "verdicts": list(results.values())}
    text = json.dumps(told, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", "utf-8")


def markdown(
    mutants: Sequence[Mutant], results: Results, command: str, in_one_run: Collection[str] = ()
) -> str:
    """Write the score and a row for each mutant; `?` for those that were not judged yet.

    `in_one_run` are those that the last whole run judged, where that is not all.
    """
    told = [results.get(mutant.name, {"state": "?", "day": ""}) for mutant in mutants]
    killed = sum(row["state"] == "killed" for row in told)
    days = sorted({row["day"] for row in told} - {""})
    when, one_run = " to ".join(days[:1] + days[1:][-1:]), _told_of_run(mutants, in_one_run)
    lines = [
        f"`{command}`, {when}: **{killed} of {len(mutants)}** mutants are killed.{one_run}",
        "",
        "| mutant | what is bent | breaks | killed by |",
        "|---|---|---|---|",
    ]
    for mutant, row in zip(mutants, told, strict=True):
        seen = f"`{row['case']}`" if row["state"] == "killed" else f"**{row['state'].upper()}**"
        lines.append(f"| {mutant.name} | {mutant.bent} | {mutant.breaks} | {seen} |")
    return "\n".join(lines) + "\n"


def _told_of_run(mutants: Sequence[Mutant], in_one_run: Collection[str]) -> str:
    count = sum(mutant.name in in_one_run for mutant in mutants)
    return f" {count} of them were judged in one run." if count else ""


def write_page(table: str, page: Path = PAGE) -> None:
    """Put the table between its markers."""
    before, begin, rest = page.read_text("utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{page.name} has no place for the table of mutants")
    page.write_text(f"{before}{begin}{table}{end}{after}", "utf-8")
