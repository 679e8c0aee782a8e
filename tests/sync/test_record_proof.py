"""Proofs of records: what holds with keys known beforehand, and nothing that a forger may put beside it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot_schema.canonical import canonical_bytes, sha256
from entrepot_schema.errors import Refused
from entrepot_schema.key_log import parse_key_log
from entrepot_sync import note
from entrepot_sync.checkpoint import Checkpoint, sign_checkpoint
from entrepot_sync.cosignature import CosignerKey, cosign
from entrepot_sync.merkle import Frontier, leaf_hash
from entrepot_sync.record_proof import (
    ProvenRecord,
    RecordProof,
    is_record_proof,
    make_record_proof,
    parse_record_proof,
    verify_record_proof,
)
from entrepot_sync.testing.small_feed import SmallFeed, key_of
from entrepot_sync.tiles import hash_from_tiles
from entrepot_sync.tlog_proof import TlogProof

TIME = 1_795_426_200
WITNESS = key_of("witness of these tests")
COSIGNER = CosignerKey("lifepark.example/witness/1", WITNESS.public)


def feed_of(count: int = 6) -> SmallFeed:
    feed = SmallFeed("biomed.example")
    for number in range(count):
        feed.publish(number)
    return feed


def prove(feed: SmallFeed, index: int, *, head: bytes = b"", size: int = 0) -> RecordProof:
    """Prove an entry of a feed, honestly."""
    digest = feed.decisions[index].entry.digest  # type: ignore[union-attr]  it is effective
    hash_at = partial(hash_from_tiles, read_tile=lambda level, n: feed.tiles[level, n])
    return make_record_proof(
        feed.entries[index],
        feed.contents[digest],  # type: ignore[index]  a publish entry has a digest
        index=index,
        size=size or len(feed.entries),
        checkpoint=head or feed.head(),
        hash_at=hash_at,
    )


def cosigned(feed: SmallFeed) -> bytes:
    head = feed.head()
    return head + f"{cosign(note.split(head).text, COSIGNER.name, WITNESS, time=TIME)}".encode()


def with_extra(proof: RecordProof, **members: Any) -> bytes:
    """The same proof with other members in its extra line."""
    encoded = {
        name: base64.b64encode(part).decode() if isinstance(part, bytes) else part
        for name, part in {"entry": proof.entry, "record": proof.record, **members}.items()
    }
    return replace(proof.proof, extra=canonical_bytes(encoded)).to_bytes()


def refusal(raw: bytes, feed: SmallFeed) -> str:
    with pytest.raises(Refused) as refused:
        verify_record_proof(parse_record_proof(raw), feed.key_log, [COSIGNER])
    return refused.value.code


@pytest.mark.parametrize("count", [1, 2, 7, 8, 300])
def test_a_record_is_proven_with_the_pinned_key_log_alone(count: int) -> None:
    """LOG-82, LOG-83, LOG-84."""
    feed = feed_of(count)
    for index in {1, count // 2 + 1, count}:
        raw = prove(feed, index).to_bytes()
        proven = verify_record_proof(parse_record_proof(raw), feed.key_log)

        assert is_record_proof(raw)
        assert (proven.index, proven.checkpoint.size) == (index, count + 1)
        assert sha256(proven.record.raw) == proven.entry.digest
        assert (proven.key_lines, proven.all_lines, proven.cosignatures) == ((1,), 1, ())
        assert proven.key_was_in_force


def test_the_file_is_what_the_specification_says() -> None:
    """LOG-83: one line for all that a reader without the feed lacks."""
    proof = prove(feed_of(), 3)
    lines = proof.to_bytes().decode().split("\n")

    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert (
        lines[1]
        == "extra "
        + base64.b64encode(
            b'{"entry":"%s","record":"%s"}' % (base64.b64encode(proof.entry), base64.b64encode(proof.record))
        ).decode()
    )
    assert lines[2] == "index 3"
    assert parse_record_proof(proof.to_bytes()) == proof


def test_cosignatures_of_known_witnesses_count_and_others_are_nothing() -> None:
    """F21, LOG-85."""
    feed = feed_of()
    proof = prove(feed, 2, head=cosigned(feed))

    known = verify_record_proof(proof, feed.key_log, [COSIGNER])
    stranger = CosignerKey(COSIGNER.name, key_of("another").public)

    assert [(one.key, one.time) for one in known.cosignatures] == [(COSIGNER, TIME)]
    assert verify_record_proof(proof, feed.key_log, [stranger]).cosignatures == ()
    assert verify_record_proof(proof, feed.key_log).cosignatures == ()


def test_a_key_that_was_replaced_proves_and_is_named_with_its_line() -> None:
    """LOG-84, LOG-86: whether it was in force there, only the feed tells."""
    feed = feed_of(2)
    feed.rotate()
    feed.publish(9)

    old = verify_record_proof(prove(feed, 1), feed.key_log)
    new = verify_record_proof(prove(feed, len(feed.entries) - 1), feed.key_log)

    assert (old.key_lines, new.key_lines, old.all_lines) == ((1,), (2,), 2)
    assert not old.key_was_in_force
    assert not new.key_was_in_force


def test_a_key_newer_than_the_pinned_key_log_is_unknown() -> None:
    feed = feed_of(2)
    pinned = feed.key_log
    feed.rotate()
    feed.publish(9)

    with pytest.raises(Refused) as refused:
        verify_record_proof(prove(feed, len(feed.entries) - 1), pinned)

    assert refused.value.code == "key.unknown"


def test_any_changed_byte_is_refused_or_changes_nothing_that_is_shown() -> None:
    """LOG-82, LOG-84: at every byte; only lines of cosigners may go without harm, and then they do not count."""
    feed = feed_of(5)
    raw = prove(feed, 4, head=cosigned(feed)).to_bytes()
    whole = verify_record_proof(parse_record_proof(raw), feed.key_log, [COSIGNER])
    harmless = 0
    for place in range(len(raw)):
        for flip in (1, 0x80):
            changed = raw[:place] + bytes([raw[place] ^ flip]) + raw[place + 1 :]
            try:
                shown = verify_record_proof(parse_record_proof(changed), feed.key_log, [COSIGNER])
            except Refused:
                continue
            assert replace(shown, cosignatures=()) == replace(whole, cosignatures=())
            assert shown.cosignatures == ()
            harmless += 1
    cosigner_line = len(cosigned(feed)) - len(feed.head())
    assert harmless <= 2 * cosigner_line


def test_bytes_cut_off_or_put_behind_are_refused() -> None:
    """L18."""
    feed = feed_of(5)
    raw = prove(feed, 4).to_bytes()
    for length in range(len(raw)):
        with pytest.raises(Refused):
            verify_record_proof(parse_record_proof(raw[:length]), feed.key_log)
    for tail in (b"\n", b"x", raw):
        with pytest.raises(Refused):
            verify_record_proof(parse_record_proof(raw + tail), feed.key_log)


def test_s_a_stolen_proof_of_another_record_proves_nothing_of_this_one() -> None:
    """L26, LOG-82: the leaf is recomputed; a valid path of one entry is worthless for another (CVE-2026-56865)."""
    feed = feed_of()
    mine, other = prove(feed, 2), prove(feed, 3)

    assert refusal(with_extra(mine, entry=other.entry), feed) == "log.proof"
    assert refusal(with_extra(mine, entry=other.entry, record=other.record), feed) == "log.proof"
    assert refusal(with_extra(mine, record=other.record), feed) == "log.proof-record"
    assert refusal(replace(mine.proof, index=3).to_bytes(), feed) == "log.proof"


def test_a_head_that_no_pinned_log_key_signed_is_refused_before_anything_else() -> None:
    """LOG-82, LOG-84."""
    feed, forger = feed_of(), SmallFeed("biomed.example", secret="of a thief")
    for number in range(6):
        forger.publish(number)

    assert refusal(prove(forger, 2).to_bytes(), feed) == "log.unsigned"
    text = Checkpoint(feed.name, 7, b"\7" * 32).text()
    unsigned = prove(feed, 2, head=text + b"\n" + note.split(forger.head()).to_bytes().split(b"\n\n")[1])
    assert refusal(unsigned.to_bytes(), feed) in ("log.unsigned", "log.signature")


def test_f01_a_log_key_proves_no_record_of_another_origin() -> None:
    """LOG-84: an entry that names another origin's subject is refused, whoever signed the head."""
    feed, other = feed_of(), SmallFeed("photonics.example")
    other.publish(1)
    entry, digest = other.entries[1], other.decisions[1].entry.digest  # type: ignore[union-attr]  it is effective
    leaves = [leaf_hash(entry)]
    head = sign_checkpoint(
        Checkpoint(feed.name, 1, Frontier().extend(leaves).root()), feed.name, feed.log_key
    )
    forged = make_record_proof(
        entry,
        other.contents[digest],
        index=0,
        size=1,
        checkpoint=head,
        hash_at=lambda level, n: leaves[n],  # type: ignore[index]  as above
    )

    assert refusal(forged.to_bytes(), feed) in ("key.subject", "key.issuer", "key.unknown")


def test_an_entry_that_publishes_nothing_is_refused() -> None:
    """LOG-84: a line of the key log, or a withdrawal, is no record."""
    feed = feed_of()
    feed.withdraw(1)
    withdrawal = len(feed.entries) - 1
    hash_at = partial(hash_from_tiles, read_tile=lambda level, n: feed.tiles[level, n])
    for index, content in ((0, feed.key_log.lines[0]), (withdrawal, b"{}")):
        raw = make_record_proof(
            feed.entries[index], content, index=index, size=len(feed.entries),
            checkpoint=feed.head(), hash_at=hash_at,
        ).to_bytes()  # fmt: skip
        assert refusal(raw, feed) == "log.proof-record"


def test_a_record_that_breaks_a_rule_of_the_wire_is_refused() -> None:
    """LOG-84."""
    feed = feed_of(1)
    feed.publish(7, status="sleeping")

    assert refusal(prove(feed, 2).to_bytes(), feed).startswith("schema.")


@pytest.mark.parametrize(
    "members",
    [{"entry": None}, {"record": 7}, {"more": b""}, {"entry": "AA"}, {"entry": "AB=="}, {"record": ["AA=="]}],
    ids=str,
)
def test_another_extra_line_is_refused(members: dict[str, Any]) -> None:
    """LOG-83."""
    feed = feed_of(2)

    assert refusal(with_extra(prove(feed, 1), **members), feed) == "log.proof-file"


@pytest.mark.parametrize(
    "extra", [None, b"", b"{}", b"[]", b'{"record":"","entry":""}', b'{"entry": "", "record": ""}']
)
def test_an_extra_line_that_is_no_canonical_json_is_refused(extra: bytes | None) -> None:
    """LOG-83."""
    feed = feed_of(2)
    raw = replace(prove(feed, 1).proof, extra=extra).to_bytes()

    assert refusal(raw, feed) == "log.proof-file"


@given(st.binary(max_size=120), st.binary(max_size=60), st.integers(0, 2**53 - 1))
@settings(max_examples=100)
def test_arbitrary_parts_leave_only_declared_errors(extra: bytes, checkpoint: bytes, index: int) -> None:
    feed = SmallFeed("biomed.example")
    raw = TlogProof(index, (), checkpoint or b"x", extra).to_bytes()
    try:
        proven: ProvenRecord | None = verify_record_proof(parse_record_proof(raw), feed.key_log)
    except Refused:
        proven = None
    assert proven is None


def test_an_honest_proof_from_a_smaller_head_holds_too() -> None:
    """An old proof stays one: the tree only grows."""
    feed = feed_of(3)
    head, size = feed.head(), len(feed.entries)
    feed.publish(8)

    proven = verify_record_proof(prove(feed, 1, head=head, size=size), feed.key_log)

    assert proven.checkpoint.size == size


GOLDEN = Path(__file__).parents[2] / "conformance_tests" / "vectors"
CASES = json.loads((GOLDEN / "record-proofs.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_vectors_made_by_other_code(case: dict[str, Any]) -> None:
    """LOG-80 to LOG-84: exactly the verdict and the code."""
    pinned = parse_key_log((GOLDEN / CASES["key_log"]).read_bytes(), origin=CASES["origin"])
    raw = base64.b64decode(case["raw"])
    try:
        verify_record_proof(parse_record_proof(raw), pinned)
        found = ""
    except Refused as refused:
        found = refused.code

    wanted = case.get("code", "")
    assert (
        (found and wanted == "*")
        or found == wanted
        or (wanted.endswith(".*") and found.startswith(wanted[:-1]))
    )
