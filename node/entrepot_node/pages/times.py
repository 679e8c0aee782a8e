"""Times in words. `now` is always an argument."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from markupsafe import Markup

from entrepot_node.pages.messages import CHINESE, Messages
from entrepot_schema.timestamp import format_seconds

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?", re.ASCII)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def date_text(iso: str, language: str) -> str:
    """Write a year, month or day as people of a language do; other texts stay as they are."""
    match = _DATE.fullmatch(iso)
    if match is None or not 1 <= int(match[2] or 1) <= 12:
        return iso
    year, month, day = match[1], match[2], match[3]
    if language == CHINESE:
        parts = [f"{int(year)}年", f"{int(month)}月" if month else "", f"{int(day)}日" if day else ""]
        return "".join(parts)
    name = _MONTHS[int(month) - 1] if month else ""
    return " ".join(part for part in (str(int(day)) if day else "", name, str(int(year))) if part)


def moment(seconds: float, messages: Messages) -> Markup:
    """Write a POSIX time as a `<time>` element in UTC."""
    return _time_element(format_seconds(seconds), messages)


def timestamp_text(timestamp: str, messages: Messages) -> Markup:
    """Write a timestamp of the log as a `<time>` element."""
    return _time_element(timestamp, messages)


def duration(seconds: float, messages: Messages) -> Markup:
    """Write a length of time in its largest whole unit."""
    seconds = max(0, seconds)
    for unit, name in ((_DAY, "days"), (_HOUR, "hours"), (_MINUTE, "minutes")):
        if seconds >= unit:
            return messages.counted(f"time.{name}", int(seconds // unit))
    return messages("time.less")


def ago(seconds: float, messages: Messages) -> Markup:
    """Write how long ago something was."""
    return messages("time.ago", duration=duration(seconds, messages))


def confirmed(iso: str, now: float, messages: Messages) -> Markup | None:
    """Say how long ago a publisher confirmed its record; None without a day, or with one to come."""
    days = _days_since(iso, now)
    if days is None or days < -1:
        return None
    return messages("card.confirmed", when=_age(days, messages))


def day_age(iso: str, now: float, messages: Messages) -> Markup | None:
    """Say how long ago a day was, None when the text is no day of the calendar."""
    days = _days_since(iso, now)
    if days is None:
        return None
    # A day that has begun east of Greenwich is no day to come.
    return messages("prov.future") if days < -1 else _age(days, messages)


def _age(days: int, messages: Messages) -> Markup:
    """Write an age as roughly as people think of it: 12 days, 3 months, 2 years."""
    if days < 1:
        return messages("prov.today")
    for unit, name, least in ((365.25, "years", 730), (30.44, "months", 61)):
        if days >= least:
            return messages("time.ago", duration=messages.counted(f"time.{name}", int(days // unit)))
    return ago(days * _DAY, messages)


def _days_since(iso: str, now: float) -> int | None:
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return None
    return (datetime.fromtimestamp(now, UTC).date() - day).days


def _time_element(timestamp: str, messages: Messages) -> Markup:
    day, clock = timestamp[:10], timestamp[11:16]
    text = messages("time.at", date=date_text(day, messages.language), clock=clock)
    return Markup('<time datetime="{}">{}</time>').format(timestamp, text)
