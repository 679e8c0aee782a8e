"""Measure everything: `make bench`, or a part of it.

    python -m bench --quick                           # make bench-quick: small, three minutes
    python -m bench --only first-sync --only search   # some families of rows
    python -m bench --records 2000 --rounds 3         # another size

Prints one Markdown table, and writes it with all figures as JSON. Each row is measured in one run with its peers, on the same
records, interleaved. A family that fails is named in the end, and does not stop the others.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from bench.report import machine, write_results
from bench.row import Row
from bench.stage import Stage, say

_RESULTS = Path(__file__).resolve().parent / "results"
_ROUNDS = {False: 5, True: 2}  # of a whole run, of a quick one
FAMILIES = {
    "first-sync": "first_sync",
    "first-sync-postgresql": "first_sync_postgresql",
    "changes": "changes",
    "publishing": "publishing",
    "reading": "reading",
    "search": "searching",
    "check": "checking",
    "static": "static",
    "million": "million",
}


def main() -> int:
    """Run the families, report."""
    chosen = _arguments()
    families = {name: _module(name) for name in chosen.only or FAMILIES}
    rows: list[Row] = []
    failures: dict[str, str] = {}
    with TemporaryDirectory(prefix="entrepot-bench-") as folder:
        homes = chosen.homes or Path(folder) / "homes"
        homes.mkdir(parents=True, exist_ok=True)
        stage = Stage(Path(folder), homes, chosen.rounds, chosen.quick, chosen.records)
        for name, module in families.items():
            say(f"{name}: {_left(families, name, quick=chosen.quick)}")
            rows += _run(name, module, stage, failures)
    write_results(chosen.out, rows, failures, machine())
    return 1 if failures else 0  # a goal that is missed stands in the table; it is no fault of the run


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes: three minutes in all")
    parser.add_argument("--only", action="append", choices=FAMILIES, help="a family of rows; may be repeated")
    parser.add_argument("--records", type=int, help="another size for all families that have one")
    parser.add_argument(
        "--rounds", type=int, help=f"how often (default: {_ROUNDS[False]}, quick {_ROUNDS[True]})"
    )
    parser.add_argument("--homes", type=Path, help="keep built nodes there, and take those found there")
    parser.add_argument("--out", type=Path, default=_RESULTS / f"bench-{time.strftime('%Y-%m-%d')}.json")
    chosen = parser.parse_args()
    if chosen.rounds is None:
        chosen.rounds = _ROUNDS[chosen.quick]
    if (chosen.records or 256) < 256 or chosen.rounds < 1:
        parser.error("at least 256 records and one round, or the figures mean nothing")
    return chosen


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"bench.{FAMILIES[name]}")


def _left(families: dict[str, ModuleType], name: str, *, quick: bool) -> str:
    """How long it and what comes behind it take on two quiet cores."""
    names = list(families)
    left = [families[one].MINUTES[0 if quick else 1] for one in names[names.index(name) :]]
    return f"about {left[0]:g} min, all that is left {sum(left):g} min"


def _run(name: str, module: ModuleType, stage: Stage, failures: dict[str, str]) -> Sequence[Row]:
    """The rows of a family, as far as it came."""
    rows: list[Row] = []
    started = time.perf_counter()
    try:
        for row in module.rows(stage):
            rows.append(row)
            say(f"  {row.name}: {row.ours.median:,.4g} {row.unit}")
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        failures[name] = f"{type(error).__name__}: {error}"[:500]
    say(f"{name}: {time.perf_counter() - started:.0f} s")
    return rows


if __name__ == "__main__":
    sys.exit(main())
