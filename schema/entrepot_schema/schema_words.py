"""What a fault of layer S is called and how it is mended, by keyword of JSON Schema.

The sentences are ours, not the library's, so that they help people and can be translated. Each has a hint.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from entrepot_schema import catalog

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

_SHOWN = 60
_MOST_NAMED = 5
_COMPUTED = frozenset({"confirmed", "state", "verified"})
_SEE_SCHEMA = "Compare with the schema of this type."
_UNITS = {"maxProperties": "members", "maxItems": "entries", "maxLength": "characters"}
_TYPES = {
    "array": "a list in [ ]",
    "boolean": "true or false, without quotes",
    "integer": "a whole number, without quotes",
    "object": "an object in { }",
    "string": 'a text in " "',
}


def words(keyword: str, error: ValidationError) -> tuple[str, str]:
    """Return what is wrong, and how to mend it."""
    kind: Any = error.kind
    match keyword:
        case "required":
            return f"the field {kind.property} is missing", _missing(kind.property, error)
        case "additionalProperties" | "unevaluatedProperties":
            return _unknown_fields(kind.unexpected, error)
        case "enum":
            return (
                f"{_shown(error.instance)} is not in the closed list",
                f"One of: {_shown(kind.options, 300)}",
            )
        case "const" | "constant":
            return (
                f"{_shown(error.instance)} must be {_shown(kind.expected_value)}",
                f"Write {_shown(kind.expected_value)}.",
            )
        case "type":
            return f"{_shown(error.instance)} has the wrong JSON type", _right_type(
                error.instance, kind.types
            )
        case "pattern":
            return f"{_shown(error.instance)} does not have the form this field asks for", _right_form(error)
        case "propertyNames":
            return f"{_shown(kind.error.instance)} is no name that may stand here", _right_name(kind.error)
        case "anyOf":
            return "at least one of several fields is missing", _one_of(kind.context)
        case _:
            return _words_of_sizes(keyword, error)


def _words_of_sizes(keyword: str, error: ValidationError) -> tuple[str, str]:
    kind: Any = error.kind
    match keyword:
        case "uniqueItems":
            return "an entry stands twice in the list", "Leave the second one out."
        case "minProperties" | "minItems" | "minLength":
            return (
                "this must not be empty or so short",
                "Fill it in, or leave the field out where it is not required.",
            )
        case "maxProperties" | "maxItems" | "maxLength":
            return "this is longer than allowed", f"At most {kind.limit} {_UNITS[keyword]}."
        case "minimum" | "maximum":
            bound = "At least" if keyword == "minimum" else "At most"
            return f"{_shown(error.instance)} is outside of what this field takes", f"{bound} {kind.limit}."
        case _:
            return f"{_shown(error.message, 200)}", _SEE_SCHEMA


def _unknown_fields(names: Iterable[str], error: ValidationError) -> tuple[str, str]:
    unknown = sorted(names)[:_MOST_NAMED]
    return f"unknown field {', '.join(name[:_SHOWN] for name in unknown)}", _meant_instead(unknown, error)


def _meant_instead(unknown: list[str], error: ValidationError) -> str:
    if "contact" in error.schema_path or any(catalog.is_personal_name(name) for name in unknown):
        return "Records name organisations, never people; leave the field out."
    refused: Any = error.instance
    if refused.get("type") == "relation" and _COMPUTED.intersection(unknown):
        return (
            "Whether a relation is confirmed is computed from the records of both sides; leave the field out."
        )
    near = {name: difflib.get_close_matches(name, catalog.field_names(), n=1) for name in unknown}
    # A field of another type is spelt right and only stands in the wrong place.
    meant = [f"{name} → {matches[0]}" for name, matches in near.items() if matches and matches[0] != name]
    return (
        f"Did you mean: {', '.join(meant)}?"
        if meant
        else "There is no such field here; own fields go into ext.<prefix>."
    )


def _right_type(value: Any, types: list[str]) -> str:
    if value is None:
        return "What is not known is left out."
    return "Write " + " or ".join(_TYPES.get(name, name) for name in types) + "."


def _missing(field: str, error: ValidationError) -> str:
    path = error.schema_path
    examples = (
        catalog.definition_examples(str(path[1]), field) if path[0] == "$defs" and len(path) == 3 else ()
    )
    return _example(examples or catalog.field_examples(field)) or "Add the field."


def _right_form(error: ValidationError) -> str:
    *path, last, _ = error.schema_path
    if last == "additionalProperties":
        return "A text needs at least one visible character."
    steps = [part for part in error.instance_path if isinstance(part, str)]
    examples = catalog.definition_examples(str(last)) if path == ["$defs"] else ()
    return _example(examples or catalog.field_examples(steps[-1] if steps else "")) or _SEE_SCHEMA


def _right_name(error: ValidationError) -> str:
    if "extensionPrefix" in error.schema_path:
        return "The prefix of an extension has 2 to 30 lower-case letters and digits, for example lifesci."
    return "A language tag has the form en, pt-BR or zh-Hans."


def _one_of(alternatives: Iterable[Iterable[ValidationError]]) -> str:
    kinds: list[Any] = [error.kind for errors in alternatives for error in errors]
    return (
        "Give at least one of: " + ", ".join(kind.property for kind in kinds if kind.name == "required") + "."
    )


def _example(examples: tuple[Any, ...]) -> str:
    return f"For example {_shown(examples[0])}" if examples else ""


def _shown(value: Any, limit: int = _SHOWN) -> str:
    # As Python writes it, which escapes what a terminal would obey; but constants as JSON writes them.
    text = json.dumps(value) if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
