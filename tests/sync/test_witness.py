"""What a witness answers: the table of others, and each rule by itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.keys import SigningKey
from entrepot_sync import note
from entrepot_sync.merkle import EMPTY_ROOT, consistency_proof, leaf_hash, range_hashes
from entrepot_sync.note import VerifierKey, parse_vkey
from entrepot_sync.witness import (
    LogHead,
    WitnessRefused,
    judge_growth,
    parse_add_checkpoint,
    require_known_signer,
)

VECTORS = Path(__file__).parent / "vectors"
TABLE = json.loads((VECTORS / "witness-update-table.json").read_text("utf-8"))
LOG = SigningKey.from_seed(hashlib.sha256(b"a log of these tests").digest())
ORIGIN = "lifepark.example/feed/1"
LEAVES = [leaf_hash(bytes([number])) for number in range(20)]


def root(size: int) -> bytes:
    from entrepot_sync.merkle import Frontier

    return Frontier(0, ()).extend(LEAVES[:size]).root()


def hash_at(level: int, index: int) -> bytes:
    begin, end = index << level, (index + 1) << level
    from entrepot_sync.merkle import Frontier

    return Frontier(0, ()).extend(LEAVES[begin:end]).root()


def signed(size: int, root_hash: bytes | None = None, origin: str = ORIGIN, key: SigningKey = LOG) -> bytes:
    head = LogHead(origin, size, root(size) if root_hash is None else root_hash)
    return note.sign_note(head.text(), origin, key)


def body(old: object, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    lines = [f"old {old}", *map(note.encode_base64, proof)]
    return "\n".join(lines).encode() + b"\n\n" + checkpoint


def answer(
    raw: bytes, seen: LogHead, keys: dict[str, list[VerifierKey]] | None = None
) -> tuple[int, int | None]:
    """The status of the answer and, for 409, the size in it."""
    known = {ORIGIN: [VerifierKey(ORIGIN, LOG.public)]} if keys is None else keys
    try:
        request = parse_add_checkpoint(raw)
        require_known_signer(request, known.get)
        judge_growth(request, seen)
    except WitnessRefused as refused:
        return refused.status, refused.size
    return 200, None


def seen(size: int) -> LogHead:
    return LogHead(ORIGIN, size, root(size) if size else EMPTY_ROOT)


def proof(old: int, new: int) -> tuple[bytes, ...]:
    return consistency_proof(old, new, hash_at)


@pytest.mark.parametrize(
    "case", [case for case in TABLE["cases"] if "submit" in case], ids=lambda case: case["name"]
)
def test_the_answers_are_those_of_the_public_table(case: dict[str, Any]) -> None:
    """LOG-73 to LOG-78. The two cases that need the log's secret key are made with a key of ours below."""
    hashes = {"consistency_5_to_8": [bytes.fromhex(line) for line in TABLE["consistency_5_to_8_hex"]]}
    given_proof = case.get("proof", [bytes.fromhex(line) for line in case.get("proof_hex", [])])
    sent = hashes[given_proof] if isinstance(given_proof, str) else given_proof
    state = LogHead(
        "monkeys", case["state"]["size"], bytes.fromhex(case["state"].get("root_hex", EMPTY_ROOT.hex()))
    )
    keys = {"monkeys": [parse_vkey(TABLE["log_vkey"])]}

    status, size = answer(body(case["old"], sent, TABLE[case["submit"]].encode()), state, keys)

    expected = 400 if isinstance(case["status"], str) else case["status"]  # two bytes are no hash
    assert status == expected
    assert size == (int(case["body"]) if "body" in case else None)


@pytest.mark.parametrize(("old", "new"), [(0, 1), (0, 7), (1, 2), (4, 8), (5, 8), (8, 8), (7, 20)])
def test_a_head_that_extends_the_last_one_is_good(old: int, new: int) -> None:
    assert answer(body(old, proof(old, new) if 0 < old < new else (), signed(new)), seen(old)) == (200, None)


def test_an_unknown_log_is_not_found_even_when_nothing_else_is_right() -> None:
    """LOG-74: 404 comes before the signature is looked at."""
    assert answer(body(9, (), signed(5, key=SigningKey.from_seed(b"x" * 32))), seen(0), {}) == (404, None)


def test_a_log_whose_own_key_did_not_sign_is_forbidden() -> None:
    """LOG-74; a stranger cannot move a feed, nor learn its size."""
    assert answer(body(9, (), signed(5, key=SigningKey.from_seed(b"x" * 32))), seen(3)) == (403, None)


@pytest.mark.parametrize("old", ["+5", "05", "5 ", "٥", "", "-1", "1_0", str(2**63), "9" * 400])
def test_a_size_in_another_spelling_is_malformed(old: str) -> None:
    """L07, LOG-73: of `old`, as lenient parsers take it."""
    assert answer(body(old, (), signed(5)), seen(5)) == (400, None)


def test_an_old_size_above_the_new_one_is_malformed() -> None:
    """LOG-75: rolled back by the log itself."""
    assert answer(body(8, (), signed(5)), seen(8)) == (400, None)


def test_another_old_size_is_answered_with_ours() -> None:
    """LOG-76."""
    assert answer(body(2, (), signed(8)), seen(5)) == (409, 5)
    assert answer(body(0, (), signed(8)), seen(5)) == (409, 5)


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        (body(0, (), signed(0, b"\1" * 32)), 0),
        (body(0, proof(5, 8), signed(8)), 0),
        (body(5, (), signed(5, b"\1" * 32)), 5),
        (body(5, proof(5, 8), signed(5)), 5),
        (body(4, (), signed(5)), 4),
        (body(5, proof(5, 8)[:-1], signed(8)), 5),
        (body(5, (*proof(5, 8), b"\0" * 32), signed(8)), 5),
        (body(5, proof(6, 8), signed(8)), 5),
    ],
    ids=[
        "empty tree, other root", "proof from nothing", "same size, other root", "same size, with proof",
        "no proof", "short proof", "long proof", "proof of other sizes",
    ],
)  # fmt: skip
def test_a_head_that_is_not_shown_to_extend_the_last_one_is_not_cosigned(raw: bytes, state: int) -> None:
    """LOG-77; a split view (L-cases) ends here."""
    assert answer(raw, seen(state)) == (422, None)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"old 5", b"old 5\n\n", b"new 5\n\n" + signed(5), b"old 5\n!!\n\n" + signed(5), b"\n\n" + signed(5),
        body(5, [b"\0" * 31], signed(8)), body(0, [b"\0" * 32] * 64, signed(8)), body(5, (), b"no note\n"),
        body(5, (), note.sign_note(b"a\n5\n" + b"A" * 43 + b"=\nextension\n", "a", LOG)),
        body(5, (), note.sign_note(b"a" * 256 + b"\n5\n" + b"A" * 43 + b"=\n", "a", LOG)),
        body(5, (), note.sign_note(b"a\n5\n" + b"A" * 44 + b"\n", "a", LOG)),
        body(5, (), signed(5)) + b"x" * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_request_is_malformed(raw: bytes) -> None:
    """LOG-73."""
    assert answer(raw, seen(5)) == (400, None)


def test_the_largest_proof_is_read() -> None:
    assert answer(body(5, [b"\0" * 32] * 63, signed(8)), seen(5)) == (422, None)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_leave_only_declared_refusals(raw: bytes) -> None:
    assert answer(raw, seen(5))[0] in (400, 404)


@given(st.integers(0, 19), st.integers(0, 19), st.integers(0, 19))
def test_only_the_size_that_was_cosigned_last_moves_a_witness(state: int, old: int, new: int) -> None:
    good_proof = proof(old, new) if 0 < old < new else ()
    status, _ = answer(body(old, good_proof, signed(new)), seen(state))

    assert (status == 200) == (old == state <= new)


def test_what_is_cosigned_is_written_anew() -> None:
    """LOG-78: the bytes signed come from what was parsed, so a difference between readers fails safe."""
    request = parse_add_checkpoint(body(0, (), signed(5)))

    assert request.head.text() == request.note.text
    assert range_hashes(0, 4, hash_at) == (hash_at(2, 0),)
