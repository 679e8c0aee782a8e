"""Proof files: the frame others read and write, and nothing beside it."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.errors import Refused
from entrepot_sync.tlog_proof import TlogProof, parse_tlog_proof

CASES = json.loads((Path(__file__).parent / "vectors" / "tlog-proof-framing.json").read_text("utf-8"))
FRAME = b"c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n"


@pytest.mark.parametrize("case", CASES["accept"], ids=lambda case: str(case["index"]))
def test_public_proofs_are_read_and_written_the_same(case: dict[str, Any]) -> None:
    """LOG-80."""
    proof = parse_tlog_proof(case["text"].encode())

    extra = case["extra"].encode() if case["extra"] is not None else None
    assert proof == TlogProof(
        case["index"], tuple(map(b64decode, case["hashes"])), case["checkpoint"].encode(), extra
    )
    assert proof.to_bytes().decode() == case["text"]


@pytest.mark.parametrize("case", CASES["reject"], ids=lambda case: case["why"])
def test_public_faults_are_refused(case: dict[str, Any]) -> None:
    """LOG-81."""
    with pytest.raises(Refused) as refused:
        parse_tlog_proof(case["text"].encode())

    assert refused.value.code == "log.proof-file"


@pytest.mark.parametrize(
    "raw",
    [
        b"", FRAME[:-12], FRAME.replace(b"index 0", b"index 00"), FRAME.replace(b"index 0", b"index +1"),
        FRAME.replace(b"index 0", b"index 0\nAAAA"), FRAME.replace(b"index 0", b"index 0\r"),
        FRAME.replace(b"index 0", b"extra YR==\nindex 0"), FRAME.replace(b"index 0", b"index 0\nextra YQ=="),
        FRAME.replace(b"index 0", b"index 0\n" + b"\n".join([b"A" * 43 + b"="] * 64)), FRAME + b"x" * 700_000,
    ],
)  # fmt: skip
def test_other_spellings_are_refused(raw: bytes) -> None:
    """L07, LOG-81: base64 and numbers have one spelling, sizes a bound."""
    with pytest.raises(Refused):
        parse_tlog_proof(raw)


@given(
    st.integers(0, 2**53 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.none() | st.binary(max_size=50),
    st.binary(min_size=1, max_size=80),
)
def test_a_proof_comes_back_from_its_file(
    index: int, hashes: list[bytes], extra: bytes | None, checkpoint: bytes
) -> None:
    proof = TlogProof(index, tuple(hashes), checkpoint, extra)

    assert parse_tlog_proof(proof.to_bytes()) == proof


@given(st.binary(max_size=200))
def test_arbitrary_bytes_leave_only_declared_errors(raw: bytes) -> None:
    try:
        parse_tlog_proof(raw)
    except Refused as refused:
        assert refused.code == "log.proof-file"
