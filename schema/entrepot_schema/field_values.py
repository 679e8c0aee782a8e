"""The values of a profile, sorted by what they are: every web address, every text, every code of a list.

    values = field_values(profile)
    values.of("url")           # [("/website", "https://…"), ("/services/0/url", …)]

What a value is, is read off the schema of its type: a definition of `common` is a kind of value. A new field of a
known kind is so checked from its first day. The profile must fit its schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from entrepot_schema import catalog

Found = dict[str, list[tuple[str, Any]]]
_Reader = Callable[[Any, str, Found], None]

NAME_MAP, PROSE_MAP = "name map", "prose map"
_PROSE = frozenset({"summary", "note", "longText"})
_PLAIN = frozenset(
    {"area", "classification", "contact", "country", "email", "httpsUrl", "identifier", "languageTag", "location", "phone", "url"}
)  # fmt: skip
# What their own rules judge, not the rule for codes of lists.
_OWN_RULES = frozenset({"identifierScheme", "classificationScheme"})


@dataclass(frozen=True, slots=True)
class FieldValues:
    """Values with their JSON Pointers, by kind: a definition of `common`, or one of the two maps of texts."""

    profile: Mapping[str, Any]
    by_kind: Mapping[str, list[tuple[str, Any]]]
    names: str
    """All texts of names as one, a line each: most profiles are found in order by one look at it."""
    prose: str

    def of(self, *kinds: str) -> list[tuple[str, Any]]:
        """All values of some kinds."""
        return [pair for kind in kinds for pair in self.by_kind.get(kind, ())]


def field_values(profile: dict[str, Any]) -> FieldValues:
    """Sort the values of a profile that fits its schema; `ext` is left out."""
    found: Found = {}
    reader = _reader_of_type(profile["type"])
    reader(profile, "", found)
    return FieldValues(profile, found, _joined(found, NAME_MAP), _joined(found, PROSE_MAP))


def _joined(found: Found, kind: str) -> str:
    return "\n".join([text for _, texts in found.get(kind, ()) for text in texts.values()])


@cache
def code_kinds() -> frozenset[str]:
    """The kinds that are codes of a list."""
    return frozenset(catalog.codelist_names()) - _OWN_RULES


@cache
def _reader_of_type(record_type: str) -> _Reader:
    bundle = catalog.bundled(record_type)
    reader = _reader(bundle, bundle["$defs"])
    return reader or _read_nothing


def _read_nothing(value: Any, pointer: str, found: Found) -> None:
    """Read a value that holds nothing of interest."""


def _reader(node: dict[str, Any], definitions: dict[str, Any]) -> _Reader | None:
    """Compile the reader of a schema; None where there is nothing to read."""
    name = node.get("$ref", "").removeprefix("#/$defs/")
    if name == "ext":
        return None
    meant = definitions[name] if name else node
    if "propertyNames" in meant:
        return _collector(PROSE_MAP if name in _PROSE or not name else NAME_MAP, None)
    inner = _reader_of_members(meant, definitions) or _reader_of_items(meant, definitions)
    if name in _PLAIN or name in code_kinds():
        return _collector(name, inner)
    return inner


def _collector(kind: str, inner: _Reader | None) -> _Reader:
    def collect(value: Any, pointer: str, found: Found) -> None:
        found.setdefault(kind, []).append((pointer, value))
        if inner:
            inner(value, pointer, found)

    return collect


def _reader_of_members(node: dict[str, Any], definitions: dict[str, Any]) -> _Reader | None:
    members = {name: _reader(field, definitions) for name, field in node.get("properties", {}).items()}
    readers = {name: reader for name, reader in members.items() if reader}
    if not readers:
        return None

    def read_members(value: Any, pointer: str, found: Found) -> None:
        for name, member in value.items():
            reader = readers.get(name)
            if reader:
                reader(member, f"{pointer}/{name}", found)

    return read_members


def _reader_of_items(node: dict[str, Any], definitions: dict[str, Any]) -> _Reader | None:
    reader = _reader(node["items"], definitions) if "items" in node else None
    if reader is None:
        return None

    def read_items(value: Any, pointer: str, found: Found) -> None:
        for index, item in enumerate(value):
            reader(item, f"{pointer}/{index}", found)

    return read_items
