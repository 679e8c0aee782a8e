"""`entrepot check`: offline, without the server."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from entrepot_node.commands.output import DONE, FOUND_FAULTS, Output, printable
from entrepot_schema.errors import Misuse
from entrepot_schema.file_check import check_file
from entrepot_schema.findings import Finding

_ENDINGS = (".json", ".jsonl")


def run_check(paths: list[Path], *, as_json: bool) -> int:
    """Check files and folders; 0 without errors, 1 with."""
    findings: list[Finding] = []
    documents = 0
    output = Output(as_json=as_json)
    files = list(_files(paths))
    with output.progress("Checking") as progress:
        for number, (name, raw) in enumerate(files, start=1):
            checked = check_file(raw, name, now=datetime.now(UTC))
            findings += checked.findings
            documents += checked.documents
            progress(number, len(files))
    print_findings(output, findings, documents)
    return FOUND_FAULTS if any(finding.severity == "error" for finding in findings) else DONE


def print_findings(output: Output, findings: Sequence[Finding], documents: int) -> None:
    """Print one line for each finding, and the sum."""
    errors = sum(finding.severity == "error" for finding in findings)
    document = {
        "documents": documents,
        "errors": errors,
        "findings": [finding.to_json() for finding in findings],
    }
    lines = [_line(finding) for finding in findings]
    lines.append(f"{documents} document(s), {errors} error(s).")
    output.result(document, lambda console: console.print("\n".join(lines)))


def _line(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    hint = f"  → {finding.hint}" if finding.hint else ""
    return printable(
        f"{place}  {finding.pointer or '/'}  [{finding.layer} {finding.code}] {finding.message}{hint}"
    )


def _files(paths: list[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        if str(path) == "-":
            yield "standard input", sys.stdin.buffer.read()
        elif path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.suffix in _ENDINGS and file.is_file():
                    yield str(file), file.read_bytes()
        else:
            yield str(path), _read(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misuse("check.file", f"{path} cannot be read: {error.strerror}") from error
