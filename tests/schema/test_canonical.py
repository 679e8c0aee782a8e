"""Canonical bytes are RFC 8785 (SIG-09): our fast writer against the reference and the published vectors."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.canonical import canonical_bytes, read_canonical, sha256
from entrepot_schema.errors import Refused
from entrepot_schema.strict_json import MAX_DEPTH, MAX_INTEGER, read_json

VECTORS = Path(__file__).parent / "vectors"
CYBERPHONE = VECTORS / "rfc8785-cyberphone"
NUMBERS = (VECTORS / "rfc8785-numbers" / "es6-first-10000.txt").read_text("ascii").splitlines()
APPENDIX_B = json.loads((VECTORS / "rfc8785-numbers" / "rfc8785-appendix-b-inputs.json").read_text("utf-8"))

# What our reader says of each published input: "" where it lies in our narrower JSON.
OURS = {
    "arrays": "json.not-an-object",
    "french": "json.member-name",
    "structures": "json.number",
    "unicode": "",
    "values": "json.number",
    "weird": "json.member-name",
}

NAMES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)


def float_of(bits: str) -> float:
    (number,) = struct.unpack(">d", bytes.fromhex(bits.zfill(16)))
    return float(number)


def is_ours(text: str) -> bool:
    """An integer as the standard writes it."""
    return text.lstrip("-").isdigit() and text != "-0" and abs(int(text)) <= MAX_INTEGER


@pytest.mark.parametrize("name", sorted(OURS))
def test_published_cases_of_rfc_8785(name: str) -> None:
    """SIG-09: the reference reproduces all six; what our reader takes, our writer writes the same."""
    raw = (CYBERPHONE / "input" / f"{name}.json").read_bytes()
    wanted = (CYBERPHONE / "output" / f"{name}.json").read_bytes()

    assert bytes.fromhex((CYBERPHONE / "outhex" / f"{name}.txt").read_text("ascii")) == wanted
    assert rfc8785.dumps(json.loads(raw)) == wanted
    try:
        value = read_json(raw)
    except Refused as refused:
        assert refused.code == OURS[name]
    else:
        assert OURS[name] == ""
        assert canonical_bytes(value) == wanted
        assert read_canonical(wanted) == value


@pytest.mark.parametrize("name", ["arrays", "french"])
def test_two_cases_that_our_reader_refuses_are_written_the_same(name: str) -> None:
    """SIG-09: an array, and member names outside of ASCII but within the basic plane."""
    wanted = (CYBERPHONE / "output" / f"{name}.json").read_bytes()

    assert canonical_bytes(json.loads((CYBERPHONE / "input" / f"{name}.json").read_bytes())) == wanted


def test_the_number_list_is_the_published_one() -> None:
    digest = hashlib.sha256(("\n".join(NUMBERS) + "\n").encode()).hexdigest()

    assert len(NUMBERS) == 10_000
    assert digest == "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892"


def test_ten_thousand_numbers_of_es6() -> None:
    """SIG-04, SIG-09: the reference writes each as published; our reader takes only the integers in range.

    Every other line, fraction, exponent or too large, is refused, so that orjson, which writes some of them
    differently, never sees one.
    """
    rows = [line.split(",") for line in NUMBERS]
    taken = 0

    for bits, wanted in rows:
        assert rfc8785.dumps(float_of(bits)).decode() == wanted
        raw = f'{{"n":{wanted}}}'.encode()
        if is_ours(wanted):
            taken += 1
            assert canonical_bytes(read_json(raw)) == raw
        else:
            with pytest.raises(Refused) as refusal:
                read_json(raw)
            assert refusal.value.code == "json.number"
    assert taken == sum(is_ours(wanted) for _, wanted in rows)
    assert 0 < taken < 10_000


@pytest.mark.parametrize("row", APPENDIX_B, ids=lambda row: str(row["ieee754_hex"]))
def test_numbers_of_appendix_b(row: dict[str, str]) -> None:
    """SIG-04, SIG-09."""
    number = float_of(row["ieee754_hex"])
    if math.isfinite(number):
        assert rfc8785.dumps(number).decode() == row["jcs"]
        raw = f'{{"n":{row["jcs"]}}}'.encode()
        if is_ours(row["jcs"]):
            assert canonical_bytes(read_json(raw)) == raw
            return
        with pytest.raises(Refused, match=r"fraction|integer"):
            read_json(raw)


@given(VALUES)
def test_our_writer_equals_the_reference(value: Any) -> None:
    """SIG-09: over the whole of our JSON, any text included."""
    assert canonical_bytes(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("number", [0, 1, -1, 2**31, -(2**31), 2**32, 10**15, MAX_INTEGER, -MAX_INTEGER])
def test_integers_are_written_as_the_reference_writes_them(number: int) -> None:
    """SIG-09."""
    assert canonical_bytes({"n": number}) == rfc8785.dumps({"n": number})


def test_every_character_is_written_as_the_reference_writes_it() -> None:
    """SIG-09: shortest escapes, all else as it is; every code point but the surrogates."""
    text = "".join(chr(point) for point in range(0x110000) if not 0xD800 <= point <= 0xDFFF)

    assert canonical_bytes({"t": text}) == rfc8785.dumps({"t": text})


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_canonical_bytes_are_read_back(value: dict[str, Any]) -> None:
    """SIG-09: reading and writing are inverse wherever the reader takes the value."""
    raw = canonical_bytes(value)
    try:
        read = read_canonical(raw)
    except Refused as refused:
        assert refused.code in {"json.nul", "json.too-deep"}
    else:
        assert read == value
        assert canonical_bytes(read) == raw


def read_strictly(raw: bytes) -> Any:
    """What the strict reader makes of canonical bytes, or the code of its refusal."""
    try:
        value = read_json(raw)
    except Refused as refused:
        return refused.code
    return value if canonical_bytes(value) == raw else "json.not-canonical"


def read(raw: bytes) -> Any:
    try:
        return read_canonical(raw)
    except Refused as refused:
        return refused.code


ANY_NAME = st.text(max_size=3) | st.sampled_from(["é", 'a"', "\n", "\x7f"])
ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_NAME, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(ANY_NAME, ANY_VALUE, max_size=4), st.data())
def test_documents_are_read_as_the_strict_reader_reads_them(
    value: dict[str, Any], data: st.DataObject
) -> None:
    """SIG-01 to SIG-09: with a few bytes changed, or with none."""
    raw = bytearray(
        json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
            "utf-8", "replace"
        )
    )
    assert read(bytes(raw)) == read_strictly(bytes(raw))
    at = data.draw(st.integers(0, len(raw)))
    raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    assert read(bytes(raw)) == read_strictly(bytes(raw))


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH, 2_000])
def test_deep_documents_are_read_as_the_strict_reader_reads_them(depth: int) -> None:
    """SIG-07."""
    raw = b'{"a":' + b"[" * depth + b"]" * depth + b"}"

    assert read(raw) == read_strictly(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": 1}',
        b'{"a":1}\n',
        b' {"a":1}',
        b'{"b":1,"a":2}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":"\\u000A"}',
        b'{"a":"\\u000a"}',
        b'{"a":"\\u001F"}',
        b'{"a":"\\u00e9"}',
        b'{"a":"\\ud83d\\ude00"}',
        b'{"B":{"b":1,"a":2}}',
        b'{"a":[1 ,2]}',
    ],
)
def test_s10_any_other_spelling_is_refused(raw: bytes) -> None:
    """SIG-09: a document has one spelling, so its digest names its content."""
    assert read_json(raw)
    with pytest.raises(Refused) as refusal:
        read_canonical(raw)
    assert refusal.value.code == "json.not-canonical"


def test_member_names_are_sorted_by_code_unit() -> None:
    """SIG-09: upper case before lower case, the shorter of two first."""
    raw = b'{"":0,"A":1,"Z":2,"_":3,"a":4,"aa":5,"b":6}'

    assert read_canonical(raw)
    assert canonical_bytes(dict(reversed(read_json(raw).items()))) == raw


def test_a_document_too_large_is_refused_before_it_is_compared() -> None:
    """SIG-02."""
    with pytest.raises(Refused) as refusal:
        read_canonical(b'{"a":1}', max_bytes=6)
    assert refusal.value.code == "json.too-large"


def test_sha256_of_the_empty_text() -> None:
    assert sha256(b"").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
