"""Profiles that drive a node, run against toys with one fault and against our node."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from entrepot_conformance.shim.command import command_launch
from entrepot_conformance.shim.driver import Launch
from entrepot_conformance.suite.case import Case
from entrepot_conformance.suite.outcome import Status
from entrepot_conformance.suite.runner import run_cases
from entrepot_conformance.suite.target import Target


def word(name: str) -> str:
    """The name of a case without its profile."""
    return name.partition(".")[2]


def failures(launch: Launch, cases: Sequence[Case], work: Path) -> dict[str, str]:
    """Run cases against what is launched; return those that it failed, with the reason. None may end otherwise."""
    target = Target(launch=launch, work=work)
    try:
        found = [one for one in run_cases(cases, target) if one.status is not Status.PASS]
    finally:
        target.close()
    assert {one.status for one in found} <= {Status.FAIL}, found
    return {word(one.name): one.reason for one in found}


def failures_of_our_node(cases: Sequence[Case], work: Path) -> dict[str, str]:
    """The same for our node behind its shim."""
    return failures(
        command_launch([sys.executable, "-m", "entrepot_node.conformance_shim"], work), cases, work
    )


def looking(cases: Iterable[Case], words: Iterable[str]) -> list[Case]:
    """The cases of these words, of which none may be missing."""
    due = set(words)
    found = [case for case in cases if word(case.name) in due]
    assert {word(case.name) for case in found} == due
    return found
