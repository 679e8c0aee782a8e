"""Strict reading of JSON, the one door for bytes from outside (layer J, SIG-01 to SIG-08).

Python's `json` takes duplicate members, NaN, 1e999, lone surrogates, a byte order mark and UTF-16. All of that
is refused here, with one code each. Values come out as dict, list, str, int, bool and None; there are no
floats in this standard.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json import JSONDecodeError
from typing import Any, NoReturn

from entrepot_schema.errors import Refused

MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1
MAX_RECORD_BYTES = 65_536

# Possessive: a string of 10 MB must not leave ten million places to step back to.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+', re.DOTALL)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SYNTAX = (
    "Look just before this place for a comma, a quotation mark or a bracket that is missing or too many."
)
_MEMBER_NAME = re.compile(r"[ -~]*", re.ASCII)
_MOST_KNOWN_NAMES = 4_096
_LONGEST_KNOWN_NAME = 64


def read_json(raw: bytes, *, max_bytes: int = MAX_RECORD_BYTES) -> dict[str, Any]:
    """Read exactly one JSON object; raise `Refused` with a `json.*` code for anything else."""
    text = decode_text(raw, max_bytes=max_bytes)
    _check_depth(text)
    value = _parse(text)
    if not isinstance(value, dict):
        hint = "A document starts with { and ends with }; several profiles stand in `records` of a package, or one a line."
        raise Refused("json.not-an-object", "the document is not a JSON object", hint=hint)
    if "\\" in text:
        _check_escapes(value)
    return value


def decode_text(raw: bytes, *, max_bytes: int) -> str:
    """Decode UTF-8 strictly within a size (SIG-01, SIG-02)."""
    if len(raw) > max_bytes:
        message = f"the document has {len(raw)} bytes; {max_bytes} are allowed"
        raise Refused("json.too-large", message, hint="Shorten it, or divide it into several.")
    if raw.startswith(b"\xef\xbb\xbf"):
        raise Refused(
            "json.bom", "the document starts with a byte order mark", hint="Save it as UTF-8 without BOM."
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        hint = "Save the file as UTF-8; other programs often write UTF-16, GB18030 or Windows-1252."
        raise Refused(
            "json.encoding", f"the document is not UTF-8 (byte {error.start})", hint=hint
        ) from error


def read_value(text: str, at: int, *, depth: int) -> tuple[Any, int]:
    """Read the one strict value that starts at an offset; return it and where it ends.

    `depth` is how many objects and lists are open around it. For documents too large to be held as a whole.
    """
    try:
        value, end = _DECODER.raw_decode(text, at)
    except Refused:
        raise
    except RecursionError as error:
        raise _too_deep() from error
    except JSONDecodeError as error:
        _check_depth(text[at : error.pos], MAX_DEPTH - depth)
        raise not_json(error) from error
    if isinstance(value, dict | list):
        _check_depth(text[at:end], MAX_DEPTH - depth)
    if text.find("\\", at, end) >= 0:
        _check_escapes(value)
    return value, end


def not_json(error: ValueError | RecursionError) -> Refused:
    """The refusal of a text that is no JSON."""
    return Refused("json.syntax", f"this is not JSON: {error}", hint=_SYNTAX)


def _parse(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except Refused:
        raise
    except (ValueError, RecursionError) as error:
        raise not_json(error) from error


def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its members; refuse names that stand twice or are not plain ASCII (SIG-03, SIG-06)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        double = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        message = f"member {double!r} stands twice in one object"
        raise Refused("json.duplicate-member", message, hint="Leave one of the two out.")
    if not found.keys() <= _known_names:  # documents have the same few names, again and again
        for name in found:
            if not _MEMBER_NAME.fullmatch(name):
                hint = "Names of fields are English words without accents; texts may stand in any language."
                raise Refused("json.member-name", f"member name {name[:40]!r} is not plain ASCII", hint=hint)
            _know(name)
    return found


def is_plainly_strict(raw: bytes, depth: int) -> bool:
    """Answer whether JSON without white space keeps SIG-04 to SIG-07, at most `depth` levels deep; by counting and replacing bytes.

    True is certain. False may be said of a good document too, where only reading it strictly can tell.
    """
    if raw.count(b"{") + raw.count(b"[") > depth:
        return False
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")  # so that each quotation mark ends a string
        if b"\\u" in raw:
            return False
    marked = raw.replace(b'":', _END_OF_NAME)
    return _ODD_NAME not in marked.translate(_ODD, _PLAIN) and _FRACTION not in marked.translate(
        _POINTS, _DIGITS
    )


# What is left of a document without its plain letters: where strings begin and end, where names end, and what no name may hold.
_END_OF_NAME = b"\1\1"  # no such byte stands in JSON
_PLAIN = bytes(set(range(0x20, 0x7F)) - set(b'"\\')) + bytes(range(0x80, 0xC0))
_ODD = bytes(byte if byte in b'\1"' else ord("x") for byte in range(256))
_ODD_NAME = b"x\1"
# What is left of it without digits: of a whole number nothing, of a fraction or an exponent its point or letter.
_DIGITS = b"-0123456789"
_POINTS = bytes(1 if byte in b"[," else ord(".") if byte in b"eE" else byte for byte in range(256))
_FRACTION = b"\1."

_known_names: set[str] = set()


def _know(name: str) -> None:
    if len(name) <= _LONGEST_KNOWN_NAME and len(_known_names) < _MOST_KNOWN_NAMES:
        _known_names.add(name)


def _integer(digits: str) -> int:
    # Length first: Python raises a bare ValueError above 4,300 digits and needs quadratic time before.
    if len(digits) > 17 or digits == "-0" or abs(value := int(digits)) > MAX_INTEGER:
        message = f"{digits[:24]} is no integer within ±(2^53−1), or is -0"
        raise Refused("json.number", message, hint="Write long numbers and identifiers as strings.")
    return value


def _no_fraction(token: str) -> NoReturn:
    hint = "Numbers are whole; write coordinates and amounts as strings."
    raise Refused("json.number", f"{token[:24]} has a fraction or an exponent", hint=hint)


def _no_constant(token: str) -> NoReturn:
    raise Refused("json.number", f"{token} is not JSON", hint="What is not known is left out.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=members, parse_int=_integer, parse_float=_no_fraction, parse_constant=_no_constant
)


def _too_deep() -> Refused:
    message = f"the document is nested deeper than {MAX_DEPTH}"
    return Refused("json.too-deep", message, hint="No record needs this; the file may be damaged.")


def _check_depth(text: str, allowed: int = MAX_DEPTH) -> None:
    # Most documents hold fewer brackets than the limit; only others pay for the scan.
    if text.count("{") + text.count("[") <= allowed:
        return
    depth = 0
    for letter in re.sub(r"[^\[\]{}]+", "", _STRING.sub("", text)):
        depth += 1 if letter in "[{" else -1
        if depth > allowed:
            raise _too_deep()


def _check_escapes(value: Any) -> None:
    """Refuse lone surrogates and U+0000; strict UTF-8 has none, so only escapes can bring them (SIG-05)."""
    _each_string(value, _check_string)


def _check_string(text: str) -> None:
    if "\0" in text:
        raise Refused(
            "json.nul", "a string contains U+0000", hint="Take it out; much software ends a text there."
        )
    if _SURROGATE.search(text):
        hint = "A character was cut in two; write the text anew."
        raise Refused("json.surrogate", "a string contains half of a surrogate pair", hint=hint)


def _each_string(value: Any, check: Callable[[str], None]) -> None:
    if isinstance(value, str):
        check(value)
    elif isinstance(value, dict):
        for name, member in value.items():
            check(name)
            _each_string(member, check)
    elif isinstance(value, list):
        for item in value:
            _each_string(item, check)
