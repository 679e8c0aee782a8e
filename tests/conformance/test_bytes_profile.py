"""Two implementations say the same of every golden vector, and each case of the profile `bytes` sees a wrong answer."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from entrepot_conformance.judging.by_reader import ReaderChannel
from entrepot_conformance.judging.question import Question, require_answer
from entrepot_conformance.profiles import bytes as of_bytes
from entrepot_conformance.shim.command import command_launch
from entrepot_conformance.shim.driver import Message, ShimDriver
from entrepot_conformance.shim.verdict import read_verdict
from entrepot_conformance.suite.case import Case, Side
from entrepot_conformance.suite.outcome import Status
from entrepot_conformance.suite.runner import run_cases
from entrepot_conformance.suite.target import Target
from entrepot_node.conformance_shim import Shim

QUESTIONS = of_bytes.questions()
CASES = of_bytes.cases()
NODE_ALONE = {"level"}
"""Kinds that the reader of the suite does not read: there is one verdict only."""
DUE = {f"bytes.{question.name}" for question in QUESTIONS if question.due}


class Toy(ReaderChannel):
    """Gives one answer to every question."""

    def __init__(self, answer: Message | None) -> None:
        self._answer = answer

    def ask(self, request: Message, patience: float) -> Message:
        if self._answer is None:
            raise AssertionError("the node has ended")
        return self._answer


def not_seen(answer: Message | None, cases: list[Case]) -> list[str]:
    """Name the cases that do not see that an answer is wrong."""
    target = Target(launch=lambda name: ShimDriver(name, Toy(answer), Path("nowhere")))
    return [one.name for one in run_cases(cases, target) if one.status is not Status.FAIL]


def said(answer: Message, question: Question) -> str:
    """Return what is wrong with an answer; empty if nothing is."""
    try:
        require_answer(question, read_verdict(answer))
    except AssertionError as fault:
        return str(fault)
    return ""


def test_names_are_permanent_words_and_none_stands_twice() -> None:
    names = [case.name for case in CASES]

    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert [name for name in names if not re.fullmatch(r"bytes[.][a-z0-9]+(-[a-z0-9]+)*", name)] == []
    assert [case.name for case in CASES if not case.ids] == []


def test_reader_and_node_split_on_no_question() -> None:
    """A split would be a bug of one of them, or of the specification. Both give every answer that is due."""
    shim, splits = Shim(), {}
    for question in QUESTIONS:
        request = {"do": "judge", "what": question.what, **question.about}
        by_reader, by_node = ReaderChannel().ask(request, 0), shim.answer(request)
        faults = {"node": said(by_node, question)}
        if question.what not in NODE_ALONE:
            faults["reader"] = said(by_reader, question)
        if any(faults.values()):
            splits[question.name] = faults

    assert splits == {}


def test_an_implementation_that_accepts_everything_fails_each_case_but_bare_acceptances() -> None:
    plain = {case.name for case in CASES if Side.REFUSE not in case.sides} - DUE

    assert set(not_seen({"verdict": "accepted"}, CASES)) == plain


def test_an_implementation_that_refuses_everything_fails_each_acceptance() -> None:
    accept = [case for case in CASES if Side.ACCEPT in case.sides]

    assert not_seen({"verdict": "refused", "code": "peer.redirect"}, accept) == []


def test_another_code_than_the_one_due_fails_each_refusal() -> None:
    coded = [case for case, one in zip(CASES, QUESTIONS, strict=True) if not one.accept and one.code != "*"]

    assert not_seen({"verdict": "refused", "code": "peer.redirect"}, coded) == []


def test_an_unknown_code_and_a_crash_fail_each_case() -> None:
    assert not_seen({"verdict": "refused", "code": "log.nonsense"}, CASES) == []
    assert not_seen(None, CASES) == []


def test_a_shim_that_judges_no_such_bytes_skips() -> None:
    target = Target(launch=lambda name: ShimDriver(name, Toy({"verdict": "unsupported"}), Path("nowhere")))

    assert {one.status for one in run_cases(CASES[:3], target)} == {Status.SKIP}
    assert {one.status for one in run_cases(CASES[:3], Target())} == {Status.SKIP}


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"records": [{"index": 1, "code": "key.unknown"}]}, ""),
        ({"records": [{"index": 1, "code": "log.prev"}]}, "records is"),
        ({"records": [{"index": 2, "code": "key.unknown"}]}, "records is"),
        ({"records": []}, "records is"),
        ({}, "records is None"),
    ],
)
def test_what_an_answer_holds_is_compared_by_families_of_codes(told: dict[str, Any], fault: str) -> None:
    due = {"records": [{"index": 1, "code": "key.*"}]}
    question = Question("feed-x", "feed", {}, ("LOG-24",), accept=True, due=due)

    assert said({"verdict": "accepted", **told}, question)[: len(fault)] == fault
    assert bool(said({"verdict": "accepted", **told}, question)) == bool(fault)


def test_a_number_is_not_a_truth() -> None:
    question = Question("record-x", "record", {}, ("SIG-30",), accept=True, due={"kept": True})

    assert said({"verdict": "accepted", "kept": 1}, question)


@pytest.mark.parametrize(
    "module", ["entrepot_node.conformance_shim", "entrepot_conformance.judging.by_reader"]
)
def test_both_answer_as_processes(module: str, tmp_path: Path) -> None:
    cases = [case for case in CASES[::25] if case.name.split("-")[0].removeprefix("bytes.") not in NODE_ALONE]
    target = Target(launch=command_launch([sys.executable, "-m", module], tmp_path), work=tmp_path)
    try:
        outcomes = list(run_cases(cases, target))
    finally:
        target.close()

    assert [(one.name, one.reason) for one in outcomes if one.status is not Status.PASS] == []
