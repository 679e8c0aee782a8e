"""Foreign text made harmless to read, before it is escaped: no controls, nothing that reorders what stands around it.

`<bdi>` isolates a text on the page; a title bar and a raw document have no such element.
"""

from __future__ import annotations

import json
import re
from typing import Any

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_REORDERING = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile(
    r"[\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)
_TITLE_LENGTH = 90


def readable(text: str) -> str:
    """Replace control characters, which no page should carry, by a visible mark."""
    return _CONTROLS.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Cut a text to what a title bar holds, in one line and one reading order."""
    line = " ".join(_REORDERING.sub("", readable(text)).split())
    return line if len(line) <= _TITLE_LENGTH else f"{line[:_TITLE_LENGTH]}…"


def pretty_json(value: Any) -> str:
    """Write JSON for people: indented, and what cannot be seen as escapes, so that nothing hides in it."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    return _INVISIBLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]
