"""EXC-26: Retry-After in seconds or as a date, clamped to one second to one hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_sync.retry_after import DEFAULT_SECONDS, MAX_SECONDS, MIN_SECONDS, parse_retry_after

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5),
        (" 5\t", 5),
        ("0005", 5),
        ("0", MIN_SECONDS),
        ("3601", MAX_SECONDS),
        ("1000000000", MAX_SECONDS),
        ("9" * 100_000, MAX_SECONDS),
    ],
)
def test_H16_seconds_are_honoured_and_clamped(value, seconds):
    assert parse_retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    "value",
    [
        "Sun, 01 Mar 2026 12:02:00 GMT",
        "Sunday, 01-Mar-26 12:02:00 GMT",
        "Sun Mar  1 12:02:00 2026",
    ],
)
def test_H16_all_three_http_dates_are_honoured(value):
    assert parse_retry_after(value, NOW) == 120


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Sun, 01 Mar 2026 11:00:00 GMT", MIN_SECONDS),
        ("Fri, 31 Dec 9999 23:59:60 GMT", MAX_SECONDS),
        ("Sat, 01 Jan 0001 00:00:00 GMT", MIN_SECONDS),
        ("Sunday, 06-Nov-94 08:49:37 GMT", MIN_SECONDS),
        ("Sunday, 06-Nov-70 08:49:37 GMT", MAX_SECONDS),
    ],
)
def test_H16_dates_are_clamped(value, seconds):
    assert parse_retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    "value",
    [
        None, "", "-1", "+5", "1_0", "1.5", "1e3", "5 seconds", "soon", "\N{ARABIC-INDIC DIGIT FIVE}",
        "\N{SUPERSCRIPT TWO}", "Sun, 31 Feb 2026 12:02:00 GMT", "Sun, 01 Mar 2026 25:00:00 GMT",
        "Sun, 01 Mar 2026 12:02:00 CET", "Sun, 01 Mar 0000 12:02:00 GMT", "2026-03-01T12:02:00Z", "5, 7",
    ],
)  # fmt: skip
def test_H16_what_makes_no_sense_counts_as_not_said(value):
    assert parse_retry_after(value, NOW) == DEFAULT_SECONDS


@given(
    st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT", fullmatch=True)
)
def test_no_text_escapes_the_clamp(value):
    assert MIN_SECONDS <= parse_retry_after(value, NOW) <= MAX_SECONDS


@given(st.integers(min_value=1, max_value=3600))
def test_seconds_and_the_date_they_lead_to_mean_the_same(seconds):
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert parse_retry_after(str(seconds), NOW) == parse_retry_after(date, NOW) == seconds
