"""The suite's own reader agrees with the golden vectors of a feed whose keys change."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from entrepot_conformance.reader.encodings import multihash
from entrepot_conformance.reader.heads import judge_head
from entrepot_conformance.reader.key_log import KeyLine, read_key_log
from entrepot_conformance.reader.notes import Checkpoint, parse_note, parse_vkey

from .test_vectors_reader import assert_as_expected, cases, load, verdict_of

ORIGIN = "biomed.example"


def first_lines(number: int) -> list[KeyLine]:
    return read_key_log(load("rotations.json")["key_log"].encode(), ORIGIN)[:number]


def test_s05_each_line_names_what_the_vectors_say() -> None:
    """SIG-47, SIG-48, SIG-51: a fresh record key each time, and no card twice."""
    document = load("rotations.json")
    lines = first_lines(4)

    for line, facts in zip(lines, document["lines"], strict=True):
        named = {key.name: key for key in line.state.log_keys.values()}
        assert line.fields["versionId"] == facts["version_id"]
        assert line.state.assertion_key == facts["record_key"]
        assert named == {feed: parse_vkey(vkey) for feed, vkey in facts["log_keys"].items()}
        assert f"{ORIGIN}/feed/{line.state.live_feed}" == facts["live_feed"]
    assert len({line.state.assertion_key for line in lines}) == 4
    used = [line.fields["parameters"]["updateKeys"][0] for line in lines]
    left = set(lines[-1].fields["parameters"]["nextKeyHashes"])
    assert len(set(used)) == 4
    assert not left & {multihash(key.encode()) for key in used}


@pytest.mark.parametrize("case", cases("rotations.json", "heads"))
def test_heads_that_arrive(case: dict[str, Any]) -> None:
    """S05 for log keys: SIG-60, SIG-61, SIG-65."""
    raw = base64.b64decode(case["raw"], validate=True)

    head = assert_as_expected(case, verdict_of(judge_head, raw, case["feed"], first_lines(case["lines"])))

    assert head is None or isinstance(head, Checkpoint)
    if case["name"].startswith("both keys"):
        assert len(parse_note(raw).signatures) == 2
