"""Where in a text a JSON Pointer points: the line number people need to mend a file.

Only run when there is something to report, on text that `strict_json` has read, so it may be slow but not wrong.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]

from entrepot_schema.schema_check import escape_pointer

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[^,\]}\s]+")


def lines_of(text: str, pointers: Sequence[str]) -> list[int]:
    """Tell, for each pointer, the line (from 1) on which its value starts, or its nearest parent that exists."""
    if not pointers:
        return []
    places = _Places(text).offsets
    breaks = [match.start() for match in re.finditer("\n", text)]
    return [bisect_left(breaks, _offset(places, pointer)) + 1 for pointer in pointers]


def _offset(places: dict[str, int], pointer: str) -> int:
    while pointer not in places:
        pointer = pointer.rpartition("/")[0]
    return places[pointer]


class _Places:
    """One pass over a JSON text that notes at which offset each value starts."""

    def __init__(self, text: str) -> None:
        self.offsets: dict[str, int] = {}
        self._text = text
        self._value(self._space(0), "")

    def _space(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def _value(self, at: int, pointer: str) -> int:
        self.offsets[pointer] = at
        match self._text[at]:
            case "{":
                return self._members(at, pointer)
            case "[":
                return self._items(at, pointer)
            case '"':
                return int(scanstring(self._text, at + 1)[1])
        scalar = _SCALAR.match(self._text, at)
        return scalar.end() if scalar else at

    def _members(self, at: int, pointer: str) -> int:
        at = self._space(at + 1)
        while self._text[at] != "}":
            start = at
            name, at = scanstring(self._text, at + 1)
            here = f"{pointer}/{escape_pointer(name)}"
            at = self._value(self._space(self._space(at) + 1), here)
            self.offsets[here] = start
            at = self._after(at)
        return at + 1

    def _items(self, at: int, pointer: str) -> int:
        at = self._space(at + 1)
        index = 0
        while self._text[at] != "]":
            at = self._after(self._value(at, f"{pointer}/{index}"))
            index += 1
        return at + 1

    def _after(self, at: int) -> int:
        """Skip a comma if there is one."""
        at = self._space(at)
        return self._space(at + 1) if self._text[at] == "," else at
