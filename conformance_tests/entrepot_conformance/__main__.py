"""`entrepot-conformance --node-url URL`: run the checks and print a line for each. Needs no pytest."""

from __future__ import annotations

import argparse
import sys

from .checks import CHECKS, Check
from .node_under_test import NodeUnderTest


def main(arguments: list[str] | None = None) -> int:
    """Judge one node. Returns 0 when it passes every check, else 1."""
    parser = argparse.ArgumentParser(
        prog="entrepot-conformance", description="Judge an Entrepot node from outside."
    )
    parser.add_argument("--node-url", required=True, help="base URL of the node, e.g. http://127.0.0.1:8101")
    options = parser.parse_args(arguments)
    try:
        node = NodeUnderTest(options.node_url)
    except ValueError as error:
        parser.error(str(error))
    failed = sum(not _passes(check, node) for check in CHECKS)
    _say(f"{len(CHECKS) - failed} of {len(CHECKS)} checks passed: {options.node_url}")
    return 1 if failed else 0


def _passes(check: Check, node: NodeUnderTest) -> bool:
    promise = (check.__doc__ or "").strip()
    try:
        check(node)
    except AssertionError as error:
        _say(f"FAIL  {promise}\n      {error}")
        return False
    _say(f"ok    {promise}")
    return True


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
