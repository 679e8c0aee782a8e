"""Heads and feeds while keys change: LOG-23, LOG-24, SIG-60, SIG-61, SIG-65."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from . import merkle
from .contents import check_keys
from .entries import FeedState
from .key_log import KeyLine
from .notes import Checkpoint, Verifier, parse_checkpoint, parse_note, verify_note
from .records import expected_of, verify_record
from .rule_error import RuleError, require
from .schemas import Schemas


def judge_head(raw: bytes, feed: str, lines: Sequence[KeyLine]) -> Checkpoint:
    """Read a head of `feed` that arrives while `lines` are pinned; only the key of the newest one counts."""
    number, newest = int(feed.rpartition("/")[2]), lines[-1].state
    require(number >= newest.live_feed, "log.superseded", f"feed {newest.live_feed} has taken its place")
    note = parse_note(raw)
    checkpoint = parse_checkpoint(note.text)
    require(checkpoint.feed == feed, "log.checkpoint", f"a checkpoint of {checkpoint.feed}")
    named = {line.state.log_keys[number] for line in lines if number in line.state.log_keys}
    present = {(name, key_id) for name, key_id, _ in note.signatures}
    signers: set[Verifier] = {key for key in named if (key.name, key.key_id) in present}
    for key in signers:
        verify_note(note, key)
    require(signers, "log.unsigned", "no line of a log key that the key log names")
    require(newest.log_keys[number] in signers, "log.replaced-key", "only replaced keys signed")
    return checkpoint


def read_feed(
    raw_head: bytes, feed: str, entries: Sequence[bytes], lines: Sequence[KeyLine]
) -> tuple[Literal["believed", "wait"], FeedState]:
    """Believe a whole feed: head, root, effect of each entry, and what its `keys` entries commit to."""
    head = judge_head(raw_head, feed, lines)
    root = merkle.root([merkle.leaf_hash(entry) for entry in entries])
    require((head.size, head.root) == (len(entries), root), "log.damaged", "the entries yield another root")
    state = FeedState(feed.partition("/")[0])
    for entry in entries:
        outcome = state.take(entry)
        require(outcome.kind != "stop", outcome.code, "the feed stops")
    return check_keys(state, [line.raw for line in lines]), state


def judge_records(
    state: FeedState, contents: Mapping[bytes, bytes], lines: Sequence[KeyLine], schemas: Schemas
) -> dict[int, str]:
    """Return the code of each record at hand, empty where it is good; each by the key in force at its index (LOG-24)."""
    keys = [entry.index for entry in state.key_entries()]
    gone = {entry.index for entry in state.withdrawn()}
    verdicts: dict[int, str] = {}
    for entry in state.effective:
        raw = contents.get(entry.digest) if entry.digest else None
        if entry.op != "publish" or entry.index in gone or raw is None:
            continue
        in_force = lines[sum(index <= entry.index for index in keys) - 1].state
        expected = expected_of(entry, state.origin, in_force.assertion_key)
        try:
            verify_record(raw, expected, schemas)
            verdicts[entry.index] = ""
        except RuleError as error:
            verdicts[entry.index] = error.code
    return verdicts
