"""`entrepot check`: offline, without the server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from entrepot_node.commands.check_report import CheckReport, Unread, text_lines
from entrepot_node.commands.check_sources import Source, sources
from entrepot_node.commands.output import DONE, FOUND_FAULTS, MISUSED, Output
from entrepot_schema.errors import EntrepotError, Misuse
from entrepot_schema.file_check import check_file

# Days before and after a moment are looked at: there must be some.
_FIRST_YEAR, _LAST_YEAR = 1900, 9000


def run_check(
    targets: Sequence[str],
    *,
    format: str,
    now: str = "",
    strict: bool = False,
    quiet: bool = False,
    allow_private: bool = False,
) -> int:
    """Check files, folders and URLs: 0 without errors, 1 with, 2 when something could not be read."""
    output = Output(as_json=format != "text" or quiet)
    report = _check(sources(targets, allow_private=allow_private), _time(now), output)
    report = report.strict() if strict else report
    report = report.errors_only() if quiet else report
    _print(report, format, quiet=quiet)
    if report.unread:
        return MISUSED
    return FOUND_FAULTS if report.count("error") else DONE


def _check(given: Sequence[Source], now: datetime, output: Output) -> CheckReport:
    report = CheckReport()
    with output.progress("Checking") as progress:
        for number, source in enumerate(given):
            progress(number, len(given))
            try:
                raw = source.read()
            except EntrepotError as error:
                report.unread.append(Unread(source.name, error))
                continue
            report.add(check_file(raw, source.name, now=now))
    return report


def _print(report: CheckReport, format: str, *, quiet: bool) -> None:
    for unread in report.unread:
        Output(as_json=False).error(unread.error)
    match format:
        case "json":
            _print_json(report.to_json())
        case "sarif":
            from entrepot_node.commands.check_sarif import sarif

            _print_json(sarif(report))
        case "github":
            from entrepot_node.commands.check_github import github_lines

            _print_lines(github_lines(report))
        case _:
            _print_lines(text_lines(report, with_sum=not quiet))


def _print_json(document: object) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _print_lines(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _time(text: str) -> datetime:
    """The moment to judge at; now unless another one was given. A day alone is its first second in UTC."""
    if not text:
        return datetime.now(UTC)
    hint = "Such as 2026-11-23 or 2026-11-23T09:30:00Z."
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misuse("check.time", f"{text[:40]!r} is no day or time", hint=hint) from error
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise Misuse("check.time", f"{text[:40]!r} is too far from now", hint=hint)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
