"""Names: origins, feed names, subjects, and the did:web forms of an origin (LOG-01, LOG-02, SIG-23).

A name is identity, never a location. Nothing is fetched because a name says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from entrepot_schema.errors import Refused

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}", re.ASCII)
_FEED_NAME = re.compile(r"([^/]+)/feed/([1-9][0-9]{0,5})", re.ASCII)
_SUBJECT = re.compile(r"https://([^/]+)/id/([a-z2-7]{26})", re.ASCII)
_MAX_ORIGIN = 253


@lru_cache(maxsize=4_096)
def is_origin(text: str) -> bool:
    """Answer whether the text is an origin (LOG-01). Kept, as each entry and record names one."""
    if len(text) > _MAX_ORIGIN or not _ORIGIN.fullmatch(text):
        return False
    return not text.rpartition(".")[2].isdigit()


def parse_origin(text: str) -> str:
    """Return the text when it is an origin; raise `log.origin` otherwise (LOG-01)."""
    if not is_origin(text):
        hint = "An origin is a lower-case host name such as biomed.example, without scheme, port or path."
        raise Refused("log.origin", f"{text[:80]!r} is not an origin", hint=hint)
    return text


@dataclass(frozen=True, slots=True, order=True)
class FeedName:
    """`<origin>/feed/<n>`, for example `biomed.example/feed/1`."""

    origin: str
    number: int

    def __str__(self) -> str:
        return f"{self.origin}/feed/{self.number}"


def parse_feed_name(text: str) -> FeedName:
    """Read a feed name; raise `log.feed-name` (LOG-02)."""
    match = _FEED_NAME.fullmatch(text)
    if match is None or not is_origin(match[1]):
        raise Refused("log.feed-name", f"{text[:80]!r} is not a feed name such as biomed.example/feed/1")
    return FeedName(match[1], int(match[2]))


def is_feed_name(text: str) -> bool:
    """Answer whether a text is a feed name; other logs have any origin line."""
    try:
        parse_feed_name(text)
    except Refused:
        return False
    return True


def did_web(origin: str) -> str:
    """The did:web identifier of an origin."""
    return f"did:web:{origin}"


def subject_of(origin: str, random_part: str) -> str:
    """The id `https://<origin>/id/<26 letters>`."""
    return f"https://{origin}/id/{random_part}"


def subject_origin(subject: str) -> str | None:
    """The origin of a subject id, or None when the text is no subject id (SIG-23)."""
    match = _SUBJECT.fullmatch(subject)
    if match is None or not is_origin(match[1]):
        return None
    return match[1]
