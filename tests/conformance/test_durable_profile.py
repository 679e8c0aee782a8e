"""Every case of the profile `durable` is seen failing on toys that forget, trust or fall over, and passes on our node."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from entrepot_conformance.profiles import durable
from entrepot_conformance.profiles.durable import keeper
from entrepot_conformance.shim.command import command_launch
from entrepot_conformance.suite.case import Case
from entrepot_conformance.suite.outcome import Status
from entrepot_conformance.suite.runner import run_cases
from entrepot_conformance.suite.target import Target
from entrepot_conformance.toy_keepers import (
    Backdating,
    Careless,
    Crashing,
    Forgetful,
    HalfHearted,
    Misled,
    OfItsOwn,
    Paranoid,
    Rewriting,
    ToyKeeper,
    Trusting,
    launch_keeper,
)

CASES = {case.name.removeprefix("durable."): case for case in durable.cases()}
FULL_DISK = "full-disk"
CAN_MOUNT = os.geteuid() == 0
EVERY = " ".join(name for name in CASES if name != FULL_DISK)
PUBLISHING = " ".join(
    name for name in EVERY.split() if not name.startswith(("witness-state", "killed-while-pulling"))
)

FAULTS: dict[str, tuple[type[ToyKeeper], str]] = {
    "forgets": (
        Forgetful,
        "acknowledged-survives-kill killed-while-publishing killed-after-withdrawing killed-while-pulling witness-state-survives-kill"
        " witness-state-of-pull-survives-kill two-processes lost-store-begins-no-log",
    ),
    "asks nobody": (
        ToyKeeper,
        "old-copy-signs-nothing old-copy-withdraws-nothing silence-is-no-leave lost-store-begins-no-log"
        " clone-started-later-signs-nothing clone-stops-at-larger-head clone-stops-at-other-root two-processes"
        " push-of-own-lines cosignature-of-another node-document-goes-on"
        " hello-waits hello-with-a-fault hello-newest hello-of-other-keys",
    ),
    "goes where it is sent": (Misled, "push-to-the-known-place hello-starts-nothing"),
    "believes any mirror": (Trusting, "short-mirror-gives-no-leave forged-mirror-is-refused old-copy-signs-nothing"
        " got-back-asks-everybody copy-below-the-mark copy-of-another-history"),
    "refuses all": (Paranoid, PUBLISHING),
    "refuses for reasons of its own": (OfItsOwn, EVERY),
    "falls over": (Crashing, EVERY),
    "believes its clock": (Backdating, "clock-set-back"),
    "does half": (HalfHearted, "refusal-moves-nothing"),
    "rewrites": (Rewriting, "acknowledged-survives-kill two-processes copied-while-running"),
}  # fmt: skip


def survivors(toy: type[ToyKeeper], cases: list[Case], work: Path) -> list[tuple[str, Status, str]]:
    """Name the cases that do not see that something is wrong."""
    target = Target(launch=launch_keeper(toy, work), work=work)
    try:
        outcomes = list(run_cases(cases, target))
    finally:
        target.close()
    return [(one.name, one.status, one.reason) for one in outcomes if one.status is not Status.FAIL]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen(fault: str, tmp_path: Path) -> None:
    toy, due = FAULTS[fault]

    assert survivors(toy, [CASES[name] for name in due.split()], tmp_path) == []


@pytest.mark.skipif(not CAN_MOUNT, reason="a small disk can be mounted by root only")
def test_a_node_that_hides_a_full_disk_is_seen(tmp_path: Path) -> None:
    found = survivors(Careless, [CASES[FULL_DISK]], tmp_path)

    assert [one for one in found if one[1] is not Status.SKIP] == []


def test_each_case_has_a_fault_that_it_sees() -> None:
    assert set(CASES) == {name for _, due in FAULTS.values() for name in due.split()} | {FULL_DISK}


def test_a_shim_behind_a_url_is_not_killed(tmp_path: Path) -> None:
    class Remote(ToyKeeper):
        def __init__(self) -> None:
            super().__init__()
            self.pid = None  # type: ignore[assignment]  nothing was started

    found = survivors(Remote, [CASES["acknowledged-survives-kill"]], tmp_path)

    assert [status for _, status, _ in found] == [Status.SKIP]


def test_profiles_to_publish_are_of_late() -> None:
    """A date that ages would be refused some day (PRO-70 and the like)."""
    assert keeper.cluster("1")["updated"] > "2026"


@pytest.mark.long
def test_our_node_passes_the_whole_profile(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "entrepot_node.conformance_shim"]
    target = Target(launch=command_launch(command, tmp_path), work=tmp_path)
    try:
        outcomes = list(run_cases(list(CASES.values()), target))
    finally:
        target.close()

    # A small disk can be mounted by root only.
    good = (Status.PASS, Status.SKIP)
    assert [(one.name, one.reason) for one in outcomes if one.status not in good] == []
    assert [one.name for one in outcomes if one.status is Status.SKIP] in ([], [f"durable.{FULL_DISK}"])
