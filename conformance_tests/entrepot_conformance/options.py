"""The options of `entrepot-conformance`."""

from __future__ import annotations

import argparse
from pathlib import Path

from .suite.registry import PROFILES

_EPILOG = """\
Judge what a node serves:    entrepot-conformance --node-url https://node.example --report out
Judge how it treats others:  entrepot-conformance --shim "python -m entrepot_node.conformance_shim"
Judge a tool for files:      entrepot-conformance --checker "entrepot check --json --now {now}"
A table of many reports:     entrepot-conformance --table */report.json
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    found = argparse.ArgumentParser(
        prog="entrepot-conformance",
        description="Judge whether a node, a feed or a tool keeps the Entrepot standard.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_target(found)
    _add_cases(found)
    _add_report(found)
    return found


def _add_target(found: argparse.ArgumentParser) -> None:
    add = found.add_argument_group("what is judged").add_argument
    add("--node-url", metavar="URL", help="base URL of a running node, or of a folder of static files")
    add("--shim", metavar="COMMAND", help="command that speaks the shim protocol")
    add("--shim-url", metavar="URL", help="URL that speaks the shim protocol")
    add("--checker", metavar="COMMAND", help="command that takes a file and prints findings")
    add(
        "--checker-stays",
        action="store_true",
        help="that command stays: it reads a file's name a line and prints its findings a line, both as JSON",
    )
    add("--name", default="", help="what the implementation is called in reports and tables")


def _add_cases(found: argparse.ArgumentParser) -> None:
    add = found.add_argument_group("which cases").add_argument
    add("--profile", action="append", default=[], choices=list(PROFILES), help="may be repeated")
    add(
        "--only",
        action="append",
        default=[],
        metavar="WORD",
        help="case, clause or attack; a beginning is enough",
    )
    add("--disable", action="append", default=[], metavar="WORD", help="leave out; the report says so")
    add("--dry-run", action="store_true", help="list the cases with their clauses, run none")
    add(
        "--xfail",
        type=Path,
        metavar="FILE",
        help="failures that are known, with reasons; a pass is then a failure",
    )
    add("--strict", action="store_true", help="a broken SHOULD fails the run too")
    add("--fail-fast", action="store_true", help="end with the first case that fails the run")
    add("--seed", type=int, default=0, help="of what the cases choose at random (default: 0)")


def _add_report(found: argparse.ArgumentParser) -> None:
    add = found.add_argument_group("what is kept").add_argument
    add(
        "--report",
        type=Path,
        metavar="FOLDER",
        help="write report.json, report.html, junit.xml and badge.svg there",
    )
    add("--sign", type=Path, metavar="KEY", help="sign report.json with an Ed25519 key in PEM form")
    add("--work", type=Path, metavar="FOLDER", help="where nodes keep their data; kept afterwards")
    add("--dump", type=Path, metavar="FOLDER", help="every message, to be replayed")
    add("--table", type=Path, nargs="+", metavar="REPORT", help="print a table of reports, judge nothing")
