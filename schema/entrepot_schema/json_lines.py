"""Where in a text a JSON Pointer points: the line number people need to mend a file.

Only the pointers asked for are followed, all else is skipped by one expression: the cost is linear in the text, the
memory in what is asked. For texts that `strict_json` has read, at least up to where they were cut.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from json.decoder import scanstring  # type: ignore[attr-defined]

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_PLAIN = rf'(?:[^"\[\]{{}}]++|{_STRING})*+'
# What needs no count of brackets: flat objects and lists included. Possessive: nothing is tried twice.
_FLAT = re.compile(rf"(?:{_PLAIN}(?:\{{{_PLAIN}\}}|\[{_PLAIN}\]))*+{_PLAIN}", re.DOTALL)
_SCALAR = re.compile(rf"{_STRING}|[^,\]}}\s]+", re.DOTALL)
_STEPS = {"{": 1, "[": 1, "}": -1, "]": -1}


def lines_of(text: str, pointers: Sequence[str]) -> list[int]:
    """Tell, for each pointer, the line (from 1) on which its value starts, or its nearest parent that exists."""
    return line_numbers(text, offsets_of(text, pointers))


def offsets_of(text: str, pointers: Sequence[str]) -> list[int]:
    """Tell, for each pointer, where its value starts, or its nearest parent that exists; a member at its name."""
    if not pointers:
        return []
    root = _Wanted(_space(text, 0))
    for pointer in set(pointers):
        root.add(pointer)
    # A text may end anywhere, where its records were read one by one: what was met until then stands.
    with suppress(IndexError, ValueError):
        _follow(text, root.offset, root)
    return [root.offset_of(pointer) for pointer in pointers]


def line_numbers(text: str, offsets: Sequence[int]) -> list[int]:
    """Tell the line of each offset, counting from 1."""
    lines: dict[int, int] = {}
    line, before = 1, 0
    for offset in sorted(set(offsets)):
        line += text.count("\n", before, offset)
        lines[offset] = line
        before = offset
    return [lines[offset] for offset in offsets]


def end_of_value(text: str, at: int) -> int:
    """Where the value that starts here ends; past the end of the text where it stays open."""
    if text[at : at + 1] in ("{", "["):
        return _end_of_container(text, at + 1)
    scalar = _SCALAR.match(text, at)
    return scalar.end() if scalar else at


class _Wanted:
    """A place that is looked for, or on the way to one, and what is wanted below it."""

    __slots__ = ("below", "offset")

    def __init__(self, offset: int = -1) -> None:
        self.offset = offset  # -1 until it is met
        self.below: dict[str, _Wanted] = {}

    def add(self, pointer: str) -> None:
        node = self
        for step in _parts(pointer):
            node = node.below.setdefault(step, _Wanted())

    def offset_of(self, pointer: str) -> int:
        node = self
        for step in _parts(pointer):
            if node.below[step].offset < 0:
                break
            node = node.below[step]
        return node.offset


def _parts(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _follow(text: str, at: int, wanted: _Wanted) -> int:
    """Note where everything wanted below a value starts; return where the value ends."""
    if wanted.below and text[at] == "{":
        return _members(text, at, wanted.below)
    if wanted.below and text[at] == "[":
        return _items(text, at, wanted.below)
    return end_of_value(text, at)


def _members(text: str, at: int, below: dict[str, _Wanted]) -> int:
    missing = len(below)
    at = _space(text, at + 1)
    while missing and text[at] != "}":
        start = at
        name, at = scanstring(text, at + 1)
        at = _space(text, _space(text, at) + 1)
        missing -= name in below
        at = _after(text, _enter(text, at, start, below.get(name)))
    return _end_of_container(text, at)


def _items(text: str, at: int, below: dict[str, _Wanted]) -> int:
    missing, index = len(below), 0
    at = _space(text, at + 1)
    while missing and text[at] != "]":
        item = below.get(str(index))
        missing -= item is not None
        at = _after(text, _enter(text, at, at, item))
        index += 1
    return _end_of_container(text, at)


def _enter(text: str, at: int, start: int, wanted: _Wanted | None) -> int:
    """Go through a member or item that starts at `start` and has its value at `at`; return where it ends."""
    if wanted is None:
        return end_of_value(text, at)
    wanted.offset = start
    return _follow(text, at, wanted)


def _end_of_container(text: str, at: int) -> int:
    """Where an object or list ends, from any place between two of its parts."""
    depth = 1
    while True:
        flat = _FLAT.match(text, at)
        at = flat.end() if flat else at
        if at >= len(text) or text[at] == '"':  # a string without end
            return len(text) + 1
        depth += _STEPS.get(text[at], 0)
        at += 1
        if not depth:
            return at


def _space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _after(text: str, at: int) -> int:
    """Skip a comma if there is one."""
    at = _space(text, at)
    return _space(text, at + 1) if text[at] == "," else at
