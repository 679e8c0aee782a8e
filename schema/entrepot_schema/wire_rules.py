"""The rules of layers C and P on which a puller refuses (PRO, marked *wire*).

Only arithmetic and fixed lists: no clock, no table that ages, no other record, no library's opinion, so that all
honest nodes agree for ever. The list closes with version 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.errors import Refused
from entrepot_schema.identifier import CHECKS, spelling_hint
from entrepot_schema.origin import subject_origin
from entrepot_schema.schema_check import escape_pointer
from entrepot_schema.timestamp import is_date

DATE_FIELDS = frozenset(
    {
        "asOf",
        "closes",
        "founded",
        "opens",
        "retrieved",
        "since",
        "statusSince",
        "until",
        "updated",
        "validUntil",
    }
)
_FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ufdd0-\ufdef\ufeff\ufffe\uffff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
_PLAIN_ASCII = bytes(range(0x20, 0x7F))
_DAYS = re.compile(
    rb':"([0-9]{4}-[0-9]{2}-[0-9]{2})"'
)  # a date that fits its schema has this form if it has a day
_MOST_DAYS = 4_096
_UNKNOWN = b"\\?"
_ISOLATES = re.compile("[\u2066-\u2069]")
_POP_ISOLATE = "\u2069"


def require_wire_rules(profile: dict[str, Any], prefix: str = "") -> None:
    """Raise the first refusal of a profile that fits its schema; `prefix` is the pointer of the profile."""
    for refused in wire_refusals(profile):
        refused.pointer = prefix + refused.pointer
        raise refused


def keeps_wire_rules(profile: dict[str, Any], raw: bytes) -> bool:
    """Answer whether a profile that fits its schema keeps all of them; `raw` are its canonical bytes."""
    return next(_refusals(profile, raw), None) is None


def wire_refusals(profile: dict[str, Any]) -> Iterator[Refused]:
    """Yield every breach of a wire rule, with a pointer into the profile."""
    try:
        raw = canonical_bytes(profile)
    except TypeError:
        raw = _UNKNOWN  # a draft with what no record can hold
    yield from _refusals(profile, raw)


def _refusals(profile: dict[str, Any], raw: bytes) -> Iterator[Refused]:
    if not _is_plain(raw) and not _is_sound(profile):
        yield from _walk(profile, "")
    yield from _check_identifiers(profile)
    yield from _check_owner(profile)
    yield from _check_names(profile.get("ext", {}), "/ext")


def _is_plain(raw: bytes) -> bool:
    """Answer at once for most profiles that no text and no date breaks a rule, by looking at all of it as one text."""
    if b"\\" in raw:
        for harmless in (b"\\\\", b'\\"', b"\\n"):
            raw = raw.replace(harmless, b"")
        if b"\\" in raw:
            return False  # behind another escape, anything may be
    # Nothing forbidden is printable.
    return raw.translate(None, _PLAIN_ASCII).decode().isprintable() and all(map(_is_day, _DAYS.findall(raw)))


@lru_cache(maxsize=_MOST_DAYS)
def _is_day(text: bytes) -> bool:
    return is_date(text.decode())


def _is_sound(profile: Any) -> bool:
    """Answer for nearly all others the same; `_walk` looks where, with pointers."""
    waiting = [profile]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if not _is_sound_text(value):
                return False
        elif isinstance(value, dict):
            waiting.extend(value.values())
            for name in DATE_FIELDS.intersection(value):
                day = value[name]
                if isinstance(day, str) and len(day) == 10 and not is_date(day):
                    return False
        elif isinstance(value, list):
            waiting.extend(value)
    return True


def _is_sound_text(text: str) -> bool:
    return (text.isascii() and text.isprintable()) or not (_FORBIDDEN.search(text) or _ISOLATES.search(text))


def _walk(value: Any, pointer: str) -> Iterator[Refused]:
    if isinstance(value, str):
        yield from _check_text(value, pointer)
    elif isinstance(value, dict):
        in_core = not pointer.startswith("/ext/")
        for name, member in value.items():
            here = f"{pointer}/{escape_pointer(name)}"
            if (
                in_core
                and name in DATE_FIELDS
                and isinstance(member, str)
                and len(member) == 10
                and not is_date(member)
            ):
                hint = "Look for a typing error; if only month or year are known, write 2019-03 or 2019."
                yield Refused("code.date", f"{member} is no day of the calendar", pointer=here, hint=hint)
            yield from _walk(member, here)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{pointer}/{index}")


def _check_text(text: str, pointer: str) -> Iterator[Refused]:
    if text.isascii() and text.isprintable():
        return
    found = _FORBIDDEN.search(text)
    if found:
        code_point = f"U+{ord(found[0]):04X}"
        hint = "Control characters and direction overrides can make a text show something else than it says."
        yield Refused(
            "code.text", f"the text contains the character {code_point}", pointer=pointer, hint=hint
        )
    elif not _isolates_balance(text):
        hint = "Close each isolate with U+2069, or take all of them out."
        message = "direction isolates (U+2066 to U+2069) are not balanced"
        yield Refused("code.text", message, pointer=pointer, hint=hint)


def _isolates_balance(text: str) -> bool:
    depth = 0
    for mark in _ISOLATES.findall(text):
        depth += -1 if mark == _POP_ISOLATE else 1
        if depth < 0:
            return False
    return depth == 0


def _check_identifiers(profile: dict[str, Any]) -> Iterator[Refused]:
    for index, identifier in enumerate(profile.get("identifiers", [])):
        check: Callable[[str], bool] | None = CHECKS.get(identifier["scheme"])
        if check and not check(identifier["id"]):
            message = f"{identifier['id']} is no {identifier['scheme']}: its check characters do not fit"
            hint = spelling_hint(identifier["scheme"], identifier["id"], check)
            yield Refused("code.identifier", message, pointer=f"/identifiers/{index}/id", hint=hint)


def _check_owner(profile: dict[str, Any]) -> Iterator[Refused]:
    """Nobody speaks for others: a relation starts, and an opportunity is answered, under the own origin."""
    own = {"relation": "from", "opportunity": "via"}.get(profile["type"])
    if own and subject_origin(profile[own]) != subject_origin(profile["id"]):
        hint = f"Name the own cluster or a part of it; its id starts with https://{subject_origin(profile['id'])}/id/."
        message = f"{own} must be a subject of the publishing origin"
        yield Refused("code.owner", message, pointer=f"/{own}", hint=hint)


def _check_names(value: Any, pointer: str) -> Iterator[Refused]:
    if isinstance(value, dict):
        for name, member in value.items():
            here = f"{pointer}/{escape_pointer(name)}"
            if catalog.is_personal_name(name):
                hint = "Records name organisations, never people; leave the field out."
                yield Refused(
                    "privacy.property-name", f"{name} would hold data of a person", pointer=here, hint=hint
                )
            yield from _check_names(member, here)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check_names(item, f"{pointer}/{index}")
