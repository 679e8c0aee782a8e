"""Single changes of a JSON value, chosen by what its schema says: most break it, some must not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .valid_documents import Writer

Change = tuple[str, Any]  # in words, and the value in its new state

_OF_EACH_TYPE = (None, True, False, 0, 1, -1, 2**53 - 1, "", "1", "true", [], {}, [[]], [None])
# Names that mean something to Python, pydantic or JavaScript, and must mean nothing here.
_STRANGE_NAMES = (
    "x",
    "",
    "__proto__",
    "constructor",
    "toString",
    "model_config",
    "__class__",
    "$ref",
    "type ",
)
_TAGS = ("zh-hans", "EN", "en-us", "x-foo", "en-x-foo", "i-klingon", "en_US", "und", "zh-Hant-TW", "a", "ab1")
# Line ends, white space, what is invisible, digits and letters that only look right or change their case oddly, punctuation.
_LETTERS = (
    "\n",
    "\r",
    "\u2028",
    " ",
    "\t",
    "\u200b",
    "\u0301",
    "０",
    "٣",
    "ſ",
    "\u212a",
    "ı",
    "ß",
    "😀",
    "\x7f",
    "/",
    ".",
    "-",
)
_FILLERS = ("a", "0", "苏", "😀")
_MOST_ITEMS = 300  # longer lists are not filled up
_TRIES = 5


def changes(value: Any, schema: dict[str, Any], form: str, writer: Writer) -> Iterator[Change]:
    """Yield changes of a value. An empty schema is one that looks no further."""
    for other in (*_OF_EACH_TYPE, [value], {"en": value}):
        if type(other) is not type(value) or other != value:
            yield f"becomes {json.dumps(other)[:30]}", other
    if schema:
        yield "becomes another that fits", writer.value(schema, form)
    if isinstance(value, dict):
        yield from _of_object(value, schema, form, writer)
    elif isinstance(value, list):
        yield from _of_list(value, schema, form, writer)
    elif isinstance(value, str):
        yield from _of_string(value, schema)
    elif type(value) is int:
        yield from ((f"becomes {other}", other) for other in _near_limits(schema))


def _of_object(value: dict[str, Any], schema: dict[str, Any], form: str, writer: Writer) -> Iterator[Change]:
    for name in value:
        rest = {other: member for other, member in value.items() if other != name}
        yield f"loses {name}", rest
        for spelling in sorted(_spellings(name) - {name}):
            yield f"has {name} as {spelling}", rest | {spelling: value[name]}
    for name in _STRANGE_NAMES:
        yield f"gains {name!r}", value | {name: writer.anything(1)}
    for name, field in schema.get("properties", {}).items():
        if name not in value:
            yield f"gains {name}", value | {name: writer.value(field, f"{form}/{name}")}
    yield "is reversed", dict(reversed(value.items()))
    if "propertyNames" in schema and value:
        yield from _of_map(value, schema, form, writer)
    elif "maxProperties" in schema:
        names = [f"k{number}" for number in range(schema["maxProperties"])]
        yield "is full", dict.fromkeys(names[len(value) :], 1) | value
        yield "is too full", dict.fromkeys([*names[len(value) :], "more"], 1) | value


def _spellings(name: str) -> set[str]:
    snake = re.sub("([A-Z])", r"_\1", name).lower()
    return {name.upper(), name.capitalize(), snake, f"{name}_"}


def _of_map(value: dict[str, Any], schema: dict[str, Any], form: str, writer: Writer) -> Iterator[Change]:
    first, member = next(iter(value.items()))
    for change, name in _of_string(first, writer.resolve(schema["propertyNames"])):
        if re.fullmatch("[ -~]*", name):  # others do not pass layer J
            yield f"gains a name that {change}", value | {name: member}
    for tag in _TAGS:
        yield f"gains {tag}", value | {tag: member}
    names = dict.fromkeys(value)
    while len(names) <= schema["maxProperties"]:
        names[writer.value(schema["propertyNames"], f"{form}/name")] = None
    filler = "x" if isinstance(member, str) else member
    yield "is full", dict.fromkeys(list(names)[:-1], filler)
    yield "is too full", dict.fromkeys(names, filler)


def _of_list(value: list[Any], schema: dict[str, Any], form: str, writer: Writer) -> Iterator[Change]:
    for place, item in enumerate(value):
        yield f"loses item {place}", [*value[:place], *value[place + 1 :]]
        yield f"has item {place} twice", [*value, item]
        if isinstance(item, dict) and item:
            yield f"has item {place} twice, reversed", [dict(reversed(item.items())), *value]
            name = next(iter(item))
            yield f"has item {place} again in part", [*value, {name: item[name]}]
    yield "is reversed", value[::-1]
    for other in (None, True, 1, "x", [], {}):
        yield f"gains {json.dumps(other)}", [*value, other]
    if "items" in schema:
        yield "gains one that fits", [*value, writer.value(schema["items"], form)]
        yield from _filled(value, schema, form, writer)


def _filled(value: list[Any], schema: dict[str, Any], form: str, writer: Writer) -> Iterator[Change]:
    """As many items as allowed, and one more; nothing where there are not so many different ones."""
    most = schema["maxItems"]
    if most > _MOST_ITEMS:
        return
    found = {json.dumps(item, sort_keys=True): item for item in value}
    for _ in range(_TRIES * most):
        item = writer.value(schema["items"], form)
        found.setdefault(json.dumps(item, sort_keys=True), item)
        if len(found) > most:
            yield "is full", list(found.values())[:-1]
            yield "is too full", list(found.values())
            return


def _of_string(value: str, schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    middle = len(value) // 2
    for letter in _LETTERS:
        yield f"ends in {letter!r}", value + letter
        yield f"begins with {letter!r}", letter + value
        yield f"has {letter!r} within", value[:middle] + letter + value[middle + 1 :]
    others = {value.upper(), value.lower(), value.swapcase(), value[1:], value[:-1], value * 2}
    for other in (*sorted(others - {value}), " ", "unknownCode", "x-own", *schema.get("enum", ())):
        yield f"becomes {other[:30]!r}", other
    most = schema.get("maxLength", 0)
    for letter in _FILLERS if most else ():
        yield f"is filled up with {letter}", (value + letter * most)[:most]
        yield f"is filled up with {letter} and one more", (value + letter * most)[: most + 1]


def _near_limits(schema: dict[str, Any]) -> Iterator[int]:
    for limit in (schema.get("minimum", 0), schema.get("maximum", 0)):
        yield from (near for near in (limit - 1, limit, limit + 1) if abs(near) < 2**53)
