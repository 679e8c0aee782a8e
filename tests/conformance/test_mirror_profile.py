"""Every case of the profile `mirror` is seen failing on a broken mirror, and passing on an honest one and on our node."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot_conformance.profiles import mirror
from entrepot_conformance.toy_mirror import toy_mirror_launch

from .profile_runs import failures, failures_of_our_node, looking, word

CASES = mirror.cases()
FAULTS = {
    "spoils": ["entries", "tiles", "effects", "contents", "delta", "offline-proof", "same-bytes"],
    "spoils heads": ["checkpoint"],
    "never 404": ["absent"],
    "from memory": ["tags-change"],
    "any delta": ["delta-of-more"],
    "no line": ["receipt", "next-head"],
    "wrong line": ["receipt", "lines"],
    "two lines": ["lines"],
    "fooled": ["forged-line"],
    "serves all": ["not-asked-for"],
    "serves at once": ["nothing-yet"],
    "loose paths": ["other-spellings"],
    "helps nobody": ["follower-of-the-mirror"],
    "goes back": ["late-mirror", "rolled-back-origin"],
    "takes the first": ["newest-mirror"],
    "trusts mirrors": ["mirror-with-its-own-key", "mirror-that-changes", "mirror-that-brings-back"],
    "allows nobody": ["agreed-any", "agreed-later"],
    "knows no lists": ["agreed-listed"],
    "asks nobody": ["mirroring-none", "listed-without-it", "agreed-later", "taken-back"],
    "asks once": ["taken-back"],
    "takes older documents": ["older-document"],
    "believes forgers": ["forged-document"],
    "keeps withdrawn": ["withdrawn", "all-versions", "corrected", "offered-again"],
    "vouches first": ["erased-first"],
    "no brake": ["mass-withdrawal", "mass-withdrawal-due"],
    "half": ["entries-withheld", "half-pulled", "head-while-pulled"],
    "stores half": ["cut-off-within"],
    "afraid": ["contents-withheld"],
    "falls over": ["refused-record"],
    "serves refused": ["refused-record"],
    "forks": ["forked-origin"],
    "never stops": ["stopped-feed"],
    "goes with its origin": ["silent-origin"],
    "forgets": ["stopped-mirror", "killed-mirror"],
    "new key": ["stopped-mirror", "killed-mirror"],
    "time goes back": ["mirror-clock-set-back"],
}


def test_an_honest_mirror_passes_each_case(tmp_path: Path) -> None:
    assert failures(toy_mirror_launch("", tmp_path), CASES, tmp_path) == {}


def test_each_case_is_seen_failing() -> None:
    names = {word(case.name) for case in CASES}

    assert {name for due in FAULTS.values() for name in due} == names


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mirror_with_one_fault_fails_the_cases_that_look_there(fault: str, tmp_path: Path) -> None:
    cases = looking(CASES, FAULTS[fault])

    assert set(failures(toy_mirror_launch(fault, tmp_path), cases, tmp_path)) == set(FAULTS[fault])


@pytest.mark.long
def test_our_node_passes_the_whole_profile(tmp_path: Path) -> None:
    assert failures_of_our_node(CASES, tmp_path) == {}
