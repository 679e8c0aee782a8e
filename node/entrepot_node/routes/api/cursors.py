"""Cursors: where a list is read on. Opaque to callers, and no cursor of one list is good for another.

A cursor names a place, never an offset: what comes or goes meanwhile is neither skipped nor shown twice (EXC-50).
"""

from __future__ import annotations

import base64
import re

from entrepot_schema.errors import Misuse

MAX_CURSOR = 200
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_MAX_NUMBER = 2**62


def write_cursor(list_name: str, *numbers: int) -> str:
    """Write the place behind which reading goes on."""
    text = ".".join([list_name, *map(str, numbers)])
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def read_cursor(list_name: str, cursor: str, start: tuple[int, int]) -> tuple[int, int]:
    """Read a place of two numbers; `start` for the empty cursor. Raise `http.cursor` for what we did not write."""
    return start if not cursor else _read(list_name, cursor, 2)  # type: ignore[return-value]  # two, as asked


def read_number(list_name: str, cursor: str, start: int) -> int:
    """Read a place of one number; like `read_cursor`."""
    return _read(list_name, cursor, 1)[0] if cursor else start


def _read(list_name: str, cursor: str, count: int) -> tuple[int, ...]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        name, *parts = raw.decode("ascii").split(".")
    except ValueError as error:
        raise _foreign() from error
    numbers = tuple(int(part) for part in parts if _NUMBER.fullmatch(part))
    if name != list_name or len(parts) != count or len(numbers) != count or max(numbers) > _MAX_NUMBER:
        raise _foreign()
    if write_cursor(list_name, *numbers) != cursor:
        raise _foreign()
    return numbers


def _foreign() -> Misuse:
    hint = "Use the `next` of an answer of this list as it is, or none to begin at the start."
    return Misuse("http.cursor", "this list of this node did not give this cursor", hint=hint)
