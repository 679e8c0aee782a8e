"""Every case of the profile `durable` passes on our node."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from entrepot_conformance.profiles import durable
from entrepot_conformance.shim.command import command_launch
from entrepot_conformance.suite.outcome import Status
from entrepot_conformance.suite.runner import run_cases
from entrepot_conformance.suite.target import Target

CASES = durable.cases()


@pytest.mark.long
def test_our_node_passes_the_whole_profile(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "entrepot_node.conformance_shim"]
    target = Target(launch=command_launch(command, tmp_path), work=tmp_path)
    try:
        outcomes = list(run_cases(CASES, target))
    finally:
        target.close()

    # A small disk can be mounted by root only.
    good = (Status.PASS, Status.SKIP)
    assert [(one.name, one.reason) for one in outcomes if one.status not in good] == []
    assert [one.name for one in outcomes if one.status is Status.SKIP] in ([], ["durable.full-disk"])
