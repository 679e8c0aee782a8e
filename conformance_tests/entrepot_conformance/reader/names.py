"""Names and times: LOG-01, LOG-02, LOG-16, SIG-23."""

from __future__ import annotations

import re
from datetime import datetime

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_FEED_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
_ID = re.compile(r"[a-z2-7]{26}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]Z")


def is_origin(origin: str) -> bool:
    """Say whether this is a lower-case host name of at least two labels (LOG-01)."""
    labels = origin.split(".")
    good = len(origin) <= 253 and len(labels) >= 2 and all(_LABEL.fullmatch(label) for label in labels)
    return good and not re.fullmatch("[0-9]+", labels[-1])


def is_feed_name(feed: str) -> bool:
    """Say whether this is `<origin>/feed/<n>` (LOG-02)."""
    origin, _, number = feed.partition("/feed/")
    return is_origin(origin) and bool(_FEED_NUMBER.fullmatch(number))


def is_subject(text: object, origin: str) -> bool:
    """Say whether `text` is a subject id of this origin (SIG-23, LOG-14)."""
    prefix = f"https://{origin}/id/"
    return isinstance(text, str) and text.startswith(prefix) and bool(_ID.fullmatch(text[len(prefix) :]))


def is_time(text: object) -> bool:
    """Say whether `text` is a real UTC date and time `YYYY-MM-DDThh:mm:ssZ` (LOG-16)."""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
