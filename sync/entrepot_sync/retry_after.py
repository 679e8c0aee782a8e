"""How long a throttling peer asks us to wait: the Retry-After header (EXC-26, RFC 9110 §10.2.3 and §5.6.7).

The answer is always between one second and one hour: a peer can slow us down, it cannot stop us or make us
spin. What is neither a number of seconds nor one of the three HTTP dates counts as not said.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

MIN_SECONDS = 1.0
MAX_SECONDS = 3600.0
DEFAULT_SECONDS = 60.0

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})"
_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LONG_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DATES = (  # not strptime: its names of days and months follow the locale of the process
    re.compile(rf"{_DAY}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_CLOCK} GMT", re.ASCII),
    re.compile(rf"{_LONG_DAY}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_CLOCK} GMT", re.ASCII),
    re.compile(rf"{_DAY} {_MONTH} (?P<day>[0-9 ][0-9]) {_CLOCK} (?P<year>[0-9]{{4}})", re.ASCII),
)


def parse_retry_after(value: str | None, now: datetime) -> float:
    """Return the seconds to wait, 1 to 3600; 60 where the header is missing or makes no sense (EXC-26).

    `now` is aware; a date is measured from it, so a wrong clock on either side costs an hour at most.
    """
    text = (value or "").strip(" \t")
    if text.isascii() and text.isdigit():
        return _clamp(float(text))  # not int(): it refuses thousands of digits, float() calls them infinite
    when = _parse_date(text, now)
    return DEFAULT_SECONDS if when is None else _clamp((when - now).total_seconds())


def _clamp(seconds: float) -> float:
    return min(max(seconds, MIN_SECONDS), MAX_SECONDS)


def _parse_date(text: str, now: datetime) -> datetime | None:
    match = next((found for pattern in _DATES if (found := pattern.fullmatch(text))), None)
    if match is None:
        return None
    year = int(match["year"])
    if len(match["year"]) == 2:
        year = _full_year(year, now.year)
    clock = int(match["hour"]), int(match["minute"]), min(int(match["second"]), 59)  # 60 is a leap second
    try:
        return datetime(year, 1 + _MONTHS.index(match["month"]), int(match["day"]), *clock, tzinfo=UTC)
    except ValueError:
        return None


def _full_year(two_digits: int, this_year: int) -> int:
    """Return the year that ends so and is at most 50 years ahead (RFC 9110 §5.6.7)."""
    year = this_year - this_year % 100 + two_digits
    return year - 100 if year > this_year + 50 else year
