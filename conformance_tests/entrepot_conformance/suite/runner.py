"""Running cases, each to one of six states: in order, and those that share nothing beside the others from the start."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from entrepot_conformance.reader.rule_error import RuleError

from .case import Case
from .outcome import Outcome, Skipped, Status, Undecided
from .target import Target
from .traffic import without_secrets

_BESIDE = max(2, os.cpu_count() or 1)
"""How many cases run beside the one whose turn it is: some wait for a node, or for time to pass."""
_TOLD = (Status.FAIL, Status.ERROR, Status.UNKNOWN)
Disabled = Callable[[Case], bool]


def run_cases(
    cases: Sequence[Case],
    target: Target,
    *,
    disabled: Disabled = lambda case: False,
    expected_failures: Mapping[str, str] | None = None,
) -> Iterator[Outcome]:
    """Run cases and yield what came of each, in their order, as soon as it is known."""
    announced = expected_failures or {}

    def run(case: Case) -> Outcome:
        mine = target.beside() if case.side_by_side else target
        mine.traffic.clear()
        started = time.perf_counter()
        status, reason = (Status.DISABLED, "switched off") if disabled(case) else run_case(case, mine)
        seconds = round(time.perf_counter() - started, 3)
        said = mine.traffic.taken() if status in _TOLD else ()
        expected = announced.get(case.name, "")
        return Outcome(case.name, status, reason, seconds, expected_failure=expected, messages=said)

    pool = ThreadPoolExecutor(_BESIDE)
    try:
        beside = [pool.submit(run, case) if case.side_by_side else None for case in cases]
        for case, begun in zip(cases, beside, strict=True):
            yield begun.result() if begun else run(case)
    finally:
        pool.shutdown(cancel_futures=True)  # whoever reads no further needs no more of them


def run_case(case: Case, target: Target) -> tuple[Status, str]:
    """Run one case. Only what the case holds against the node is a failure; any other exception is ours."""
    try:
        case.run(target)
    except Skipped as reason:
        return Status.SKIP, str(reason)
    except Undecided as reason:
        return Status.UNKNOWN, str(reason)
    except (AssertionError, RuleError) as fault:
        return Status.FAIL, without_secrets(str(fault)) or f"{case.title}: not so"
    except Exception:
        return Status.ERROR, without_secrets(traceback.format_exc(limit=8))
    return Status.PASS, ""


def until_failure(
    pairs: Iterable[tuple[Case, Outcome]], *, strict: bool = False
) -> Iterator[tuple[Case, Outcome]]:
    """Yield cases with their outcomes up to the first that fails the run; what stands behind it is not run."""
    for case, outcome in pairs:
        yield case, outcome
        if run_fails(case, outcome, strict=strict):
            return


def run_fails(case: Case, outcome: Outcome, *, strict: bool) -> bool:
    """Answer whether this outcome fails the whole run: MUST always, SHOULD with `--strict`, an expected failure that passes."""
    if outcome.status is Status.ERROR:
        return True
    if outcome.is_as_expected:
        return False
    return bool(outcome.expected_failure) or case.level == "MUST" or (strict and case.level == "SHOULD")
