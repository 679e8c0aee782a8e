"""Streams cut into lines: whatever the chunks, however they are compressed, never more than one line held."""

from __future__ import annotations

import gzip
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_client.events import Event, EventReader
from entrepot_client.lines import LineReader
from entrepot_schema.errors import EntrepotError, PeerFault

LINES = st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line), max_size=20)


def chunks(body: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({min(cut, len(body)) for cut in cuts} | {0, len(body)})
    return [body[begin:end] for begin, end in itertools.pairwise(places)]


@given(LINES, st.lists(st.integers(0, 800), max_size=10), st.booleans())
def test_lines_come_back_however_the_stream_is_cut(
    lines: list[bytes], cuts: list[int], compressed: bool
) -> None:
    body = b"".join(line + b"\n" for line in lines)
    reader = LineReader("gzip" if compressed else "identity", 100)

    found = [
        line
        for chunk in chunks(gzip.compress(body) if compressed else body, cuts)
        for line in reader.feed(chunk)
    ]
    reader.finish()

    assert found == lines


@given(st.binary(max_size=300), st.sampled_from(["gzip", "identity"]))
def test_arbitrary_bytes_leave_only_declared_errors(body: bytes, encoding: str) -> None:
    reader = LineReader(encoding, 50)
    try:
        list(reader.feed(body))
        reader.finish()
    except EntrepotError as error:
        assert isinstance(error, PeerFault)


def test_a_stream_that_breaks_off_within_a_line_is_no_whole_one() -> None:
    reader = LineReader("identity", 100)
    assert list(reader.feed(b"one\ntw")) == [b"one"]

    with pytest.raises(PeerFault) as fault:
        reader.finish()

    assert fault.value.code == "client.cut-off"


def test_a_gzip_stream_that_breaks_off_between_lines_is_no_whole_one() -> None:
    reader = LineReader("gzip", 100)
    body = gzip.compress(b"one\n" * 1000)
    list(reader.feed(body[:-9]))

    with pytest.raises(PeerFault) as fault:
        reader.finish()

    assert fault.value.code == "client.cut-off"


def test_a_compressed_line_without_end_is_refused_before_it_is_inflated() -> None:
    """A few kilobytes that would become 200 MB are refused after one step."""
    reader = LineReader("gzip", 65_536)

    with pytest.raises(PeerFault) as fault:
        list(reader.feed(gzip.compress(b"a" * 200_000_000, 9)))

    assert fault.value.code == "client.answer"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate"])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(PeerFault):
        LineReader(encoding, 10)


def read_events(stream: bytes) -> list[Event]:
    reader = EventReader("0")
    found = [reader.feed(line) for line in stream.split(b"\n")]
    return [event for event in found if event is not None]


def test_events_keep_the_last_id_and_join_their_data() -> None:
    stream = b": hello\nretry: 10\n\nid: 7\nevent: change\ndata: a\ndata:b\n\ndata: c\n\nid: 8\n\n"

    assert read_events(stream) == [Event("7", "change", "a\nb"), Event("7", "message", "c")]


def test_an_event_stream_with_carriage_returns_reads_the_same() -> None:
    assert read_events(b"id: 1\r\ndata: x\r\n\r\n") == [Event("1", "message", "x")]


@given(st.binary(max_size=200))
def test_arbitrary_event_streams_leave_only_declared_errors(stream: bytes) -> None:
    try:
        read_events(stream)
    except EntrepotError as error:
        assert isinstance(error, PeerFault)
