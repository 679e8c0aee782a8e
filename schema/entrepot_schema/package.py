"""Files as people keep them on a laptop: a package, JSON Lines, one profile, or one signed record.

    file = PackageFile(raw)
    for part in file.parts(): ...       # head, profiles and signed records, in the order of the file
    file.places([(part.chunk, "/records/0/name")])   # [Place(line=7, …)]

A package is JSON (its profiles in `records`) or JSON Lines (one object a line; the line of the head has no records of
its own and stands anywhere). Both are read one profile at a time, strictly and as on the wire, but for a byte order
mark at the start, which is skipped (PRO-70 to PRO-72). A file is a row of chunks: lines, or one chunk for JSON.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any, Literal

from entrepot_schema.errors import Refused
from entrepot_schema.json_faults import fault_line
from entrepot_schema.json_lines import end_of_value, line_numbers, offsets_of
from entrepot_schema.strict_json import (
    MAX_RECORD_BYTES,
    decode_text,
    members,
    not_json,
    read_json,
    read_value,
)

MAX_FILE_BYTES = 512 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r"
_SPACE = re.compile(r"[ \t\n\r]*")
_SOMETHING = re.compile(rb"[^ \t\n\r]")

Kind = Literal["head", "profile", "record", "broken"]


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a file. Of a broken one, `value` is the `Refused` that says why.

    A head has its `records` emptied: they are parts of their own. `pointer` leads through the chunk.
    """

    kind: Kind
    value: Any
    pointer: str
    chunk: int


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file: the line, from 1, and the offset within the chunk. Places sort as they stand."""

    line: int
    offset: int = 0


class PackageFile:
    """The bytes of one file, and the documents in it."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.has_bom = raw.startswith(_BOM)
        start = len(_BOM) if self.has_bom else 0
        self.is_lines = len(raw) <= MAX_FILE_BYTES and _is_lines(raw, start)
        # Start and end of each chunk, and its first line: three numbers for a line, not an object.
        self._starts, self._ends, self._lines = array("Q"), array("Q"), array("Q")
        self._start = start

    def parts(self) -> Iterator[Part]:
        """Yield each document once. In JSON Lines a broken line does not hide the next; a JSON file ends there.

        The head of a package in JSON comes last: its members may stand behind the records.
        """
        for start, end, line in self._chunks():
            chunk = len(self._starts)
            self._starts.append(start)
            self._ends.append(end)
            self._lines.append(line)
            try:
                yield from _parts(self._text(chunk), chunk)
            except Refused as refused:
                yield Part("broken", self._in_file(refused, line), "", chunk)

    def places(self, wanted: Sequence[tuple[int, str]]) -> list[Place]:
        """Tell where the values that chunk and pointer name start. Of what `parts` has read."""
        pointers: dict[int, list[str]] = {}
        for chunk, pointer in wanted:
            pointers.setdefault(chunk, []).append(pointer)
        found: dict[tuple[int, str], Place] = {}
        for chunk, asked in pointers.items():
            text = self._text(chunk)
            offsets = offsets_of(text, asked)
            for pointer, offset, line in zip(asked, offsets, line_numbers(text, offsets), strict=True):
                found[chunk, pointer] = Place(self._lines[chunk] + line - 1, offset)
        return [found[one] for one in wanted]

    def place_of(self, broken: Part) -> Place:
        """Tell where reading stopped; line 0 where nothing was read, or the fault lies too deep in a large file."""
        cause = broken.value.__cause__
        first = self._lines[broken.chunk]
        if isinstance(cause, UnicodeDecodeError):
            return Place(first + cause.object.count(b"\n", 0, cause.start))
        if isinstance(cause, JSONDecodeError):
            return Place(first + cause.lineno - 1)
        if self.is_lines:
            return Place(first)
        return Place(
            0
            if broken.value.code == "json.too-large"
            else fault_line(self._text(broken.chunk), broken.value.code)
        )

    def _in_file(self, refused: Refused, line: int) -> Refused:
        """Let the sentence about a line of JSON Lines name the line of the file, not line 1."""
        cause = refused.__cause__
        if self.is_lines and isinstance(cause, JSONDecodeError):
            message = f"this is not JSON: {cause.msg}: line {line} column {cause.colno}"
            refused = Refused(refused.code, message, hint=refused.hint)
            refused.__cause__ = cause
        return refused

    def _chunks(self) -> Iterator[tuple[int, int, int]]:
        start, line = self._start, 1
        if not self.is_lines:
            yield start, len(self._raw), 1
            return
        while start < len(self._raw):
            end = self._raw.find(b"\n", start)
            end = len(self._raw) if end < 0 else end
            if self._raw[start:end].strip(_BLANK):
                yield start, end, line
            start, line = end + 1, line + 1

    def _text(self, chunk: int) -> str:
        return decode_text(self._raw[self._starts[chunk] : self._ends[chunk]], max_bytes=MAX_FILE_BYTES)


def _is_lines(raw: bytes, start: int) -> bool:
    """Answer whether the first line with anything in it is a whole object, and more stands below it."""
    end = raw.find(b"\n", start)
    while end >= 0 and not raw[start:end].strip(_BLANK):
        start = end + 1
        end = raw.find(b"\n", start)
    if end < 0:
        return False
    first = raw[start:end].strip(_BLANK)
    if not (first.startswith(b"{") and first.endswith(b"}")) or _is_blank(raw, end):
        return False
    text = first.decode("utf-8", "replace")
    return end_of_value(text, 0) == len(text)


def _is_blank(raw: bytes, start: int) -> bool:
    return _SOMETHING.search(raw, start) is None


def _parts(text: str, chunk: int) -> Iterator[Part]:
    """The documents of one JSON text. Its records are read one by one, so that only the text is held whole."""
    whole = _whole(text)
    if whole is not None:
        yield _part(whole, chunk)
        return
    at = _space(text, 0)
    if not text.startswith("{", at):
        read_json(text.encode(), max_bytes=MAX_FILE_BYTES)  # refuses: this is no object
    found: list[tuple[str, Any]] = []
    at = _space(text, at + 1)
    more = not text.startswith("}", at)
    while more:
        name, at = _name(text, at)
        if name == "records" and text.startswith("[", at):
            at = yield from _records(text, at, chunk)
            found.append((name, []))
        else:
            value, at = read_value(text, at, depth=1)
            found.append((name, value))
        more, at = _after(text, at, "}")
    at = at if found else _space(text, at + 1)
    if at < len(text):
        raise _wrong("Extra data", text, at)
    yield _part(members(found), chunk)


def _whole(text: str) -> dict[str, Any] | None:
    """A small object without records, read at once in a third of the time; None for all that is to be read in parts.

    So is what is refused: there the place of the fault is told.
    """
    if len(text) > MAX_RECORD_BYTES:
        return None
    try:
        value, end = read_value(text, _space(text, 0), depth=0)
    except Refused:
        return None
    is_one = isinstance(value, dict) and not isinstance(value.get("records"), list)
    return value if is_one and _space(text, end) == len(text) else None


def _records(text: str, at: int, chunk: int) -> Generator[Part, None, int]:
    """Yield the records of a package one by one; return where the list ends."""
    at = _space(text, at + 1)
    if text.startswith("]", at):
        return at + 1
    index, more = 0, True
    while more:
        value, at = read_value(text, at, depth=2)
        signed = isinstance(value, dict) and "proof" in value
        yield Part("record" if signed else "profile", value, f"/records/{index}", chunk)
        more, at = _after(text, at, "]")
        index += 1
    return at


def _part(value: dict[str, Any], chunk: int) -> Part:
    if isinstance(value.get("records"), list) or ("specVersion" in value and "type" not in value):
        return Part("head", value, "", chunk)
    return Part("record" if "proof" in value else "profile", value, "", chunk)


def _name(text: str, at: int) -> tuple[str, int]:
    """Read the name of a member and the colon after it; return it and where the value starts."""
    if not text.startswith('"', at):
        raise _wrong("Expecting property name enclosed in double quotes", text, at)
    name, at = read_value(text, at, depth=1)
    at = _space(text, at)
    if not text.startswith(":", at):
        raise _wrong("Expecting ':' delimiter", text, at)
    return name, _space(text, at + 1)


def _after(text: str, at: int, close: str) -> tuple[bool, int]:
    """Read what follows a member or item: a comma and there is more, or the end; return where to go on."""
    at = _space(text, at)
    if text.startswith(close, at):
        return False, _space(text, at + 1)
    if not text.startswith(",", at):
        raise _wrong("Expecting ',' delimiter", text, at)
    return True, _space(text, at + 1)


def _space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _wrong(message: str, text: str, at: int) -> Refused:
    error = JSONDecodeError(message, text, at)
    refused = not_json(error)
    refused.__cause__ = error  # it knows the line
    return refused
