"""Entries and what they do (LOG-10 to LOG-26), against golden vectors that were made with other code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.canonical import canonical_bytes, read_canonical
from entrepot_schema.errors import Refused
from entrepot_sync.entry import (
    MAX_ENTRY_BYTES,
    Decision,
    Entry,
    FeedState,
    FramedEntry,
    NeedsNewerSoftware,
    Outcome,
    parse_entry,
    read_entry,
)
from entrepot_sync.merkle import Frontier, leaf_hash

VECTORS = Path(__file__).parents[2] / "conformance_tests" / "vectors"
ENTRIES = json.loads((VECTORS / "entries.json").read_text("utf-8"))
FEED = json.loads((VECTORS / "feed" / "feed.json").read_text("utf-8"))
ORIGIN = "biomed.example"
TIME = "2026-11-23T09:30:00Z"
FIRST, SECOND = (f"https://{ORIGIN}/id/{letter * 26}" for letter in "ab")


def decide_all(entries: list[bytes], origin: str = ORIGIN) -> tuple[FeedState, list[Decision]]:
    state = FeedState(origin)
    return state, [state.decide(index, raw) for index, raw in enumerate(entries)]


def named(rows: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(row, id=row["name"]) for row in rows]


def publish(subject: str = FIRST, prev: int | None = None, digest: int = 1, kind: str = "company") -> bytes:
    return Entry("publish", subject, kind, TIME, prev, bytes([digest]) * 32).to_bytes()


def withdraw(prev: int | None, subject: str = FIRST) -> bytes:
    return Entry("withdraw", subject, "company", TIME, prev, None).to_bytes()


# --- golden vectors


@pytest.mark.parametrize("case", named(ENTRIES["cases"]))
def test_single_entries_have_exactly_their_outcome_and_code(case: dict[str, Any]) -> None:
    """LOG-10 to LOG-19; each case names its rules."""
    raw = [bytes.fromhex(entry) for entry in (*case["before"], case["entry"])]

    _, decisions = decide_all(raw, ENTRIES["origin"])

    before = [decision.outcome for decision in decisions[:-1]]
    assert [i for i, outcome in enumerate(before) if outcome is Outcome.INERT] == case.get("before_inert", [])
    assert Outcome.STOP not in before
    assert (decisions[-1].outcome.value, decisions[-1].code) == (case["expect"], case.get("code", ""))


@pytest.mark.parametrize("case", named(ENTRIES["sequences"]))
def test_sequences_have_exactly_their_outcomes_and_end_state(case: dict[str, Any]) -> None:
    """LOG-17 to LOG-21, LOG-24: outcomes, revisions, the key line in force, what is live, what was withdrawn."""
    state = FeedState(ENTRIES["origin"])
    decisions: list[Decision] = []
    for index, step in enumerate(case["steps"]):
        if decisions and decisions[-1].outcome is Outcome.STOP:
            # Nothing behind a stop is decided; the vectors say what holds at that point.
            assert step["expect"] == "stop"
            continue
        decisions.append(state.decide(index, bytes.fromhex(step["entry"])))
        decision = decisions[-1]
        assert (decision.outcome.value, decision.code) == (step["expect"], step.get("code", ""))
        keys = state.subjects.get(f"did:web:{ENTRIES['origin']}")
        assert (keys.publishes if keys else 0) == step["key_line_in_force"]
        if "revision" in step:
            assert decision.after is not None
            assert decision.after.publishes == step["revision"]

    records = {s.subject: s for s in state.subjects.values() if s.type != "keys"}
    assert {s.subject: s.live_index for s in records.values() if s.live_index is not None} == case["live"]
    assert withdrawn_indices(decisions, records) == case["withdrawn"]


def withdrawn_indices(decisions: list[Decision], subjects: dict[str, Any]) -> list[int]:
    """Find the `publish` entries below the newest withdrawal of their subject: their contents are erased."""
    found = []
    for decision in decisions:
        if decision.entry is not None and decision.entry.op == "publish":
            withdrawn_at = subjects[decision.entry.subject].withdrawn_at
            if withdrawn_at is not None and decision.index < withdrawn_at:
                found.append(decision.index)
    return found


@pytest.mark.parametrize("size", range(len(FEED["sizes"])))
def test_the_golden_feed_at_each_size(size: int) -> None:
    """LOG-20, LOG-24, LOG-30, LOG-51: frontier, root, live subjects, erased contents, key line in force."""
    expected = FEED["sizes"][size]
    entries = [bytes.fromhex(entry["entry"]) for entry in FEED["entries"][:size]]

    state, decisions = decide_all(entries, FEED["origin"])
    frontier = Frontier().extend(leaf_hash(raw) for raw in entries)

    assert [decision.outcome for decision in decisions] == [Outcome.EFFECTIVE] * size
    assert [value.hex() for value in frontier.hashes] == expected["frontier"]
    assert frontier.root().hex() == expected["root"]
    records = {s.subject: s for s in state.subjects.values() if s.type != "keys"}
    live = [(s.live_index, s.subject) for s in records.values() if s.live_index is not None]
    assert sorted(live) == [(row["index"], row["subject"]) for row in expected["live"]]
    assert withdrawn_indices(decisions, records) == expected["erased"]
    keys = state.subjects.get(f"did:web:{FEED['origin']}")
    assert (keys.publishes if keys else 0) == expected["key_line"]


def test_the_golden_feed_entry_by_entry() -> None:
    """LOG-21: what an entry says, and its revision; written again it is the same bytes."""
    entries = [bytes.fromhex(entry["entry"]) for entry in FEED["entries"]]

    _, decisions = decide_all(entries, FEED["origin"])

    for raw, decision, expected in zip(entries, decisions, FEED["entries"], strict=True):
        entry, after = decision.entry, decision.after
        assert entry is not None
        assert after is not None
        assert (entry.op, entry.subject, entry.type, entry.time) == tuple(
            expected[name] for name in ("op", "subject", "type", "time")
        )
        assert (entry.digest.hex() if entry.digest else None) == expected["digest"]
        assert after.publishes == expected.get("revision", after.publishes)
        assert entry.to_bytes() == raw


# --- the example of the spec, and rules the vectors cannot name


def test_the_example_of_the_spec() -> None:
    """LOG-11: the JSON of the example has 0x8e bytes, written before the last byte."""
    raw = publish(digest=7)

    assert raw[:-37] == (
        b'{"op":"publish","prev":null,"subject":"https://biomed.example/id/aaaaaaaaaaaaaaaaaaaaaaaaaa",'
        b'"time":"2026-11-23T09:30:00Z","type":"company"}'
    )
    assert raw[-37:] == b"\x07" * 32 + b"\x00\x00\x00" + bytes([len(raw) - 37]) + b"\x01"


def test_a_publish_after_a_withdrawal_makes_the_subject_live_again() -> None:
    """LOG-20, LOG-21: revisions go on counting; what lies below the withdrawal stays erased."""
    state, decisions = decide_all([publish(), withdraw(0), publish(prev=1, digest=2)])

    subject = state.subjects[FIRST]
    assert [decision.outcome for decision in decisions] == [Outcome.EFFECTIVE] * 3
    assert (subject.publishes, subject.live_index, subject.withdrawn_at) == (2, 2, 1)
    with pytest.raises(AttributeError):
        subject.live_index = 0  # type: ignore[misc]  states are values, a batch can be decided and dropped


def test_an_inert_entry_leaves_no_trace() -> None:
    """LOG-13 to LOG-19, LOG-26: neither its subject, nor its digest, nor its type counts, and the feed goes on."""
    inert = publish(prev=5, digest=9, kind="cluster")

    state, decisions = decide_all([inert, publish(digest=9)])

    assert [(d.outcome, d.code) for d in decisions] == [(Outcome.INERT, "log.prev"), (Outcome.EFFECTIVE, "")]
    assert state.subjects[FIRST].type == "company"
    assert (decisions[0].entry, decisions[0].after) == (None, None)


def test_a_part_of_the_state_decides_as_the_whole() -> None:
    """LOG-17, LOG-18: a store hands over only the subjects and digests that the entries at hand name."""
    whole, _ = decide_all([publish(), publish(SECOND, digest=2), withdraw(0)])
    entries = [publish(prev=2, digest=3), publish(prev=2, digest=2), publish(SECOND, prev=1, digest=4)]
    part = FeedState(ORIGIN, [whole.subjects[FIRST], whole.subjects[SECOND]], {b"\2" * 32})

    for index, raw in enumerate(entries, start=3):
        assert part.decide(index, raw) == whole.decide(index, raw)


def test_a_foreign_feed_cannot_speak_for_our_subjects() -> None:
    """LOG-14 (F01): the same entries in the feed of another origin are inert."""
    _, decisions = decide_all([publish()], "other.example")

    assert [(d.outcome, d.code) for d in decisions] == [(Outcome.INERT, "log.subject")]


def test_the_longest_entry_is_read() -> None:
    """LOG-25: 65,535 bytes fit into a bundle; entries near that length are decided like others."""
    json = canonical_bytes({"op": "publish", "x": ""})
    padding = "x" * (MAX_ENTRY_BYTES - 37 - len(json))
    json = canonical_bytes({"op": "publish", "x": padding})
    raw = json + bytes(32) + len(json).to_bytes(4, "big") + b"\1"

    _, decisions = decide_all([raw])

    assert len(raw) == MAX_ENTRY_BYTES
    assert [(d.outcome, d.code) for d in decisions] == [(Outcome.INERT, "log.members")]


# --- properties

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
MEMBERS = st.dictionaries(
    st.sampled_from(["op", "prev", "subject", "time", "type", "x"]),
    st.one_of(
        TEXTS,
        st.none(),
        st.booleans(),
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.sampled_from(["publish", "withdraw", "keys", FIRST, f"did:web:{ORIGIN}", TIME, "company"]),
        st.lists(st.integers(0, 9), max_size=2),
    ),
)
TIMES = st.datetimes().map(lambda time: time.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0"))
GOOD = st.builds(
    Entry,
    st.sampled_from(["publish", "keys"]),
    st.sampled_from([FIRST, SECOND, f"did:web:{ORIGIN}"]),
    st.from_regex("[a-z]{1,32}", fullmatch=True),
    TIMES,
    st.one_of(st.none(), st.integers(0, 2**53 - 1)),
    st.binary(min_size=32, max_size=32),
) | st.builds(withdraw, st.one_of(st.none(), st.integers(0, 2**53 - 1))).map(parse_entry)


@given(GOOD)
def test_an_entry_is_written_and_read_back(entry: Entry) -> None:
    """LOG-11."""
    assert parse_entry(entry.to_bytes()) == entry


@given(st.lists(st.binary(max_size=120), max_size=6))
def test_deciding_never_raises_on_random_bytes(entries: list[bytes]) -> None:
    """LOG-26."""
    _, decisions = decide_all(entries)

    assert all(bool(d.code) == (d.outcome is not Outcome.EFFECTIVE) for d in decisions)


@given(st.lists(st.tuples(MEMBERS, st.booleans()), max_size=8))
def test_deciding_never_raises_on_well_framed_entries(drafts: list[tuple[dict[str, Any], bool]]) -> None:
    """LOG-12 to LOG-19: any members of any types; what is effective reads back as it was written."""
    entries = []
    for number, (members, with_digest) in enumerate(drafts):
        json = canonical_bytes(members)
        tail = bytes([number]) * 32 + len(json).to_bytes(4, "big") + b"\1" if with_digest else b"\0"
        entries.append(json + tail)

    _, decisions = decide_all(entries)

    for raw, decision in zip(entries, decisions, strict=True):
        assert bool(decision.code) == (decision.outcome is not Outcome.EFFECTIVE)
        assert decision.entry is None or decision.entry.to_bytes() == raw


@given(GOOD, st.data())
def test_one_changed_byte_never_reads_as_the_same_entry(entry: Entry, data: st.DataObject) -> None:
    """LOG-11: an entry has one spelling."""
    raw = bytearray(entry.to_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))

    try:
        read = parse_entry(bytes(raw))
        differs = read != entry and read.to_bytes() == bytes(raw)
    except Refused:
        differs = True

    assert differs


LINES = st.builds(
    '{{"op":"{}","prev":{},"subject":"{}","time":"{}","type":"{}"}}'.format,
    st.sampled_from(["publish", "withdraw", "keys"]),
    st.sampled_from(["null", "0", "7", "07", "-0", "1.0", "999999999999999", "9007199254740991", "9007199254740992"]),
    st.text(st.sampled_from('ab~ \x7f\\"/é') | st.characters(codec="utf-8"), max_size=6),
    st.sampled_from([TIME, "", "\\u0041", "\\/"]),
    st.sampled_from(["company", "a" * 33, "Company", ""]),
)  # fmt: skip


@given(LINES)
def test_the_members_of_an_entry_are_those_of_its_json(line: str) -> None:
    """LOG-11: the quick way for the form of nearly all entries reads what the strict reader reads, and nothing else."""
    try:
        members = read_canonical(line.encode())
    except Refused:
        members = None

    read = read_entry(line.encode() + b"\0")

    if members is None:
        assert isinstance(read, Refused)
    elif isinstance(read, FramedEntry):
        assert read.members == members
    else:
        assert members["op"] != "withdraw"


@given(st.binary(max_size=100), st.integers(2, 255))
def test_an_unknown_last_byte_stops_the_feed(content: bytes, last: int) -> None:
    """LOG-10: a later version may end entries in more digests; nothing behind them can be understood."""
    assert isinstance(read_entry(content + bytes([last])), NeedsNewerSoftware)
