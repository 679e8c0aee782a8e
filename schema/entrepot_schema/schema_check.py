"""Layer S: the JSON Schema of a type, with one refusal per fault and a pointer to it.

jsonschema-rs decides because it is a hundred times faster than the reference; tests hold it to the verdicts of
`jsonschema`. Messages are ours, by keyword, so that they help and can be translated.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from entrepot_schema import catalog
from entrepot_schema.errors import Refused

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

_SHOWN = 60


def require_schema(value: Any, validator: Draft202012Validator) -> None:
    """Raise the first `schema.*` refusal of a value; return when it fits."""
    if not validator.is_valid(value):
        raise next(schema_refusals(value, validator))


def schema_refusals(value: Any, validator: Draft202012Validator) -> Iterator[Refused]:
    """Yield every fault of a value, ordered by pointer and code."""
    found = (_refusal(error) for error in validator.iter_errors(value))
    yield from sorted(found, key=lambda refused: (refused.pointer, refused.code))


def escape_pointer(part: str | int) -> str:
    """Write one step of a JSON Pointer (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")


def _refusal(error: ValidationError) -> Refused:
    keyword = error.kind.name
    pointer = "".join(f"/{escape_pointer(part)}" for part in error.instance_path)
    message, hint = _words(keyword, error)
    return Refused(f"schema.{keyword}", message, pointer=pointer, hint=hint)


def _words(keyword: str, error: ValidationError) -> tuple[str, str]:
    kind: Any = error.kind
    match keyword:
        case "required":
            return f"the field {kind.property} is missing", ""
        case "additionalProperties" | "unevaluatedProperties":
            return _unknown_fields(kind.unexpected)
        case "enum":
            return f"{_shown(error.instance)} is not in the closed list", f"One of: {_shown(kind.options, 300)}"
        case "const" | "constant":
            return f"{_shown(error.instance)} must be {_shown(kind.expected_value)}", ""
        case "type":
            return f"{_shown(error.instance)} has the wrong JSON type", ""
        case "pattern":
            return f"{_shown(error.instance)} does not have the form this field asks for", _field_hint(error)
        case "uniqueItems":
            return "an entry stands twice in the list", ""
        case "minProperties" | "minItems" | "minLength":
            return "this must not be empty or so short", ""
        case "maxProperties" | "maxItems" | "maxLength":
            return "this is longer than allowed", ""
        case _:
            return f"{_shown(error.message, 200)}", ""


def _unknown_fields(names: Iterable[str]) -> tuple[str, str]:
    unknown = sorted(names)
    near = {name: difflib.get_close_matches(name, _field_names(), n=1) for name in unknown}
    meant = [f"{name} → {matches[0]}" for name, matches in near.items() if matches]
    hint = f"Did you mean: {', '.join(meant)}?" if meant else "Own fields go into ext.<prefix>."
    return f"unknown field {', '.join(name[:_SHOWN] for name in unknown[:5])}", hint


def _field_hint(error: ValidationError) -> str:
    steps = [part for part in error.instance_path if isinstance(part, str)]
    examples = _field_examples(steps[-1]) if steps else []
    return f"For example {_shown(examples[0])}" if examples else ""


@cache
def _fields() -> dict[str, list[Any]]:
    """Every field of every profile with its examples."""
    found: dict[str, list[Any]] = {}
    waiting: list[Any] = [catalog.schema(name) for name in (*catalog.TYPES, "common", "package")]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for name, field in node.get("properties", {}).items():
                found.setdefault(name, []).extend(field.get("examples", []) if isinstance(field, dict) else [])
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return found


def _field_names() -> list[str]:
    return sorted(_fields())


def _field_examples(name: str) -> list[Any]:
    return _fields().get(name, [])


def _shown(value: Any, limit: int = _SHOWN) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
