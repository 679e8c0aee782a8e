"""base58btc, both ways: the bytes of keys, signatures and key-log hashes (SIG-10, SIG-12)."""

from __future__ import annotations

import base58 as reference
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema import base58


@given(st.binary(max_size=80))
def test_encode_and_decode_are_inverse(raw: bytes) -> None:
    """SIG-10, SIG-12."""
    text = base58.encode(raw)

    assert base58.decode(text, len(raw)) == raw
    assert text == reference.b58encode(raw).decode()


@given(st.text(st.sampled_from(base58.ALPHABET), max_size=100), st.integers(0, 70))
def test_what_is_decoded_has_one_spelling(text: str, length: int) -> None:
    """SIG-10, SIG-12: exactly the length asked for, and the same text again."""
    raw = base58.decode(text, length)

    if raw is not None:
        assert len(raw) == length
        assert base58.encode(raw) == text


@given(st.text(max_size=100), st.integers(0, 70))
def test_any_text_is_decoded_or_not(text: str, length: int) -> None:
    raw = base58.decode(text, length)

    assert raw is None or base58.encode(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"", ""), (b"\0", "1"), (b"\0\0\0", "111"), (b"\0\x01", "12"), (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
     (bytes.fromhex("0000287fb4cd"), "11233QC4"), (b"\xff" * 4, "7YXq9G")],
)  # fmt: skip
def test_known_pairs(raw: bytes, text: str) -> None:
    assert base58.encode(raw) == text
    assert base58.decode(text, len(raw)) == raw


@pytest.mark.parametrize(
    "text", ["2NEpo7TZRRrLZSi2U ", " 2NEpo7TZRRrLZSi2U", "2NEpo7TZRRrLZSi2U\n", "12NEpo7TZRRrLZSi2U", "2NEpo7TZRRrLZSi",
             "2NEpo7TZRRrLZSi2O", "2NEpo7TZRRrLZSi20", "2NEpo7TZRRrLZSi2I", "2NEpo7TZRRrLZSi2l", "", "２NEpo7TZRRrLZSi2U"],
)  # fmt: skip
def test_s15_other_spellings_and_lengths_are_not_decoded(text: str) -> None:
    """SIG-10, SIG-12: common libraries take the first three."""
    assert base58.decode(text, len(b"Hello World!")) is None


def test_s15_a_text_of_megabytes_is_refused_by_its_length() -> None:
    assert base58.decode("z" * 10_000_000, 64) is None
    assert base58.decode("1" * 10_000_000, 64) is None
