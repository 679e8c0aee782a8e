"""Our tool for files, for the conformance suite: `python -m entrepot_node.conformance_checker` stays and judges one file a line.

It prints what `entrepot check --json` prints for each of them (NODE-CONTRACT.md).
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from entrepot_node.commands.check_report import CheckReport
from entrepot_schema.file_check import check_file


def checked(file: str, now: str) -> dict[str, Any]:
    """Judge one file as of a time."""
    report = CheckReport()
    report.add(check_file(Path(file).read_bytes(), file, now=datetime.fromisoformat(now)))
    return report.to_json()


def main() -> None:
    """Answer one request a line until the input ends."""
    for line in sys.stdin:
        print(json.dumps(checked(**json.loads(line))), flush=True)  # noqa: T201  answers go to standard output


if __name__ == "__main__":
    main()
