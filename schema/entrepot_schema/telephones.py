"""Telephone numbers: could it be dialled, and is it the number of an office or of somebody's pocket."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from entrepot_schema.field_values import FieldValues
from entrepot_schema.findings import Finding, finding

NumberKind = Literal["impossible", "mobile", "either", "other"]

_HINT = "Give the number of the switchboard or the office: +, country code, number, digits only."


def telephone_findings(values: FieldValues) -> Iterator[Finding]:
    """Judge every telephone number of a profile."""
    for pointer, number in values.of("phone"):
        kind = number_kind(number)
        if kind == "impossible":
            message = f"{number} has a country code or a length that no telephone number has"
            yield finding("code.phone", message, pointer=pointer, hint=_HINT)
        elif kind == "mobile":
            message = f"{number} is a mobile number, which belongs to a person"
            yield finding("privacy.mobile", message, pointer=pointer, hint=_HINT)
        elif kind == "either":
            message = f"{number} may be a mobile number; its country does not tell them apart"
            hint = "Make sure that it is the number of an office."
            yield finding("privacy.mobile", message, pointer=pointer, hint=hint, severity="warning")


@lru_cache(maxsize=4096)
def number_kind(number: str) -> NumberKind:
    """Tell what a number in E.164 form is."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return "impossible"
    if not phonenumbers.is_possible_number(parsed):
        return "impossible"
    return _KINDS.get(phonenumbers.number_type(parsed), "other")


_KINDS: dict[int, NumberKind] = {1: "mobile", 2: "either", 7: "mobile", 8: "mobile"}
