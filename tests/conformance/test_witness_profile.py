"""Every case of the profile `witness` is seen failing on a broken witness, and passing on an honest one and on our node."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from entrepot_conformance.profiles import witness
from entrepot_conformance.suite.case import Case, Side
from entrepot_conformance.toy_witness import toy_launch

from .profile_runs import failures, failures_of_our_node, looking, word

CASES = witness.cases()
FAULTS = {
    "wrong size": ["stale-too-small", "pulled-head", "order-409-before-422"],
    "charset": ["stale-too-small", "stale-too-large"],
    "own codes": ["malformed-no-body", "inconsistent-no-proof", "signature-of-a-stranger"],
    "two lines": ["repeat", "walk", "from-5-to-8"],
    "time 0": ["repeat", "clock-before-1970"],
    "time goes back": ["clock-set-back"],
    "old time": ["fresh-time"],
    "keeps lines": ["shown-head"],
    "moves anyway": ["inconsistent-no-proof", "proof-of-63-hashes", "proof-of-another-history"],
    "no lock": ["race-of-histories", "race-of-first-heads", "race-of-sizes", "race-of-repeats"],
    "forgets": ["stopped", "killed", "killed-at-work"],
    "keeps when stopped": ["killed", "killed-at-work"],
    "new key": ["stopped", "killed"],
    "no limit": ["bounded"],
    "one limit": ["turns-for-growth"],
    "pulls apart": ["pulled-head", "pushed-fork-then-pull", "pushed-ahead-then-other"],
    "forgives": ["fork-stops", "fork-below"],
    "anybody stops": ["unsigned-fork"],
    "old keys": ["replaced-log-key"],
    "old feeds": ["superseded-feed"],
    "loose paths": ["other-spellings"],
}


def named(cases: Iterable[Case]) -> set[str]:
    return {word(case.name) for case in cases}


def test_an_honest_witness_passes_each_case(tmp_path: Path) -> None:
    assert failures(toy_launch("", tmp_path), CASES, tmp_path) == {}


def test_a_witness_that_signs_everything_fails_each_case_where_a_refusal_is_due(tmp_path: Path) -> None:
    refuse = [case for case in CASES if Side.REFUSE in case.sides]
    seen_otherwise = {name for names in FAULTS.values() for name in names}

    assert (
        named(refuse) - set(failures(toy_launch("signs all", tmp_path), refuse, tmp_path)) <= seen_otherwise
    )


def test_a_witness_that_refuses_everything_fails_each_case_where_a_cosignature_is_due(tmp_path: Path) -> None:
    accept = [case for case in CASES if Side.ACCEPT in case.sides]

    assert named(accept) - set(failures(toy_launch("refuses all", tmp_path), accept, tmp_path)) == set()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_witness_with_one_fault_fails_the_cases_that_look_there(fault: str, tmp_path: Path) -> None:
    cases = looking(CASES, FAULTS[fault])

    assert set(failures(toy_launch(fault, tmp_path), cases, tmp_path)) == set(FAULTS[fault])


@pytest.mark.long
def test_our_node_passes_the_whole_profile(tmp_path: Path) -> None:
    assert failures_of_our_node(CASES, tmp_path) == {}
