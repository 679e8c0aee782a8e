"""Judging one mutant: the cases that should see it first, then its profiles, then all others, until one fails."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from entrepot_conformance.shim.command import command_launch
from entrepot_conformance.suite.case import Case
from entrepot_conformance.suite.outcome import Outcome, Status
from entrepot_conformance.suite.registry import PROFILES, all_cases, choose
from entrepot_conformance.suite.runner import run_cases, run_fails
from entrepot_conformance.suite.staying_checker import StayingChecker
from entrepot_conformance.suite.target import Target

from .bent_tree import environment, make_tree
from .mutant import Mutant
from .standing_node import start_standing_node

_LAST_WORDS = ("ended", "printed no JSON")
"""In reasons that a node which never starts would give as well."""
READS_A_URL = frozenset({"publisher", "reader"})
_SHIM = (sys.executable, "-m", "entrepot_node.conformance_shim")
_CHECKER = (sys.executable, "-m", "entrepot_node.conformance_checker")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one mutant. `state` is killed, survived, or still-born: a copy that does not even start proves nothing."""

    name: str
    state: str
    case: str = ""
    """The case that saw it."""
    clauses: tuple[str, ...] = ()
    reason: str = ""
    cases: int = 0
    """How many cases were run."""
    seconds: float = 0.0


def judge_task(task: tuple[Mutant | None, Path, int]) -> Verdict:
    """Judge in a process of a pool."""
    mutant, source, most = task
    return judge(mutant, source, most=most)


def judge(mutant: Mutant | None, source: Path, *, most: int = 3) -> Verdict:
    """Judge one mutant, or the node as it is if none is named, by so many of the three rounds.

    `source` is a tree of `compile_tree`.
    """
    started = time.perf_counter()
    name = mutant.name if mutant else "control"
    with tempfile.TemporaryDirectory(prefix=f"mutant-{name}-") as folder:
        paths = make_tree(mutant, Path(folder) / "tree", source)
        os.environ.update(environment(paths))  # for the shims and checkers that this process starts
        work = Path(folder) / "work"
        work.mkdir()
        checker = StayingChecker(_CHECKER, work / "checker.stderr")
        target = Target(launch=command_launch(_SHIM, work), staying_checker=checker, work=work)
        target.at_close(checker.close)
        try:
            verdict = _judge(name, target, list(rounds(mutant))[:most])
        finally:
            target.close()
    return replace(verdict, seconds=round(time.perf_counter() - started, 1))


def rounds(mutant: Mutant | None) -> Iterator[list[Case]]:
    """Yield cases in the order in which they are tried: those of the header, its profiles, all; none comes twice."""
    known, done = all_cases(), set[str]()
    first = mutant.first if mutant else ()
    profiles = mutant.profiles if mutant else ()
    wanted = [
        choose(known, only=first) if first else [],
        choose(known, profiles=profiles) if profiles else [],
        known,
    ]
    for cases in wanted:
        fresh = [case for case in cases if case.name not in done]
        done |= {case.name for case in fresh}
        if fresh or mutant:
            yield fresh


def _judge(name: str, target: Target, tried: Sequence[list[Case]]) -> Verdict:
    count = 0
    for cases in tried:
        for case, outcome in _outcomes(cases, target):
            count += 1
            if outcome.status is Status.FAIL and run_fails(case, outcome, strict=False):
                dead = any(sign in outcome.reason for sign in _LAST_WORDS) and _still_born(target)
                state = "still-born" if dead else "killed"
                return Verdict(name, state, case.name, case.ids, _in_short(outcome.reason), count)
            if outcome.status is Status.ERROR:
                return Verdict(name, "error", case.name, case.ids, _in_short(outcome.reason), count)
    return Verdict(name, "survived", cases=count)


def _in_short(reason: str) -> str:
    """What was held against it; of a trace behind that, which tells of the machine it ran on, the last line only."""
    if '\n  File "' not in reason:
        return reason
    first, *_, last = reason.rstrip().splitlines()
    return f"{first.partition(': ')[0]}: {last}"


def _still_born(target: Target) -> str:
    """Say why the node does not even start, if it does not."""
    node = target.start_shim("born")
    try:
        node.init("born.example")
        node.must("status")
        node.must("stop")
    except AssertionError as fault:
        return str(fault)
    finally:
        node.close()
    return ""


def _outcomes(cases: Sequence[Case], target: Target) -> Iterator[tuple[Case, Outcome]]:
    for profile in PROFILES:
        chosen = [case for case in cases if case.profile == profile]
        if chosen and profile in READS_A_URL and target.node_url is None:
            try:
                start_standing_node(target)
            except AssertionError as fault:
                # A node that can't be filled fails whichever case would have read it.
                yield chosen[0], Outcome(chosen[0].name, Status.FAIL, str(fault))
                return
        yield from zip(chosen, run_cases(chosen, target), strict=True)
