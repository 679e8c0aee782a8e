"""Strict JSON and canonical bytes: SIG-01 to SIG-09.

The canonical writer is complete for what the strict reader lets through: no fractions, no large integers, and
ASCII member names, so sorting by character is sorting by UTF-16 unit. It is not a general RFC 8785 writer.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .rule_error import RuleError, require

MAX_BYTES = 65_536
MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def parse_document(raw: bytes, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Read one signed document: strict JSON, an object, and exactly its own canonical bytes (SIG-09)."""
    value = parse_object(raw, max_bytes)
    require(canonical(value) == raw, "json.not-canonical", "not the canonical bytes of what they say")
    return value


def parse_object(raw: bytes, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Read strict JSON of any spelling (SIG-01 to SIG-08)."""
    require(len(raw) <= max_bytes, "json.too-large", f"{len(raw)} bytes, at most {max_bytes} allowed")
    require(not raw.startswith(b"\xef\xbb\xbf"), "json.bom", "starts with a byte order mark")
    try:
        text = raw.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise RuleError("json.encoding", f"not UTF-8: {error}") from None
    _check_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_members,
            parse_int=_integer,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
        )
    except json.JSONDecodeError as error:
        raise RuleError("json.syntax", f"not JSON: {error}") from None
    require(isinstance(value, dict), "json.not-an-object", "the value is not an object")
    _check_text(value)
    return value  # type: ignore[no-any-return]  # json.loads returns Any; the line above has checked it


def canonical(value: object) -> bytes:
    """Write RFC 8785 bytes of a value without fractions and with ASCII member names."""
    return _write(value).encode("utf-8", "strict")


def _write(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + _ESCAPED.sub(_escape, value) + '"'
    if isinstance(value, list | tuple):
        return "[" + ",".join(_write(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{_write(name)}:{_write(value[name])}" for name in sorted(value)) + "}"
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}"


def _check_depth(text: str) -> None:
    """Count brackets outside of strings before the parser recurses into them (SIG-07)."""
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        require(depth <= MAX_DEPTH, "json.too-deep", f"nested deeper than {MAX_DEPTH}")


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    require(len(members) == len(pairs), "json.duplicate-member", "an object has two members of one name")
    return members


def _integer(literal: str) -> int:
    require(literal != "-0", "json.number", "-0 is not an integer of the standard")
    require(len(literal) <= 17 and abs(int(literal)) <= MAX_INTEGER, "json.number", "integer beyond 2^53-1")
    return int(literal)


def _no_fraction(literal: str) -> Any:
    raise RuleError("json.number", f"{literal} is not a plain integer")


def _check_text(value: object) -> None:
    if isinstance(value, str):
        _check_string(value)
    elif isinstance(value, list):
        for item in value:
            _check_text(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_string(name)
            printable = all(" " <= c <= "~" for c in name)
            require(printable, "json.member-name", f"member name {name!r} is not printable ASCII")
            _check_text(item)


def _check_string(text: str) -> None:
    require("\0" not in text, "json.nul", "a string contains U+0000")
    lone = any("\ud800" <= c <= "\udfff" for c in text)
    require(not lone, "json.surrogate", "a string contains a lone surrogate")
