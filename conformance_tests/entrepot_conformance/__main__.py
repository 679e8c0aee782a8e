"""`entrepot-conformance`: judge a node, a feed of static files, or a tool for files. Needs no pytest."""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePath

from .http_reader import HttpReader
from .options import parser as make_parser
from .report.run_report import counts, make_report
from .report.table import markdown_table, read_report
from .report.written import write_report
from .shim.command import command_launch
from .shim.http import http_launch
from .suite.case import Case
from .suite.expected_failures import read_expected_failures
from .suite.outcome import Outcome
from .suite.registry import PROFILES, all_cases, choose, profiles_for
from .suite.runner import run_cases, run_fails, until_failure
from .suite.staying_checker import StayingChecker
from .suite.target import Target


def main(arguments: list[str] | None = None) -> int:
    """Judge one target. Returns 0 if every MUST is kept, 1 if one is broken, 2 if it was asked wrongly."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    try:
        if options.table:
            _say(markdown_table([read_report(path) for path in options.table]).rstrip())
            return 0
        known = all_cases()
        able = profiles_for(
            reads=bool(options.node_url),
            drives=bool(options.shim or options.shim_url),
            checks=bool(options.checker),
        )
        cases = choose(known, options.profile or ([] if options.dry_run else able), options.only)
        if not cases:
            parser.error("no case is left to run: see --dry-run for the names")
        if options.dry_run:
            _say("\n".join(map(_listed, cases)))
            return 0
        if options.checker_stays and not options.checker:
            parser.error("--checker-stays needs the command: give it with --checker")
        if not able:
            parser.error("nothing to judge: give --node-url, --shim, --shim-url or --checker")
        if not options.profile:
            _say_what_is_left_out(able)
        announced = (
            read_expected_failures(options.xfail, {case.name for case in known}) if options.xfail else {}
        )
        with tempfile.TemporaryDirectory(prefix="entrepot-conformance-") as folder:
            return _judge(cases, _target(options, options.work or Path(folder)), announced, options)
    except (ValueError, OSError) as error:
        parser.error(str(error))


def _judge(
    cases: Sequence[Case], target: Target, announced: dict[str, str], options: argparse.Namespace
) -> int:
    started = datetime.now(UTC)
    disabled = {case.name for case in choose(cases, only=options.disable)} if options.disable else set()
    results: list[tuple[Case, Outcome]] = []
    try:
        outcomes = run_cases(
            cases, target, disabled=lambda case: case.name in disabled, expected_failures=announced
        )
        pairs = zip(cases, outcomes, strict=True)
        for case, outcome in until_failure(pairs, strict=options.strict) if options.fail_fast else pairs:
            results.append((case, outcome))
            _say(_told(case, outcome))
    finally:
        target.close()
    passed = not any(run_fails(case, outcome, strict=options.strict) for case, outcome in results)
    _say(
        ", ".join(f"{count} {state}" for state, count in counts([outcome for _, outcome in results]).items())
    )
    if options.report:
        report = make_report(_named(options), results, seed=options.seed, started=started, passed=passed)
        _say(f"report: {write_report(options.report, report, options.sign)}")
    return 0 if passed else 1


def _named(options: argparse.Namespace) -> dict[str, str]:
    told = {
        "name": options.name,
        "url": options.node_url,
        "shim": _without_folders(options.shim) or options.shim_url,
        "checker": _without_folders(options.checker),
    }
    return {name: value for name, value in told.items() if value}


def _without_folders(command: str | None) -> str:
    """A command as it may be published: where its programs lie is nobody's business."""
    return " ".join(PurePath(word).name for word in shlex.split(command or ""))


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
    staying = StayingChecker(checker, work / "checker.stderr") if options.checker_stays else None
    target = Target(options.node_url, launch, checker, staying, work, options.dump, options.seed)
    if staying is not None:
        target.at_close(staying.close)
    return target


def _say_what_is_left_out(able: Sequence[str]) -> None:
    left_out = [name for name in PROFILES if name not in able]
    if left_out:
        _say(
            f"profiles: {', '.join(able)}. Not tried, since nothing was given to try it on: {', '.join(left_out)}"
        )


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
