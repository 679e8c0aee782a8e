"""Convert a folder of public lists to JSON Lines that a node publishes, and say what was left out and found.

    python -m examples.convert FOLDER --origin biomed.example --output OUT
    entrepot publish OUT/companies-listed-health-care.jsonl --license MIT

See docs/data.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from examples.convert.conversion import Converted, convert

from entrepot_schema.file_check import check_file

RETRIEVED = "2026-11-23"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one file for each source file; 1 if a file that was written has an error."""
    parser = argparse.ArgumentParser(prog="python -m examples.convert", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder that holds the source files, at any depth")
    parser.add_argument("--origin", required=True, help="origin of the node that will publish")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--retrieved", default=RETRIEVED, help="day on which the lists were read")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    findings: Counter[tuple[str, str]] = Counter()
    for result in convert(options.folder, origin=options.origin, retrieved=options.retrieved):
        path = options.output / f"{Path(result.name).stem}.jsonl"
        lines = (json.dumps(profile, ensure_ascii=False) + "\n" for profile in result.profiles)
        path.write_text("".join(lines), encoding="utf-8", newline="\n")
        checked = check_file(path.read_bytes(), path.name, now=datetime.now(UTC))
        findings.update((found.severity, found.code) for found in checked.findings)
        _say(result)
    _say_findings(findings)
    return 1 if any(severity == "error" for severity, _ in findings) else 0


def _say(result: Converted) -> None:
    sys.stdout.write(f"{result.name}: {len(result.profiles)} of {result.rows} rows, {result.license}\n")
    for reason, count in sorted(result.dropped.items()):
        sys.stdout.write(f"    {count:5}  {reason}\n")


def _say_findings(findings: Counter[tuple[str, str]]) -> None:
    sys.stdout.write(f"{findings.total()} findings\n")
    for (severity, code), count in sorted(findings.items()):
        sys.stdout.write(f"    {count:5}  {severity:<11}  {code}\n")


if __name__ == "__main__":
    sys.exit(main())
