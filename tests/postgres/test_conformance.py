"""The node whose store is a PostgreSQL database is judged by the conformance suite as the one with a file is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from entrepot_conformance.shim.command import command_launch
from entrepot_conformance.suite.case import Case
from entrepot_conformance.suite.outcome import Status
from entrepot_conformance.suite.registry import PROFILES, all_cases, choose
from entrepot_conformance.suite.runner import run_cases
from entrepot_conformance.suite.staying_checker import StayingChecker
from entrepot_conformance.suite.target import Target
from entrepot_node.conformance_databases import Databases
from entrepot_node.conformance_shim import Shim
from mutants.standing_node import CLUSTER, ORIGIN, start_standing_node

from ..postgresql_server import PostgresqlServer

CASES = all_cases()
_NODE = (sys.executable, "-m")


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


@pytest.fixture
def shim(postgresql_server: PostgresqlServer) -> Iterator[Callable[[], Shim]]:
    """Makes shims of this process that put stores into databases."""
    databases, made = Databases(postgresql_server.url()), list[Shim]()

    def make() -> Shim:
        made.append(Shim(databases))
        return made[-1]

    yield make
    for one in made:
        one.end()


def asked(shim: Shim, do: str, **members: Any) -> dict[str, Any]:
    told = shim.answer({"do": do, **members})
    assert told["verdict"] == "accepted", told
    return told


def begun(shim: Shim, home: Path) -> dict[str, Any]:
    return asked(shim, "init", home=str(home), origin=ORIGIN, time="2026-05-20T08:00:00Z")


def test_a_copy_of_a_home_has_the_store_as_it_was_when_the_node_was_stopped(
    shim: Callable[[], Shim], tmp_path: Path
) -> None:
    one, other = shim(), shim()
    begun(one, tmp_path / "one")
    asked(one, "publish", profiles=[CLUSTER])
    asked(one, "stop")
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    begun(one, tmp_path / "one")
    asked(one, "publish", profiles=[CLUSTER, CLUSTER])
    begun(other, tmp_path / "copy")

    assert asked(one, "status")["size"] == 4
    assert asked(other, "status")["size"] == 2
    asked(other, "publish", profiles=[CLUSTER])
    assert asked(one, "status")["size"] == 4
    asked(one, "stop")
    begun(one, tmp_path / "one")
    assert asked(one, "status")["size"] == 4
    assert [path.name for path in tmp_path.rglob("*.db*")] == []


def test_a_store_that_is_lost_is_gone(shim: Callable[[], Shim], tmp_path: Path) -> None:
    one = shim()
    begun(one, tmp_path / "one")
    asked(one, "lose-store")

    assert one.answer({"do": "init", "home": str(tmp_path / "one"), "origin": ORIGIN})["code"] == "store.lost"


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
