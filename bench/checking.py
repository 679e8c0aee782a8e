"""The rate of `entrepot check`, whole process, beside reading the same file with Python's own parser and no check at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.exchange import write_lines
from bench.generator import generate
from bench.process import entrepot, run
from bench.row import OURS, Row, make_row
from bench.stage import Stage

MINUTES = (0.3, 1)
_PARSED = "parsed only"


def rows(stage: Stage) -> Iterator[Row]:
    """Profiles a second."""
    for records in stage.sizes(20_000, quick=2_000):
        with stage.room() as folder:
            file = str(write_lines(folder / "profiles.jsonl", generate(records)))

            def check(_at: Path, file: str = file, records: int = records) -> float:
                return records / entrepot("check", file).seconds

            def parse(_at: Path, file: str = file, records: int = records) -> float:
                return records / run("bench.parsing", [file]).seconds

            rates = stage.interleaved({OURS: check, _PARSED: parse}, stage.rounds)
        yield make_row(f"`entrepot check` of {records:,} profiles", "a second", rates, more_is_better=True)
