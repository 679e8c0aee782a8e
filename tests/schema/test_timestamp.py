"""Times and dates in their one spelling (SIG-24, LOG-16, PRO-20)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.timestamp import format_timestamp, is_date, is_timestamp


@pytest.mark.parametrize(
    "text",
    ["2026-05-04T09:30:00Z", "2028-02-29T23:59:59Z", "2000-02-29T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
)  # fmt: skip
def test_real_times(text: str) -> None:
    """LOG-16: `YYYY-MM-DDThh:mm:ssZ`, year 0001 to 9999."""
    assert is_timestamp(text)


@pytest.mark.parametrize(
    "value",
    ["2026-02-30T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z",
     "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T23:60:00Z",
     "2026-06-30T23:59:60Z", "10000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "2026-W01-1T00:00:00Z", "20260101T000000Z",
     "2026-001T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00-00:00",
     "2026-01-01T00:00:00z", "2026-01-01t00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00.0Z", "2026-01-01T00:00Z",
     "2026-01-01T0:00:00Z", "2026-1-1T00:00:00Z", "2026-01-01", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z\n",
     "2026-01-01T00:00:00Z ", "２０２６-01-01T00:00:00Z", "2026-01-01T00:00:0\u0660Z", "-026-01-01T00:00:00Z", "", None, 0,
     1777887000, True, [], {}, b"2026-01-01T00:00:00Z"],
)  # fmt: skip
def test_j15_what_is_no_time(value: object) -> None:
    """LOG-16: no 30 February, second 60, year 10000, week date or missing offset."""
    assert not is_timestamp(value)


@pytest.mark.parametrize("text", ["2026-01-01", "2028-02-29", "2000-02-29", "0001-01-01", "9999-12-31"])
def test_real_dates(text: str) -> None:
    """PRO-20: days of the proleptic Gregorian calendar."""
    assert is_date(text)


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-02-29", "1900-02-29", "2100-02-29", "2026-04-31", "2026-00-10", "2026-13-10", "2026-10-00",
     "2026-10-32", "0000-01-01", "10000-01-01", "20260101", "2026-W01-1", "2026-001", "2026", "2026-01", "2026-1-1",
     "2026-01-01\n", " 2026-01-01", "2026-01-01T00:00:00Z", "２０２６-01-01", ""],
)  # fmt: skip
def test_j15_what_is_no_date(text: str) -> None:
    """PRO-20."""
    assert not is_date(text)


def test_a_time_is_written_in_utc_without_fraction() -> None:
    zone = timezone(timedelta(hours=8))

    assert format_timestamp(datetime(2026, 1, 1, 7, 59, 59, 999_999, tzinfo=zone)) == "2025-12-31T23:59:59Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_time_is_written_as_a_time(time: datetime) -> None:
    """LOG-16: with four digits of the year also before 1000."""
    text = format_timestamp(time)

    assert is_timestamp(text)
    assert datetime.fromisoformat(text) == time.replace(microsecond=0)


@given(st.dates())
def test_every_day_is_a_date(day: date) -> None:
    """PRO-20."""
    assert is_date(day.isoformat())


@given(st.text(st.sampled_from("0123456789-T:Z"), min_size=8, max_size=22))
def test_what_is_taken_for_a_time_is_one_to_python_too(text: str) -> None:
    """LOG-16."""
    if is_timestamp(text):
        assert format_timestamp(datetime.fromisoformat(text)) == text
