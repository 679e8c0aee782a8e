"""Times and dates as the standard writes them (LOG-16).

Python's `fromisoformat` takes week dates, missing separators and other offsets; here there is one spelling.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache

_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z", re.ASCII
)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)


def is_timestamp(value: object) -> bool:
    """Answer whether this is a real `YYYY-MM-DDThh:mm:ssZ`, year 0001 to 9999."""
    return isinstance(value, str) and _is_time(value)


@lru_cache(maxsize=1_024)
def _is_time(text: str) -> bool:
    # Kept, as a batch has one time, and each of its records says it four times.
    match = _TIMESTAMP.fullmatch(text)
    return match is not None and _is_day(int(match[1]), int(match[2]), int(match[3]))


def is_date(value: str) -> bool:
    """Answer whether this is a real calendar date `YYYY-MM-DD`."""
    match = _DATE.fullmatch(value)
    return match is not None and _is_day(int(match[1]), int(match[2]), int(match[3]))


def format_timestamp(time: datetime) -> str:
    """Write an aware time as UTC, whole seconds (fractions are cut off)."""
    # Not strftime: its %Y writes the year 987 with three digits on Linux.
    return time.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def format_seconds(seconds: float) -> str:
    """Write a POSIX time, as `format_timestamp` does."""
    return format_timestamp(datetime.fromtimestamp(seconds, UTC))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
