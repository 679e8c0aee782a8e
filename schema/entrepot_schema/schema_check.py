"""Layer S: the JSON Schema of a type, with one refusal per fault and a pointer to it.

jsonschema-rs decides because it is a hundred times faster than the reference; tests hold it to the verdicts of
`jsonschema`. What it says to people stands in `schema_words`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.errors import Refused
from entrepot_schema.schema_words import words
from entrepot_schema.strict_json import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

_MOST_LISTED = 200


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
    # Listing faults takes a copy of the value around each: 8 MB of small faults would become gigabytes.
    is_large = len(canonical_bytes(value)) > MAX_RECORD_BYTES
    if is_large or len(validator.evaluate(value).errors()) > _MOST_LISTED:
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
    message, hint = words(keyword, error)
    return Refused(f"schema.{keyword}", message, pointer=pointer, hint=hint)
