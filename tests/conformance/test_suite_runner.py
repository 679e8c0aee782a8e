"""Cases end in one of six states, and only what a case holds against the node is a failure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from entrepot_conformance.__main__ import main
from entrepot_conformance.reader.rule_error import RuleError
from entrepot_conformance.suite.case import Case, Level
from entrepot_conformance.suite.expected_failures import read_expected_failures
from entrepot_conformance.suite.outcome import Outcome, Skipped, Status, Undecided
from entrepot_conformance.suite.registry import PROFILES, all_cases, choose, profiles_for
from entrepot_conformance.suite.runner import run_cases, run_fails, until_failure
from entrepot_conformance.suite.target import Target


def raising(error: Exception | None) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        if error:
            raise error

    return run


def case(error: Exception | None = None, level: Level = Level.MUST, name: str = "puller.x") -> Case:
    return Case(name, "The node does it", ("LOG-01",), raising(error), level=level, attack="L02")


def outcome_of(one: Case, expected: str = "") -> Outcome:
    announced = {one.name: expected} if expected else {}
    (outcome,) = run_cases([one], Target(), expected_failures=announced)
    return outcome


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, Status.PASS),
        (AssertionError("not so"), Status.FAIL),
        (RuleError("log.root", "other root"), Status.FAIL),
        (Skipped("not offered"), Status.SKIP),
        (Undecided("it is away"), Status.UNKNOWN),
        (KeyError("a slip of ours"), Status.ERROR),
    ],
)
def test_each_end_of_a_case_has_its_state(error: Exception | None, status: Status) -> None:
    assert outcome_of(case(error)).status is status


def test_a_case_that_is_switched_off_does_not_run() -> None:
    (outcome,) = run_cases([case(AssertionError("ran"))], Target(), disabled=lambda one: True)

    assert outcome.status is Status.DISABLED


@pytest.mark.parametrize(
    ("level", "strict", "fails"),
    [("MUST", False, True), ("SHOULD", False, False), ("SHOULD", True, True), ("MAY", True, False)],
)
def test_the_level_decides_whether_a_failure_fails_the_run(level: str, strict: bool, fails: bool) -> None:
    broken = case(AssertionError("not so"), Level(level))

    assert run_fails(broken, outcome_of(broken), strict=strict) is fails


def test_a_run_that_fails_fast_ends_with_the_first_failure_that_counts() -> None:
    ran: list[str] = []
    cases = [
        Case(f"puller.{name}", "The node does it", ("LOG-01",), lambda target, name=name: ran.append(name))  # type: ignore[misc]  mypy infers no type for its default
        for name in ("one", "three")
    ]
    cases[1:1] = [case(AssertionError("not so"), Level.SHOULD), case(AssertionError("not so"))]
    pairs = zip(cases, run_cases(cases, Target()), strict=True)

    assert len(list(until_failure(pairs))) == 3
    assert ran == ["one"]


def test_an_error_of_the_suite_fails_the_run_whatever_the_level() -> None:
    broken = case(KeyError("a slip of ours"), Level.MAY)

    assert run_fails(broken, outcome_of(broken), strict=False)


def test_an_expected_failure_is_no_failure_but_its_pass_is() -> None:
    broken, mended = case(AssertionError("not so")), case()

    assert not run_fails(broken, outcome_of(broken, "being mended"), strict=True)
    assert run_fails(mended, outcome_of(mended, "being mended"), strict=False)


def test_cases_side_by_side_keep_apart_what_was_said() -> None:
    """All wait for one another, so none of them can end before the last has begun."""
    together = threading.Barrier(2)

    def run(target: Target, name: str) -> None:
        target.traffic.note(f"said by {name}")
        together.wait(timeout=30)
        raise AssertionError("not so")

    cases = [
        replace(case(name=f"durable.{name}"), run=partial(run, name=name), side_by_side=True)
        for name in ("one", "two")
    ]

    assert [one.messages for one in run_cases(cases, Target())] == [("said by one",), ("said by two",)]


def test_a_case_that_shares_nothing_runs_beside_others_and_is_told_in_its_turn() -> None:
    """The first waits for the last, which is begun at once; what comes of them is told in order."""
    ran = threading.Event()

    def waits(target: Target) -> None:
        assert ran.wait(timeout=30)

    first = replace(case(name="puller.first"), run=waits)
    last = replace(case(name="durable.last"), run=lambda target: ran.set(), side_by_side=True)

    assert [(one.name, one.status) for one in run_cases([first, last], Target())] == [
        ("puller.first", Status.PASS),
        ("durable.last", Status.PASS),
    ]


def test_the_file_of_expected_failures_wants_known_names_and_reasons(tmp_path: Path) -> None:
    file = tmp_path / "xfail"
    file.write_text("# known\n\npuller.x  waits for release 2\n")
    assert read_expected_failures(file, {"puller.x"}) == {"puller.x": "waits for release 2"}

    file.write_text("puller.y  no such case\n")
    with pytest.raises(ValueError, match=r"line 1: there is no case 'puller\.y'"):
        read_expected_failures(file, {"puller.x"})
    file.write_text("puller.x\n")
    with pytest.raises(ValueError, match="needs a reason"):
        read_expected_failures(file, {"puller.x"})


@pytest.mark.parametrize(
    ("words", "picked"), [(["puller"], 1), (["LOG-0"], 1), (["L02"], 1), (["LOG-02"], 0), (["S"], 0)]
)
def test_a_word_picks_by_name_clause_or_attack(words: list[str], picked: int) -> None:
    assert len(choose([case()], only=words)) == picked


def test_every_case_has_a_name_of_its_own_and_a_clause() -> None:
    cases = all_cases()

    assert len({one.name for one in cases}) == len(cases)
    assert [one.name for one in cases if not one.ids or not one.title] == []


def test_a_dry_run_lists_cases_with_their_clauses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--dry-run", "--only", "publisher.tiles"]) == 0

    assert "publisher.tiles  (LOG-40, LOG-41, EXC-05)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "profiles"),
    [
        ({"reads": True}, ["reader", "publisher"]),
        ({"checks": True}, ["document"]),
        ({"drives": True}, ["bytes", "puller", "witness", "mirror", "durable", "ui"]),
        ({"reads": True, "drives": True, "checks": True}, list(PROFILES)),
        ({}, []),
    ],
)
def test_what_is_given_decides_what_is_tried(given: dict[str, bool], profiles: list[str]) -> None:
    assert profiles_for(**{"reads": False, "drives": False, "checks": False, **given}) == profiles


@pytest.mark.parametrize("arguments", [[], ["--only", "nothing.like.it"], ["--shim-url", "ftp://x"]])
def test_a_run_that_cannot_judge_is_a_misuse(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)

    assert stop.value.code == 2
    assert "error:" in capsys.readouterr().err
