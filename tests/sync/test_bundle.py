"""Entry bundles, deltas and content lines (LOG-42, LOG-53)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.errors import Refused
from entrepot_sync.bundle import MAX_ENTRY_BYTES, decode_bundle, decode_prefix, encode_bundle, split_lines

ENTRIES = st.lists(st.binary(min_size=1, max_size=300), max_size=20)


def refusal_of(raw: bytes, count: int) -> str:
    with pytest.raises(Refused) as refusal:
        decode_bundle(raw, count)
    return refusal.value.code


def test_a_bundle_is_lengths_and_entries() -> None:
    """LOG-42: 2 bytes big-endian length before each entry."""
    assert encode_bundle([b"a", b"bc" * 150]) == b"\x00\x01a\x01\x2c" + b"bc" * 150
    assert decode_bundle(b"\x00\x01a\x00\x02bc", 2) == [b"a", b"bc"]
    assert decode_bundle(b"", 0) == []


@given(ENTRIES)
def test_a_bundle_is_written_and_read_back(entries: list[bytes]) -> None:
    """LOG-42."""
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


@given(st.binary(max_size=60), st.integers(0, 8))
def test_random_bytes_are_a_bundle_to_the_byte_or_refused(raw: bytes, count: int) -> None:
    """LOG-42: only `Refused` leaves the parser, and what it takes has one spelling."""
    try:
        entries = decode_bundle(raw, count)
        outcome = (len(entries), encode_bundle(entries))
    except Refused as refusal:
        outcome = (0, refusal.code.encode())

    assert outcome in ((count, raw), (0, b"log.bundle"))


@given(ENTRIES.filter(bool), st.data())
def test_l20_a_bundle_cut_anywhere_is_refused(entries: list[bytes], data: st.DataObject) -> None:
    """LOG-42."""
    raw = encode_bundle(entries)
    cut = data.draw(st.integers(0, len(raw) - 1))

    assert refusal_of(raw[:cut], len(entries)) == "log.bundle"


@given(ENTRIES, st.binary(min_size=1, max_size=10))
def test_l20_trailing_bytes_are_refused(entries: list[bytes], extra: bytes) -> None:
    """LOG-42."""
    assert refusal_of(encode_bundle(entries) + extra, len(entries)) == "log.bundle"


def test_l20_a_wrong_count_is_refused() -> None:
    """LOG-42: one entry more or less than the size of the tree implies."""
    raw = encode_bundle([b"one", b"two", b"three"])

    assert decode_bundle(raw, 3) == [b"one", b"two", b"three"]
    for count in (0, 1, 2, 4, 256):
        assert refusal_of(raw, count) == "log.bundle"


@pytest.mark.parametrize(
    ("raw", "count"),
    [
        (b"\x00", 1),
        (b"\x00\x02a", 1),
        (b"\xff\xffa", 1),
        (b"\x00\x01a\x00", 2),
        (b"\x00\x01a\x00\x05bcde", 2),
        (b"\x00\x02a\x00\x01b", 2),
    ],
)
def test_l20_a_length_that_lies_is_refused(raw: bytes, count: int) -> None:
    """LOG-42."""
    assert refusal_of(raw, count) == "log.bundle"


@pytest.mark.parametrize("raw", [b"\x00\x00", b"\x00\x01a\x00\x00", b"\x00\x00\x00\x01a"])
def test_l20_an_empty_entry_is_refused(raw: bytes) -> None:
    """LOG-42."""
    for count in (1, 2):
        assert refusal_of(raw, count) == "log.bundle"


def test_entries_that_fit_no_bundle_are_not_written() -> None:
    """LOG-25, LOG-42."""
    longest = bytes(MAX_ENTRY_BYTES)

    assert decode_bundle(encode_bundle([longest]), 1) == [longest]
    for entry in (b"", longest + b"a"):
        with pytest.raises(Refused) as refusal:
            encode_bundle([b"good", entry])
        assert refusal.value.code == "log.bundle"


@given(
    ENTRIES, st.lists(st.binary(min_size=1, max_size=90).filter(lambda line: b"\n" not in line), max_size=9)
)
def test_a_delta_is_a_bundle_and_content_lines(entries: list[bytes], lines: list[bytes]) -> None:
    """LOG-53."""
    raw = encode_bundle(entries) + b"".join(line + b"\n" for line in lines)

    decoded, rest = decode_prefix(raw, len(entries))

    assert decoded == entries
    assert split_lines(rest) == lines


def test_l20_the_bundle_before_the_contents_is_as_strict() -> None:
    """LOG-42, LOG-53: contents cannot stand in for entries that are missing."""
    for raw in (b"\x00\x01a", b"\x00\x01a\x00\x00{}\n", b"\x00\x01a\x00\x09{}\n"):
        with pytest.raises(Refused) as refusal:
            decode_prefix(raw, 2)
        assert refusal.value.code == "log.bundle"


@pytest.mark.parametrize(
    ("raw", "lines"),
    [(b"\n", 0), (b"{}", 0), (b"{}\n{}", 1), (b"{}\n\n{}\n", 2), (b"\n{}\n", 1), (b"{}\n\n", 1), (b"", 0)],
)
def test_empty_and_cut_off_content_lines_cost_the_others_nothing(raw: bytes, lines: int) -> None:
    """LOG-26, LOG-50, LOG-53: what matches no entry is ignored."""
    assert split_lines(raw) == [b"{}"] * lines


def test_lines_beyond_any_need_are_not_looked_at() -> None:
    """LOG-53: millions of lines are no work; a full delta and much noise fit."""
    assert len(split_lines(b"{}\n" * 1024)) == 1024
    assert len(split_lines(b"\n" * 3_000 + b"{}\n" * 1024)) == 1024
    assert len(split_lines(b"a\n" * 1_000_000)) == 4096


def test_one_overlong_line_does_not_spoil_the_others() -> None:
    """LOG-26: its record is refused on its own."""
    overlong = b"a" * 70_000

    assert split_lines(b"{}\n" + overlong + b"\n{}\n") == [b"{}", overlong, b"{}"]
