"""Cosignatures: the bytes that are signed, and what counts as one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.errors import Refused
from entrepot_schema.keys import SigningKey
from entrepot_sync import note
from entrepot_sync.cosignature import (
    CosignerKey,
    cosign,
    cosignatures_of,
    parse_cosigner_vkey,
    verify_cosignature,
)
from entrepot_sync.note import SignatureLine, VerifierKey

VECTORS = Path(__file__).parent / "vectors"
KEY = SigningKey.from_seed(hashlib.sha256(b"a witness of these tests").digest())
NAME = "biomed.example/witness/1"
COSIGNER = CosignerKey(NAME, KEY.public)
TEXT = b"lifepark.example/feed/1\n5\n41smjBUiAU70EtKlT6lIOIYtRTYxYXsDB+XHfcvu/BE=\n"
TIME = 1_795_426_200


def test_the_signed_bytes_are_header_time_and_text() -> None:
    """LOG-70: the name is not among them."""
    line = cosign(TEXT, NAME, KEY, time=TIME)

    assert line.payload[:8] == TIME.to_bytes(8, "big")
    assert KEY.public.verify(line.payload[8:], b"cosignature/v1\ntime 1795426200\n" + TEXT)
    assert len(line.key_id + line.payload) == 76


def test_a_cosignature_verifies_under_its_key_and_says_when() -> None:
    found = verify_cosignature(TEXT, cosign(TEXT, NAME, KEY, time=TIME), COSIGNER)

    assert (found.key, found.time) == (COSIGNER, TIME)


def test_the_line_of_the_specification_is_framed_as_ours() -> None:
    """The published key of that example is unknown; its time and the line's length are not."""
    example = json.loads((VECTORS / "c2sp-spec-examples.json").read_text("utf-8"))["cosigned_checkpoint"]
    line = note.split(example["note"].encode()).signatures[1]

    assert int.from_bytes(line.payload[:8], "big") == example["cosigner_timestamp"]
    assert len(line.payload) == 72


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (TEXT.replace(b"5", b"6", 1), cosign(TEXT, NAME, KEY, time=TIME)),
        (TEXT, cosign(TEXT, "other.example/witness/1", KEY, time=TIME)),
        (TEXT, cosign(TEXT, NAME, SigningKey.from_seed(b"x" * 32), time=TIME)),
        (TEXT, replace(cosign(TEXT, NAME, KEY, time=TIME), payload=b"\0" * 72)),
        (TEXT, replace(cosign(TEXT, NAME, KEY, time=TIME), payload=b"")),
        (TEXT, replace(cosign(TEXT, NAME, KEY, time=TIME), payload=bytes(7) + b"\1" + KEY.sign(TEXT))),
    ],
    ids=["other text", "other name", "other key", "zeros", "empty", "a plain signature"],
)
def test_what_is_no_cosignature_of_the_key_is_refused(text: bytes, line: SignatureLine) -> None:
    """L28, LOG-71."""
    with pytest.raises(Refused) as refused:
        verify_cosignature(text, line, COSIGNER)

    assert refused.value.code == "log.cosignature"


@pytest.mark.parametrize("time", [0, -1, 2**63])
def test_a_time_that_cannot_be_is_not_signed(time: int) -> None:
    """L28."""
    with pytest.raises(Refused):
        cosign(TEXT, NAME, KEY, time=time)


def test_of_many_lines_those_of_known_cosigners_count_once_and_bad_ones_not_at_all() -> None:
    """L27, LOG-72, and a peer that cosigns for others: its line under a name that is not its own counts for nobody."""
    good = cosign(TEXT, NAME, KEY, time=TIME)
    forged = SignatureLine(NAME, COSIGNER.key_id, b"\1" * 72)
    stranger = cosign(TEXT, "other.example/witness/1", SigningKey.from_seed(b"o" * 32), time=TIME)
    log = SigningKey.from_seed(b"l" * 32)
    signed = note.split(note.sign_note(TEXT, "lifepark.example/feed/1", log))

    def count(*lines: SignatureLine) -> list[int]:
        cosigned = replace(signed, signatures=(*signed.signatures, *lines))
        return [found.time for found in cosignatures_of(cosigned, [COSIGNER])]

    assert count(stranger, good) == [TIME]
    assert count(forged, good) == [TIME]
    assert count(good, cosign(TEXT, NAME, KEY, time=TIME + 1)) == [TIME]
    assert count(forged, stranger) == []


def test_a_vkey_comes_back_from_its_text() -> None:
    assert parse_cosigner_vkey(str(COSIGNER)) == COSIGNER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b+c",
        str(COSIGNER)[:-1],
        str(COSIGNER).replace("+", "+0", 1),
        str(VerifierKey(NAME, KEY.public)),
        "x" * 2000,
    ],
)
def test_what_is_no_cosigner_key_is_refused(text: str) -> None:
    """A log key (type 01) is no cosigner key."""
    with pytest.raises(Refused) as refused:
        parse_cosigner_vkey(text)

    assert refused.value.code == "log.vkey"


@given(st.text(max_size=120))
def test_arbitrary_text_leaves_only_declared_errors(text: str) -> None:
    try:
        parse_cosigner_vkey(text)
    except Refused as refused:
        assert refused.code == "log.vkey"
