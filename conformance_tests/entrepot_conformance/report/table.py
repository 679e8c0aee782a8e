"""The public table: who passes which profile, from the JSON reports that implementers publish."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from entrepot_conformance.reader.rule_error import RuleError

from .run_report import FORMAT, Report
from .signature import verify_report

_MOST_BYTES = 32 * 1024 * 1024


def read_report(path: Path) -> Report:
    """Read a JSON report. Raises ValueError if it is none."""
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{path} is too large for a report")
    report = json.loads(path.read_text("utf-8"))
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise ValueError(f"{path} is no report of this suite")
    return report


def markdown_table(reports: Sequence[Report]) -> str:
    """One row a report: target, version of the suite, date, each profile as passed of judged, who signed it."""
    profiles = list(dict.fromkeys(name for report in reports for name in report["profiles"]))
    heads = ["implementation", "suite", "date", *profiles, "verdict", "signed by"]
    rows = [_row(report, profiles) for report in sorted(reports, key=lambda one: _name(one).casefold())]
    return "\n".join([_line(heads), _line(["---"] * len(heads)), *map(_line, rows)]) + "\n"


def _row(report: Report, profiles: list[str]) -> list[str]:
    cells = [_name(report), report["suite"], report["started"][:10]]
    for name in profiles:
        found = report["profiles"].get(name, {})
        judged = sum(found.get(state, 0) for state in ("pass", "fail", "unknown"))
        cells.append(f"{found.get('pass', 0)} of {judged}" if judged else "–")
    return [*cells, "conforms" if report["passed"] else "does not", _signer(report)]


def _name(report: Report) -> str:
    target = report["target"]
    return str(target.get("name") or next(iter(target.values()), "?"))


def _signer(report: Report) -> str:
    if "proof" not in report:
        return "nobody"
    try:
        return f"`{verify_report(report)[:12]}…`"
    except RuleError:
        return "**forged**"


def _line(cells: Sequence[str]) -> str:
    clean = (str(cell).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;") for cell in cells)
    return "| " + " | ".join(clean) + " |"
