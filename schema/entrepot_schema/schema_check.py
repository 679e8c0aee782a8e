"""Layer S: the JSON Schema of a type, with one refusal per fault and a pointer to it.

jsonschema-rs decides because it is a hundred times faster than the reference; tests hold it to the verdicts of
`jsonschema`. Messages are ours, by keyword, so that they help and can be translated.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from entrepot_schema import catalog
from entrepot_schema.errors import Refused

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

_SHOWN = 60
_MOST_LISTED = 200
_MOST_NAMED = 5


def require_schema(value: Any, validator: Draft202012Validator) -> None:
    """Raise the first `schema.*` refusal of a value; return when it fits."""
    from jsonschema_rs import ValidationError  # loaded when first needed, like the validators

    if validator.is_valid(value):
        return
    try:
        # Never `iter_errors` here: it copies the parent object into each of its errors, and a hostile record of
        # 64 KiB with thousands of faults costs half a minute.
        validator.validate(value)
    except ValidationError as error:
        raise _refusal(error) from None


def schema_refusals(value: Any, validator: Draft202012Validator) -> Iterator[Refused]:
    """Yield the faults of a value, ordered by pointer and code; of thousands only the first."""
    if validator.is_valid(value):
        return
    if len(validator.evaluate(value).errors()) > _MOST_LISTED:
        try:
            require_schema(value, validator)
        except Refused as refused:
            yield refused
        return
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
            return (
                f"{_shown(error.instance)} is not in the closed list",
                f"One of: {_shown(kind.options, 300)}",
            )
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
    unknown = sorted(names)[:_MOST_NAMED]
    near = {name: difflib.get_close_matches(name, catalog.field_names(), n=1) for name in unknown}
    meant = [f"{name} → {matches[0]}" for name, matches in near.items() if matches]
    hint = f"Did you mean: {', '.join(meant)}?" if meant else "Own fields go into ext.<prefix>."
    return f"unknown field {', '.join(name[:_SHOWN] for name in unknown)}", hint


def _field_hint(error: ValidationError) -> str:
    steps = [part for part in error.instance_path if isinstance(part, str)]
    examples = catalog.field_examples(steps[-1]) if steps else ()
    return f"For example {_shown(examples[0])}" if examples else ""


def _shown(value: Any, limit: int = _SHOWN) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
