"""A report as workflow commands of GitHub Actions: each finding is shown beside the line of the file it is about."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot_node.commands.check_report import CheckReport, Unread, sum_line
from entrepot_node.commands.output import printable
from entrepot_schema.findings import Finding

_COMMANDS = {"error": "error", "warning": "warning", "information": "notice"}


def github_lines(report: CheckReport) -> Iterator[str]:
    """One workflow command for each finding and each file that was not read, then the sum."""
    yield from (_unread(unread) for unread in report.unread)
    yield from (_finding(found) for found in report.findings)
    yield sum_line(report)


def _finding(found: Finding) -> str:
    place = {"file": found.file, "line": str(found.line or 1), "title": found.code}
    hint = f"\n→ {printable(found.hint)}" if found.hint else ""
    text = f"{printable(found.pointer or '/')} [{found.layer}] {printable(found.message)}{hint}"
    return _command(_COMMANDS[found.severity], place, text)


def _unread(unread: Unread) -> str:
    return _command(
        "error", {"file": unread.file, "title": unread.error.code}, printable(unread.error.message)
    )


def _command(name: str, properties: dict[str, str], text: str) -> str:
    # What stands in a file must not become a command of its own: a line end or a comma would start one.
    listed = ",".join(f"{key}={_property(printable(value))}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
