"""From the clauses of the specification to the cases that try them: text, cases, results, or why there are none."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from entrepot_conformance.spec_folder import spec_folder
from entrepot_conformance.suite.case import Side

from .run_report import Report
from .untested import Reasons, read_reasons

_CLAUSE = re.compile(r"^- \*\*([A-Z]{3}-[0-9]{2,3})\*\* (.*(?:\n  .*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause. `results` are names of cases with their states; `reason` says why a side, or all, is missing."""

    id: str
    text: str
    results: tuple[tuple[str, str], ...] = ()
    reason: str = ""


def spec_clauses() -> dict[str, str]:
    """Return the text of every clause by its id, in the order of the documents."""
    found: dict[str, str] = {}
    for path in sorted(spec_folder().glob("*.md")):
        for match in _CLAUSE.finditer(path.read_text("utf-8")):
            found[match[1]] = " ".join(match[2].split())
    return found


def trace(report: Report) -> list[Clause]:
    """Set every clause beside the cases of a run that cite it, and the reason why a side of it has no case at all."""
    by_clause, reasons = defaultdict(list), read_reasons()
    for case in report["cases"]:
        for name in case["ids"]:
            by_clause[name].append((case["name"], case["status"]))
    return [
        Clause(name, text, tuple(by_clause[name]), _reason(name, reasons, ran=bool(by_clause[name])))
        for name, text in spec_clauses().items()
    ]


def _reason(name: str, reasons: Reasons, *, ran: bool) -> str:
    """The written reason of a clause; without one, why nothing stands beside it."""
    if name not in reasons:
        return "" if ran else "no case of this run"
    sides, reason = reasons[name]
    missing = (
        "no case" if len(sides) > 1 else f"no case that {'accepts' if Side.ACCEPT in sides else 'refuses'}"
    )
    return f"{missing}: {reason}"
