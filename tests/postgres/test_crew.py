"""Three processes on a primary and its replica: whatever is killed, one history goes on (D01, D02, D08)."""

from __future__ import annotations

from pathlib import Path

import pytest

from .__main__ import run

GO_ON_SECONDS = 30.0
"""The promise to operators; the one bound of a time in these tests, far above what is measured."""


@pytest.mark.long
def test_d08_killed_processes_and_a_failover_leave_one_history(tmp_path: Path) -> None:
    """LOG-37, FED-43, FED-77: nothing acknowledged is lost, nothing is there twice, no head contradicts another."""
    assert run(tmp_path, rounds=12, failovers=2, seed="long") < GO_ON_SECONDS
