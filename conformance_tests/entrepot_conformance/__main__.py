"""`entrepot-conformance`: judge a node, a feed of static files, or a tool for files. Needs no pytest."""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .http_reader import HttpReader
from .shim.command import command_launch
from .shim.http import http_launch
from .suite.case import Case
from .suite.expected_failures import read_expected_failures
from .suite.outcome import Outcome, Status
from .suite.registry import PROFILES, all_cases, choose
from .suite.runner import run_cases, run_fails
from .suite.target import Target

_EPILOG = """\
Judge what a node serves:    entrepot-conformance --node-url https://node.example
Judge how it treats others:  entrepot-conformance --shim "python -m entrepot_node.conformance_shim"
Judge a tool for files:      entrepot-conformance --checker "entrepot check --json"
"""


def main(arguments: list[str] | None = None) -> int:
    """Judge one target. Returns 0 if every MUST is kept, 1 if one is broken, 2 if it was asked wrongly."""
    parser = _parser()
    options = parser.parse_args(arguments)
    known = all_cases()
    cases = choose(known, options.profile, options.only)
    if not cases:
        parser.error("no case is left to run: see --dry-run for the names")
    if options.dry_run:
        _say("\n".join(map(_listed, cases)))
        return 0
    if not (options.node_url or options.shim or options.shim_url or options.checker):
        parser.error("nothing to judge: give --node-url, --shim, --shim-url or --checker")
    try:
        expected = (
            read_expected_failures(options.xfail, {case.name for case in known}) if options.xfail else {}
        )
        with tempfile.TemporaryDirectory(prefix="entrepot-conformance-") as folder:
            return _judge(cases, _target(options, options.work or Path(folder)), expected, options)
    except (ValueError, OSError) as error:
        parser.error(str(error))


def _judge(
    cases: Sequence[Case], target: Target, expected: dict[str, str], options: argparse.Namespace
) -> int:
    def is_disabled(case: Case) -> bool:
        return case in choose([case], only=options.disable) if options.disable else False

    outcomes: list[Outcome] = []
    failed = 0
    try:
        for outcome in run_cases(cases, target, disabled=is_disabled, expected_failures=expected):
            case = cases[len(outcomes)]
            outcomes.append(outcome)
            failed += run_fails(case, outcome, strict=options.strict)
            _say(_told(case, outcome))
    finally:
        target.close()
    counts = {status: sum(one.status is status for one in outcomes) for status in Status}
    _say(", ".join(f"{count} {status}" for status, count in counts.items() if count) or "nothing ran")
    return 1 if failed else 0


def _target(options: argparse.Namespace, work: Path) -> Target:
    work.mkdir(parents=True, exist_ok=True)
    if options.dump:
        options.dump.mkdir(parents=True, exist_ok=True)
    if options.node_url:
        HttpReader(options.node_url)  # refuses what is no base URL before the first case runs
    launch = None
    if options.shim:
        launch = command_launch(shlex.split(options.shim), work, options.dump)
    elif options.shim_url:
        launch = http_launch(options.shim_url, work, options.dump)
    checker = tuple(shlex.split(options.checker or ""))
    return Target(options.node_url, launch, checker, work, options.dump, options.seed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="entrepot-conformance",
        description="Judge whether a node, a feed or a tool keeps the Entrepot standard.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    target = parser.add_argument_group("what is judged")
    target.add_argument("--node-url", help="base URL of a running node or of a folder of static files")
    target.add_argument("--shim", metavar="COMMAND", help="command that speaks the shim protocol")
    target.add_argument("--shim-url", metavar="URL", help="URL that speaks the shim protocol")
    target.add_argument("--checker", metavar="COMMAND", help="command that takes a file and prints findings")
    cases = parser.add_argument_group("which cases")
    cases.add_argument(
        "--profile", action="append", default=[], choices=sorted(PROFILES), help="may be repeated"
    )
    cases.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="WORD",
        help="case, clause or attack; a beginning is enough",
    )
    cases.add_argument(
        "--disable", action="append", default=[], metavar="WORD", help="leave out, and say so in the report"
    )
    cases.add_argument("--dry-run", action="store_true", help="list the cases with their clauses, run none")
    cases.add_argument(
        "--xfail",
        type=Path,
        metavar="FILE",
        help="failures that are known, with reasons; a pass is then a failure",
    )
    cases.add_argument("--strict", action="store_true", help="a broken SHOULD fails the run too")
    cases.add_argument("--seed", type=int, default=0, help="of what the cases choose at random (default: 0)")
    kept = parser.add_argument_group("what is kept")
    kept.add_argument(
        "--work", type=Path, metavar="FOLDER", help="where nodes keep their data; kept afterwards"
    )
    kept.add_argument("--dump", type=Path, metavar="FOLDER", help="every message, to be replayed")
    return parser


def _listed(case: Case) -> str:
    return "  ".join(
        [f"{case.level:6}", f"{case.attack:3}", case.name, f"({', '.join(case.ids)})", case.title]
    )


def _told(case: Case, outcome: Outcome) -> str:
    line = f"{outcome.status:8} {case.name}: {case.title}"
    if outcome.expected_failure:
        line += f" [expected to fail: {outcome.expected_failure}]"
    return f"{line}\n         {outcome.reason}" if outcome.reason else line


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
