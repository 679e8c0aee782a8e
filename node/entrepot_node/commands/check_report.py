"""The outcome of a check, as text for people and JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from entrepot_node.commands.output import Output, printable
from entrepot_schema.errors import EntrepotError
from entrepot_schema.file_check import CheckedFile
from entrepot_schema.findings import Finding
from entrepot_schema.level import Level, Standing


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that was to be checked and could not be read."""

    file: str
    error: EntrepotError


@dataclass(slots=True)
class CheckReport:
    """What a check found in all it was given."""

    documents: int = 0
    findings: list[Finding] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    levels: list[Standing] = field(default_factory=list)
    complete: bool = True

    def add(self, checked: CheckedFile) -> None:
        """Take in what was found in one file."""
        self.documents += checked.documents
        self.findings += checked.findings
        self.levels += checked.levels
        self.complete &= checked.complete

    def count(self, severity: str) -> int:
        """How many findings are of a severity."""
        return sum(found.severity == severity for found in self.findings)

    def strict(self) -> CheckReport:
        """The same with every warning taken for an error."""
        findings = [
            replace(found, severity="error") if found.severity == "warning" else found
            for found in self.findings
        ]
        return replace(self, findings=findings)

    def errors_only(self) -> CheckReport:
        """The same without what does not make the check fail."""
        return replace(self, findings=[found for found in self.findings if found.severity == "error"])

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {
            "documents": self.documents,
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "information": self.count("information"),
            "complete": self.complete,
            "levels": _levels(self),
            "findings": [found.to_json() for found in self.findings],
            "unread": [
                {"file": unread.file, "code": unread.error.code, "message": unread.error.message}
                for unread in self.unread
            ],
        }


def print_findings(output: Output, findings: Sequence[Finding], documents: int) -> None:
    """Print one line for each finding, and the sum."""
    report = CheckReport(documents, list(findings))
    output.result(report.to_json(), lambda console: console.print("\n".join(text_lines(report))))


def text_lines(report: CheckReport, *, with_sum: bool = True) -> list[str]:
    """One line a finding, and the sum at the end."""
    lines = [_line(found) for found in report.findings]
    return [*lines, sum_line(report)] if with_sum else lines


def sum_line(report: CheckReport) -> str:
    """How much was checked, and what was found."""
    counts = Counter(found.severity for found in report.findings)
    parts = [_count(report.documents, "document"), _count(counts["error"], "error")]
    parts += [_count(counts["warning"], "warning")] if counts["warning"] else []
    parts += [f"{counts['information']} for information"] if counts["information"] else []
    parts += [f"{_count(len(report.unread), 'file')} not read"] if report.unread else []
    more = "" if report.complete else " There are more findings than are listed."
    return ", ".join(parts) + f".{_level_words(report)}{more}"


def _levels(report: CheckReport) -> dict[str, int]:
    """How many profiles have come how far."""
    counts = Counter(standing.level for standing in report.levels)
    return {level.name.lower(): counts[level] for level in Level}


def _level_words(report: CheckReport) -> str:
    """The levels that occur; of a single profile also the next thing that would help it."""
    reached = [f"{count:,} {name}" for name, count in _levels(report).items() if count]
    if len(report.levels) != 1:
        return f" Levels: {', '.join(reached)}." if reached else ""
    (standing,) = report.levels
    step = f" Next: {standing.next.sentence}" if standing.next else ""
    return f" Level: {standing.level.name.lower()}.{step}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _line(found: Finding) -> str:
    place = f"{found.file}:{found.line}" if found.line else found.file
    grade = "" if found.severity == "error" else f"{found.severity}: "
    hint = f" → {found.hint}" if found.hint else ""
    return printable(
        f"{place} {found.pointer or '/'} [{found.layer} {found.code}] {grade}{found.message}{hint}"
    )
