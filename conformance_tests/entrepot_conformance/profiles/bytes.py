"""Profile `bytes`: an implementation says of every golden vector, and of every case folder, what the standard says.

It needs no node: the shim answers `judge` without `init`.
"""

from __future__ import annotations

from functools import partial

from entrepot_conformance.case_folders import cases_folder, questions_of, read_case_folders
from entrepot_conformance.judging.feed_questions import feed_questions
from entrepot_conformance.judging.question import Question, require_answer
from entrepot_conformance.judging.vector_questions import vector_questions
from entrepot_conformance.shim.driver import ShimDriver
from entrepot_conformance.suite.case import Case
from entrepot_conformance.suite.outcome import Skipped
from entrepot_conformance.suite.target import Target

_DISAGREEMENT = "F12"
"""The attack that every question is an answer to: two implementations that disagree on what is valid."""


def questions() -> list[Question]:
    """All questions of this profile."""
    folders = questions_of(read_case_folders(cases_folder()))
    return [*vector_questions(), *feed_questions(), *folders]


def cases() -> list[Case]:
    """One case a question."""
    return [_case(question) for question in questions()]


def _case(question: Question) -> Case:
    run = partial(_run, question)
    name = f"bytes.{question.name}"
    return Case(name, question.title, question.ids, run, question.sides, question.level, _DISAGREEMENT)


def _run(question: Question, target: Target) -> None:
    driver = _driver(target)
    try:
        verdict = driver.ask("judge", what=question.what, **question.about)
    except Skipped:
        raise Skipped(f"the implementation does not judge {question.what!r}") from None
    except AssertionError:
        # It broke over these bytes; the next question gets another one.
        del target.kept["bytes"]
        driver.close()
        raise
    require_answer(question, verdict)


def _driver(target: Target) -> ShimDriver:
    driver = target.kept.get("bytes")
    if not isinstance(driver, ShimDriver):
        number = target.kept["bytes number"] = target.kept.get("bytes number", 0) + 1
        driver = target.kept["bytes"] = target.start_shim(f"bytes-{number}")
    return driver
