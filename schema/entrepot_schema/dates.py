"""Dates against the clock and against each other. Whether a date is real is a wire rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from entrepot_schema.findings import Finding, finding

_KEPT_TIMES = 64  # all profiles of a batch are judged at one time
_STALE_MONTHS, _DEAD_MONTHS, _MOST_OPEN_MONTHS = 12, 36, 12
# Nothing is left to confirm of what has ended.
_ENDED = frozenset({"merged", "dissolved", "ended", "closed", "fulfilled", "withdrawn"})


def date_findings(profile: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    """Judge the dates of a profile."""
    newest, oldest = newest_day(now), oldest_day(now)
    yield from _future_findings(profile, newest)
    yield from _order_findings(profile)
    yield from _status_findings(profile)
    yield from _age_findings(profile, oldest)
    if profile["type"] == "opportunity":
        yield from _opportunity_findings(profile, oldest)


def is_before(first: str, second: str) -> bool:
    """Answer whether one date is surely before another; `2021` is not before `2021-06`."""
    common = min(len(first), len(second))
    return first[:common] < second[:common]


@lru_cache(maxsize=_KEPT_TIMES)
def newest_day(time: datetime) -> str:
    """The latest day that has begun somewhere: days begin 14 hours before they do in UTC."""
    return (time.astimezone(UTC) + timedelta(hours=14)).date().isoformat()


@lru_cache(maxsize=_KEPT_TIMES)
def oldest_day(time: datetime) -> str:
    """The earliest day that has not ended everywhere: days end 12 hours after they do in UTC."""
    return (time.astimezone(UTC) - timedelta(hours=12)).date().isoformat()


def is_stale(updated: str, now: datetime) -> bool:
    """Answer whether a record was last confirmed more than 12 months ago."""
    return is_before(updated, _months_before(oldest_day(now), _STALE_MONTHS))


def _future_findings(profile: Mapping[str, Any], newest: str) -> Iterator[Finding]:
    past = [
        *((f"/{name}", profile.get(name)) for name in ("founded", "statusSince", "updated", "sizeYear")),
        ("/memberCounts/asOf", profile.get("memberCounts", {}).get("asOf")),
        ("/source/retrieved", profile.get("source", {}).get("retrieved")),
    ]
    for pointer, value in past:
        if value and is_before(newest, value):
            hint = "Write the day on which it happened; look for a typing error."
            yield finding("code.future-date", f"{value} lies in the future", pointer=pointer, hint=hint)


def _order_findings(profile: Mapping[str, Any]) -> Iterator[Finding]:
    pairs = (("founded", "statusSince"), ("since", "until"), ("opens", "closes"))
    for first, second in pairs:
        begin, end = profile.get(first), profile.get(second)
        if begin and end and is_before(end, begin):
            message = f"{second} {end} is before {first} {begin}"
            hint = "One of the two is wrong; look for swapped dates."
            yield finding("code.date-order", message, pointer=f"/{second}", hint=hint)


def _status_findings(profile: Mapping[str, Any]) -> Iterator[Finding]:
    status = profile["status"]
    if profile["type"] == "relation":
        if status == "ended" and "until" not in profile:
            hint = "Add until, as exactly as you know it."
            yield finding(
                "code.until-missing", "the relation has ended, but not when", pointer="/status", hint=hint
            )
    elif status in ("dormant", "merged", "dissolved") and "statusSince" not in profile:
        message = f"the organisation is {status}, but not since when"
        hint = "Add statusSince, as exactly as you know it."
        yield finding("code.status-since", message, pointer="/status", hint=hint)


def _age_findings(profile: Mapping[str, Any], oldest: str) -> Iterator[Finding]:
    updated = profile["updated"]
    if profile["status"] in _ENDED or not is_before(updated, _months_before(oldest, _STALE_MONTHS)):
        return
    dead = is_before(updated, _months_before(oldest, _DEAD_MONTHS))
    message = f"nobody has confirmed this record since {updated}"
    hint = "Look whether it still holds, and set updated to the day on which you looked."
    yield finding(
        "code.stale", message, pointer="/updated", hint=hint, severity="error" if dead else "warning"
    )


def _opportunity_findings(profile: Mapping[str, Any], oldest: str) -> Iterator[Finding]:
    opens, closes = profile["opens"], profile["closes"]
    if is_before(opens, _months_before(closes, _MOST_OPEN_MONTHS)):
        message = f"it is open from {opens} to {closes}, for more than {_MOST_OPEN_MONTHS} months"
        hint = "Close it earlier; it can be published again when it still holds."
        yield finding("code.too-long-open", message, pointer="/closes", hint=hint)
    if profile["status"] == "open" and is_before(closes, oldest) and not is_before(closes, opens):
        hint = "Set the status to closed or fulfilled, withdraw it, or move closes."
        message = f"it is open, but closed on {closes}"
        yield finding("code.expired", message, pointer="/closes", hint=hint, severity="warning")


def _months_before(day: str, months: int) -> str:
    """The same day some months earlier; a day that month lacks sorts after its last one, as it should."""
    months_from_zero = int(day[:4]) * 12 + int(day[5:7]) - 1 - months
    return f"{months_from_zero // 12:04}-{months_from_zero % 12 + 1:02}-{day[8:]}"
