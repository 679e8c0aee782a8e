"""EXC-07, EXC-10, EXC-22: bodies packed in gzip, zstd, and zstd with the dictionary of `delta`, read by `BodyReader`."""

from __future__ import annotations

import re
import struct
import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entrepot_schema.errors import PeerFault
from entrepot_sync.body_reader import BodyReader
from entrepot_sync.content_coding import (
    DCZ,
    GZIP,
    ZSTD,
    asked_for,
    available_dictionary,
    dcz_head,
    pack,
    packer,
)

ROOT = Path(__file__).parents[2]
DICTIONARY = ROOT / "schema/v1/delta-dictionary.txt"
CODINGS = (GZIP, ZSTD, DCZ)
HEAD = b"\x28\xb5\x2f\xfd"
RAW, RLE = 0, 1


def frame(*blocks: tuple[int, int, bytes], window: int = 0x50) -> bytes:
    """A zstd frame by hand: blocks of a type, a size and bytes (RFC 8878 §3.1.1)."""
    written = HEAD + bytes([0, window])
    for number, (kind, size, content) in enumerate(blocks, 1):
        written += struct.pack("<I", size << 3 | kind << 1 | (number == len(blocks)))[:3] + content
    return written


HELLO = frame((RAW, 5, b"hello"))


def read(coding: str, *chunks: bytes, cap: int = 1000) -> bytes | str:
    """The body, or the code of the refusal."""
    try:
        reader = BodyReader("u", coding, cap, CODINGS)
        for chunk in chunks:
            reader.feed(chunk)
        return reader.finish()
    except PeerFault as fault:
        return fault.code


@given(st.sampled_from(CODINGS), st.binary(max_size=400), st.integers(1, 300), st.integers(1, 50))
def test_the_reader_gives_back_what_was_packed_or_says_too_large(
    coding: str, body: bytes, cap: int, step: int
) -> None:
    wire = pack(coding, body, 3)
    chunks = [wire[start : start + step] for start in range(0, len(wire), step)]

    assert read(coding, *chunks, cap=cap) == (body if len(body) <= cap else "peer.too-large")


@given(st.sampled_from((GZIP, ZSTD)), st.lists(st.binary(max_size=200), max_size=5))
def test_parts_make_one_member_or_frame(coding: str, parts: list[bytes]) -> None:
    making = packer(coding, 1)
    wire = b"".join(making.compress(part) for part in parts) + making.flush()

    assert read(coding, wire) == b"".join(parts)


@given(st.sampled_from(CODINGS), st.lists(st.binary(max_size=40), max_size=5))
@example(ZSTD, [HEAD])
@example(DCZ, [dcz_head(), HEAD])
def test_h13_any_bytes_are_a_body_or_are_refused(coding: str, chunks: list[bytes]) -> None:
    """H13."""
    assert isinstance(read(coding, *chunks, cap=50), bytes) or read(coding, *chunks, cap=50) in (
        "peer.encoding",
        "peer.too-large",
    )


@given(st.sampled_from((ZSTD, DCZ)), st.binary(min_size=1, max_size=200), st.data())
def test_h13_a_frame_that_is_cut_or_longer_is_refused(coding: str, body: bytes, data: st.DataObject) -> None:
    """EXC-22, H13: one frame, whole, with nothing after it."""
    wire = pack(coding, body, 3)
    cut = data.draw(st.integers(0, len(wire) - 1))

    assert read(coding, wire[:cut]) == "peer.encoding"
    for surplus in (b"x", HELLO, b"\x5e\x2a\x4d\x18\x00\x00\x00\x00"):
        assert read(coding, wire + surplus) == read(coding, wire, surplus) == "peer.encoding"


def test_h13_the_pieces_that_a_body_comes_in_do_not_decide_what_it_is() -> None:
    """EXC-22, H13: what lies behind the magic of this frame looks like a frame to skip, which libzstd did where it came alone."""
    size = 0x184D + 256  # written in two bytes, they are those of the other magic
    blocks = (RAW, 1, b"\0"), (RLE, 1, b"b"), (RLE, size - 2, b"a")
    wire = HEAD + b"\x50\x2a\x4d\x18" + frame(*blocks)[6:]
    plain = b"\0b" + b"a" * (size - 2)

    for coding, head in ((ZSTD, b""), (DCZ, dcz_head())):
        for at in range(1, len(head + wire)):
            assert read(coding, (head + wire)[:at], (head + wire)[at:], cap=size) == plain, at


def test_h13_a_frame_to_skip_is_no_body() -> None:
    """EXC-10, EXC-22: nor is what stands before the frame of dcz, where zstd is said."""
    skippable = b"\x50\x2a\x4d\x18\x05\0\0\0hello"

    for coding, wire in ((ZSTD, skippable), (ZSTD, dcz_head()), (DCZ, dcz_head() + skippable)):
        assert read(coding, wire) == read(coding, wire + HELLO) == "peer.encoding"


def test_h13_frames_that_lie_are_refused() -> None:
    """EXC-22: about their size, their sum, their dictionary, or in bits that nobody may set."""
    block = HELLO[6:]
    true = b"\x20\x05", b"\xa0\x05\0\0\0", b"\x01\x50\0"
    false = (
        b"\x20\x04", b"\x20\x06", b"\xa0\x01\0\x80\0", b"\xe0" + b"\xff" * 7 + b"\x0f",
        b"\x01\x50\x07", b"\x08\x50", b"\x04\x50",
    )  # fmt: skip

    assert [read(ZSTD, HEAD + head + block) for head in true] == [b"hello"] * 3
    assert {read(ZSTD, HEAD + head + block) for head in false} == {"peer.encoding"}
    assert read(ZSTD, HEAD + b"\x04\x50" + block + b"abcd") == "peer.encoding"
    assert read(ZSTD, frame((3, 5, b"hello"))) == "peer.encoding"


def test_h13_a_frame_may_have_a_window_of_8_mib_and_no_larger() -> None:
    """EXC-10, EXC-22: RFC 9659: who asks for more asks for memory."""
    assert read(ZSTD, frame((RAW, 5, b"hello"), window=13 << 3)) == b"hello"
    assert read(ZSTD, frame((RAW, 5, b"hello"), window=13 << 3 | 1)) == "peer.encoding"
    assert read(DCZ, dcz_head() + frame((RAW, 5, b"hello"), window=14 << 3)) == "peer.encoding"


@pytest.mark.parametrize("coding", [ZSTD, DCZ])
def test_h13_a_bomb_is_refused_in_bounded_memory(coding: str) -> None:
    """H13: 256 MiB in 8 KB: never more is inflated than the cap and one byte."""
    bomb = frame(*[(RLE, 128 << 10, b"a")] * 2048)
    wire = dcz_head() + bomb if coding == DCZ else bomb
    read(coding, pack(coding, b"x", 3))  # what is loaded once does not count

    tracemalloc.start()
    try:
        said = read(coding, wire, cap=256 << 10)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(wire) < 10_000
    assert said == "peer.too-large"
    assert peak < 4 << 20


def test_a_dictionary_that_is_not_ours_is_refused() -> None:
    """EXC-10: the hash in front names it, whatever lies behind."""
    wire = pack(DCZ, b"hello" * 20, 9)
    other = wire[:8] + sha256(b"another").digest() + wire[40:]

    assert read(DCZ, wire) == b"hello" * 20
    assert {read(DCZ, other), read(DCZ, *[bytes([one]) for one in other]), read(DCZ, wire[40:])} == {
        "peer.encoding"
    }
    assert read(ZSTD, wire) == "peer.encoding"


def test_only_what_was_asked_for_is_read() -> None:
    """EXC-22: and gzip, which bundles may have without being asked for."""
    for coding in CODINGS:
        wire = pack(coding, b"hello" * 20, 9)
        for asked in ((), (GZIP,), (ZSTD, GZIP), CODINGS):
            try:
                reader = BodyReader("u", coding, 1000, asked)
                reader.feed(wire)
                assert (reader.finish(), coding in (GZIP, *asked)) == (b"hello" * 20, True)
            except PeerFault as fault:
                assert (fault.code, coding in (GZIP, *asked)) == ("peer.encoding", False)


def test_the_dictionary_is_asked_for_where_answers_are_small() -> None:
    """EXC-10: `delta` alone."""
    assert asked_for("/feed/delta?from=0&to=1") == (DCZ, ZSTD, GZIP)
    for path in ("/feed/contents/0", "/feed/checkpoint", "/feed/x?/delta", "/delta/keys.jsonl"):
        assert asked_for(path) == (ZSTD, GZIP)


def test_the_dictionary_has_the_bytes_of_the_standard() -> None:
    """EXC-10: they never change, or no two versions of a node understood each other."""
    raw = DICTIONARY.read_bytes()
    text = (ROOT / "spec/exchange.md").read_text("utf-8")
    stated = re.search(r"delta-dictionary\.txt\), ([\d,]+) bytes, SHA-256 `([0-9a-f]{64})`", text)

    assert stated is not None
    assert (f"{len(raw):,}", sha256(raw).hexdigest()) == stated.groups()
    assert available_dictionary() == ":3bCuPXuFEEvwb0PKqvjuPwmB6MyX/ut/A8BxH8vqxRE=:"
