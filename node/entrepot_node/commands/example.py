"""`entrepot example`: an invented document of a type, with what the schema says about each field beside it.

JSON has no comments. Plain JSON is what programs take; with `//` comments it is what editors call JSONC, and the form
from which people learn a format fastest. The days in it are moved to today, as it would be written today.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from entrepot_node.commands.output import DONE
from entrepot_schema import catalog
from entrepot_schema.errors import Misuse

NAMES = (*catalog.TYPES, "package")
_WIDTH = 100
_MOST_CODES = 12
_MOVED = ("updated", "opens", "closes")


def run_example(name: str, *, minimal: bool, plain: bool) -> int:
    """Print an example of a type."""
    document = _dated(_example(name, minimal), datetime.now(UTC).date())
    if plain:
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in commented(document, name))
    return DONE


def commented(document: dict[str, Any], name: str) -> list[str]:
    """The lines of a document as JSON with `//` comments, in which no field is explained twice."""
    return list(_Commenter(name).lines(document))


def _example(name: str, minimal: bool) -> dict[str, Any]:
    wanted = f"{name}-minimal" if minimal else name
    if name not in NAMES or wanted not in catalog.example_names():
        hint = "One of: " + ", ".join(NAMES) + ". A package has no minimal form."
        raise Misuse("example.unknown", f"there is no example {wanted[:40]!r}", hint=hint)
    return catalog.example(wanted)


def _dated(document: dict[str, Any], today: date) -> dict[str, Any]:
    """The same, confirmed today: an example must not grow stale, nor its call for partners end."""
    if "records" in document:
        records = [_dated(record, today) for record in document["records"]]
        return {**document, "published": f"{today}T00:00:00Z", "records": records}
    passed = today - date.fromisoformat(document["updated"])
    moved = {name: str(date.fromisoformat(document[name]) + passed) for name in _MOVED if name in document}
    return {**document, **moved}


class _Commenter:
    """Writes a document line by line beside its schema."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._schema = catalog.bundled(name)
        self._definitions: dict[str, Any] = self._schema["$defs"]
        self._said: set[tuple[str, str]] = set()

    def lines(self, document: dict[str, Any]) -> Iterator[str]:
        """All lines."""
        yield from self._value(document, self._schema, "", "", "")
        others = [field for field in self._schema["properties"] if field not in document]
        if others:
            yield from _comment(f"Further fields: {', '.join(others)}.", "")
        yield from _comment(f"`entrepot schema {self._name}` has all that may stand where.", "")

    def _value(self, value: Any, schema: dict[str, Any], indent: str, label: str, end: str) -> Iterator[str]:
        flat = json.dumps(value, ensure_ascii=False)
        inner = indent + "  "
        if isinstance(value, dict) and value:
            yield f"{indent}{label}{{"
            yield from self._members(value, self._of_record(value, schema), inner)
            yield f"{indent}}}{end}"
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            yield f"{indent}{label}["
            items = self._resolved(schema.get("items", {}))
            for place, item in enumerate(value, start=1):
                yield from self._value(item, items, inner, "", "," if place < len(value) else "")
            yield f"{indent}]{end}"
        else:
            yield f"{indent}{label}{flat}{end}"

    def _members(self, value: dict[str, Any], schema: dict[str, Any], indent: str) -> Iterator[str]:
        fields = schema.get("properties", {})
        for place, (name, member) in enumerate(value.items(), start=1):
            field = self._resolved(fields.get(name, {}))
            yield from self._explained(name, field, name in schema.get("required", ()), indent)
            end = "," if place < len(value) else ""
            yield from self._value(member, field, indent, f"{json.dumps(name)}: ", end)

    def _explained(self, name: str, field: dict[str, Any], required: bool, indent: str) -> Iterator[str]:
        text = field.get("description", "")
        if not text or (name, text) in self._said:
            return
        self._said.add((name, text))
        codes = field.get("enum", self._resolved(field.get("items", {})).get("enum", ()))
        listed = f" One of: {', '.join(codes)}." if 0 < len(codes) <= _MOST_CODES else ""
        yield from _comment(f"{'Required. ' if required else ''}{text}{listed}", indent)

    def _of_record(self, value: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
        """The schema of a record inside a package, which knows only that each has a type."""
        if self._name != "package" or value.get("type") not in catalog.TYPES:
            return schema
        bundle = catalog.bundled(value["type"])
        self._definitions = {**self._definitions, **bundle["$defs"]}
        return bundle

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema with what it refers to; its own words win."""
        if "$ref" not in schema:
            return schema
        own = {key: value for key, value in schema.items() if key != "$ref"}
        return {**self._resolved(self._definitions[schema["$ref"].removeprefix("#/$defs/")]), **own}


def _comment(text: str, indent: str) -> list[str]:
    start = f"{indent}// "
    return textwrap.wrap(text, _WIDTH, initial_indent=start, subsequent_indent=start, break_on_hyphens=False)
