"""The suite's own reader agrees with the golden vectors of a feed whose keys change."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from entrepot_conformance.reader.encodings import multihash
from entrepot_conformance.reader.heads import judge_head, judge_records, read_feed
from entrepot_conformance.reader.key_log import KeyLine, check_extends, read_key_log
from entrepot_conformance.reader.notes import Checkpoint, parse_note, parse_vkey
from entrepot_conformance.reader.rule_error import RuleError
from entrepot_conformance.reader.schemas import find_schemas

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


@pytest.mark.parametrize("case", cases("rotations.json", "key_logs"))
def test_key_logs_that_arrive(case: dict[str, Any]) -> None:
    """SIG-43, SIG-49, SIG-51, SIG-67."""

    def read() -> None:
        read_key_log(case["offered"].encode(), ORIGIN)
        check_extends(case["pinned"].encode(), case["offered"].encode())

    read_key_log(case["pinned"].encode(), ORIGIN)
    assert_as_expected(case, verdict_of(read))


@pytest.mark.parametrize("case", cases("rotations.json", "heads"))
def test_heads_that_arrive(case: dict[str, Any]) -> None:
    """S05 for log keys: SIG-60, SIG-61, SIG-65."""
    raw = base64.b64decode(case["raw"], validate=True)

    head = assert_as_expected(case, verdict_of(judge_head, raw, case["feed"], first_lines(case["lines"])))

    assert head is None or isinstance(head, Checkpoint)
    if case["name"].startswith("both keys"):
        assert len(parse_note(raw).signatures) == 2


@pytest.mark.parametrize("case", cases("rotations.json", "feeds"))
def test_feeds_whose_keys_change(case: dict[str, Any]) -> None:
    """S05: the index of the `keys` entry divides the records of the old key from those of the new (LOG-24, SIG-50)."""
    lines = first_lines(case["lines"])
    entries = [bytes.fromhex(entry) for entry in case["entries"]]
    contents = [base64.b64decode(raw, validate=True) for raw in load("rotations.json")["contents"]]
    by_digest = {hashlib.sha256(raw).digest(): raw for raw in contents}

    try:
        found, state = read_feed(base64.b64decode(case["head"]), case["feed"], entries, lines)
    except RuleError as error:
        assert (case["expect"], case["code"]) == ("stop", error.code)
        return

    assert found == case["expect"]
    if found == "wait":
        assert case["code"] == "log.keys-missing"
        return
    assert state.inert == []
    verdicts = judge_records(state, by_digest, lines, find_schemas())
    assert sorted(verdicts) == [record["index"] for record in case["records"]]
    for record in case["records"]:
        code = verdicts[record["index"]]
        assert_as_expected(record, ("refuse" if code else "accept", code, None))
