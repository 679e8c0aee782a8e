"""The node whose store is a PostgreSQL database is judged by the conformance suite as the one with a file is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from entrepot_conformance.shim.command import command_launch
from entrepot_conformance.suite.case import Case
from entrepot_conformance.suite.outcome import Status
from entrepot_conformance.suite.registry import PROFILES, all_cases, choose
from entrepot_conformance.suite.runner import run_cases
from entrepot_conformance.suite.staying_checker import StayingChecker
from entrepot_conformance.suite.target import Target
from mutants.standing_node import start_standing_node

from ..postgresql_server import PostgresqlServer

CASES = all_cases()
_NODE = (sys.executable, "-m")
FEW = (
    "durable.old-copy-signs-nothing",
    "durable.lost-store-comes-back",
    "puller.rollback",
    "witness.stopped",
)
"""A copy of a home, a store that is gone, a peer, states of a cosigner."""


def failures(cases: Sequence[Case], server: PostgresqlServer, work: Path) -> tuple[int, dict[str, str]]:
    """Run cases; return how many passed, and those that did not, with the reason."""
    shim = (*_NODE, "entrepot_node.conformance_shim", "--databases", server.url())
    checker = StayingChecker((*_NODE, "entrepot_node.conformance_checker"), work / "checker.stderr")
    target = Target(launch=command_launch(shim, work), staying_checker=checker, work=work)
    target.at_close(checker.close)
    found: list[tuple[Status, str, str]] = []
    try:
        if {case.profile for case in cases} & {"publisher", "reader"}:
            start_standing_node(target)
        for case, one in zip(cases, run_cases(cases, target), strict=True):
            found.append((one.status, case.name, one.reason))
            if one.status is not Status.PASS:
                sys.stdout.write(f"{one.status} {case.name}: {one.reason}\n")
    finally:
        target.close()
    bad = {name: f"{status}: {reason}" for status, name, reason in found if status is not Status.PASS}
    return len(found) - len(bad), bad


def test_it_passes_cases_of_each_kind(postgresql_server: PostgresqlServer, tmp_path: Path) -> None:
    """And its store is a database indeed."""
    before = len(postgresql_server.execute("SELECT oid FROM pg_database"))
    passed, bad = failures(choose(CASES, only=FEW), postgresql_server, tmp_path)

    assert bad == {}
    assert passed >= len(FEW)
    assert len(postgresql_server.execute("SELECT oid FROM pg_database")) > before + len(FEW)
    assert [path.name for path in tmp_path.rglob("entrepot.db*")] == []


@pytest.mark.long
@pytest.mark.parametrize("profile", PROFILES)
def test_it_passes_the_whole_profile(
    profile: str, postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    passed, bad = failures(choose(CASES, [profile]), postgresql_server, tmp_path)
    sys.stdout.write(f"{profile} on PostgreSQL: {passed} passed\n")

    # A small disk can be mounted by root only.
    assert {name: why for name, why in bad.items() if name != "durable.full-disk"} == {}
    assert passed
