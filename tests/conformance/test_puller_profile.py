"""Every case of the profile `puller` is seen failing on broken followers, and passing on our node."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot_conformance.profiles import puller
from entrepot_conformance.suite.case import Case, Side
from entrepot_conformance.suite.outcome import Outcome, Status
from entrepot_conformance.suite.runner import run_cases
from entrepot_conformance.suite.target import Target
from entrepot_conformance.toy_followers import (
    Crashing,
    Gullible,
    Hermit,
    OfItsOwn,
    Paranoid,
    ToyFollower,
    launch_of,
)

from .profile_runs import failures_of_our_node

CASES = puller.cases()
REFUSE = [case for case in CASES if Side.REFUSE in case.sides]
ACCEPT = [case for case in CASES if Side.ACCEPT in case.sides]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("toys")


def names(outcomes: Iterator[Outcome], status: Status) -> list[str]:
    return [outcome.name for outcome in outcomes if outcome.status is not status]


def survivors(toy: type[ToyFollower], cases: list[Case], work: Path) -> list[str]:
    """Name the cases that do not see that something is wrong."""
    target = Target(launch=launch_of(toy, work), work=work)
    try:
        return names(run_cases(cases, target), Status.FAIL)
    finally:
        target.close()


def test_a_follower_that_believes_everything_fails_each_case_where_a_refusal_is_due(work: Path) -> None:
    assert survivors(Gullible, REFUSE, work) == []


def test_a_follower_that_refuses_everything_fails_each_case_where_all_is_good(work: Path) -> None:
    assert survivors(Hermit, ACCEPT, work) == []


@pytest.mark.long
def test_a_follower_that_never_believes_again_fails_each_case_where_a_refusal_is_due(work: Path) -> None:
    assert survivors(Paranoid, REFUSE, work) == []


@pytest.mark.long
def test_a_code_that_the_standard_does_not_know_fails_each_case(work: Path) -> None:
    assert survivors(OfItsOwn, REFUSE, work) == []


@pytest.mark.long
def test_a_crash_fails_each_case_even_where_a_refusal_is_due(work: Path) -> None:
    assert survivors(Crashing, CASES, work) == []


@pytest.mark.parametrize("toy", [Paranoid, OfItsOwn, Crashing])
def test_each_kind_of_broken_follower_fails_each_family(toy: type[ToyFollower], work: Path) -> None:
    """One case of each family; the long tests above take all."""
    families = {case.name.partition("-")[0]: case for case in REFUSE}

    assert survivors(toy, list(families.values()), work) == []


def test_names_are_words_with_hyphens() -> None:
    assert [
        case.name for case in CASES if not re.fullmatch(r"puller(\.[a-z0-9]+)(-[a-z0-9]+)*", case.name)
    ] == []


@pytest.mark.long
def test_our_node_passes_the_whole_profile(tmp_path: Path) -> None:
    assert failures_of_our_node(CASES, tmp_path) == {}
