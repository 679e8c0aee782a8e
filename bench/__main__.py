"""Measure the exchange of two nodes: `python -m bench` (about two minutes and a half).

    python -m bench --records 2000 --rounds 1     # a quick look

Prints a Markdown table and writes all figures to `bench/results/exchange-<date>.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.exchange import run_round
from bench.generator import LEAST_GZIP_BYTES, Profile, generate, gzip_bytes_per_profile
from bench.report import machine, markdown, summary
from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.profile_check import profile_findings

RESULTS = Path(__file__).resolve().parent / "results"


def main() -> int:
    """Run the rounds and report."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the exchange of two nodes.")
    parser.add_argument("--records", type=int, default=20_000, help="profiles to exchange (default: 20000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often (default: 3)")
    chosen = parser.parse_args()
    if chosen.records < 256 or chosen.rounds < 1:
        parser.error("at least 256 records and one round, or the figures mean nothing")
    profiles = generate(chosen.records)
    gzip_bytes = gzip_bytes_per_profile(profiles)
    _require_honest(profiles, gzip_bytes)
    _say(f"{chosen.records:,} profiles; compressed alone they take {gzip_bytes:.0f} bytes each")
    rounds = []
    for number in range(1, chosen.rounds + 1):
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
            rounds.append(run_round(Path(folder), profiles, number))
        _say(f"round {number} of {chosen.rounds}: {time.perf_counter() - started:.0f} s")
    size = sum(len(canonical_bytes(profile)) for profile in profiles) / len(profiles)
    where, figures = machine(), summary(rounds, gzip_bytes, size)
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"exchange-{where['date']}.json"
    file.write_text(json.dumps({"machine": where, **figures}, indent=2) + "\n", encoding="utf-8")
    print(markdown(figures, where))
    _say(f"all figures: {file.relative_to(RESULTS.parent.parent)}")
    return 0  # a goal that is missed stands in the table; it is no fault of the run


def _require_honest(profiles: list[Profile], gzip_bytes: float) -> None:
    """Refuse profiles that a node would refuse, or that compress better than real ones."""
    faults = [fault for profile in profiles for fault in profile_findings(profile, now=datetime.now(UTC))]
    faults = [fault for fault in faults if fault.severity == "error"]
    if faults:
        raise SystemExit(
            f"{len(faults)} faults in the profiles; the first: {faults[0].pointer} {faults[0].message}"
        )
    if gzip_bytes < LEAST_GZIP_BYTES:
        raise SystemExit(
            f"the profiles compress to {gzip_bytes:.0f} bytes each, below {LEAST_GZIP_BYTES}: too alike"
        )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
