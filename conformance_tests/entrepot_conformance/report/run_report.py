"""One run as data, and its JSON form, which all other forms are made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from entrepot_conformance.suite.case import Case
from entrepot_conformance.suite.outcome import Outcome, Status

FORMAT = "entrepot-conformance-report/1"
Report = dict[str, Any]


def make_report(
    target: dict[str, str],
    results: Sequence[tuple[Case, Outcome]],
    *,
    seed: int,
    started: datetime,
    passed: bool,
) -> Report:
    """Put a run together. `target` says what was judged: its address or command, and what it calls itself."""
    return {
        "format": FORMAT,
        "suite": suite_version(),
        "spec": "1.0",
        "target": target,
        "started": started.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seed": seed,
        "passed": passed,
        "counts": counts([outcome for _, outcome in results]),
        "profiles": {
            name: counts([outcome for case, outcome in results if case.profile == name])
            for name in dict.fromkeys(case.profile for case, _ in results)
        },
        "cases": [_entry(case, outcome) for case, outcome in results],
    }


def counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many ended in each state that occurs."""
    found = Counter(outcome.status for outcome in outcomes)
    return {status.value: found[status] for status in Status if found[status]}


def suite_version() -> str:
    """The version of the installed distribution."""
    try:
        return version("entrepot")
    except PackageNotFoundError:  # run from a copy that is not installed
        return "unreleased"


def _entry(case: Case, outcome: Outcome) -> Report:
    entry: Report = {
        "name": case.name,
        "profile": case.profile,
        "level": case.level.value,
        "ids": list(case.ids),
        "title": case.title,
        "status": outcome.status.value,
        "milliseconds": round(outcome.seconds * 1000),
    }
    optional = {
        "attack": case.attack,
        "reason": outcome.reason,
        "expectedFailure": outcome.expected_failure,
        "messages": list(outcome.messages),
    }
    entry |= {name: value for name, value in optional.items() if value}
    if outcome.usage is not None:
        usage = asdict(outcome.usage)
        usage["cpu_milliseconds"] = round(usage.pop("cpu_seconds") * 1000)
        entry["usage"] = usage
    return entry
