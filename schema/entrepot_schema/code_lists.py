"""Codes of the lists of the standard: is a code of an open list known or marked as private, and is it still in use."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cache, lru_cache

from entrepot_schema import catalog
from entrepot_schema.catalog import CodeList
from entrepot_schema.field_values import FieldValues, code_kinds
from entrepot_schema.findings import Finding, finding

_PRIVATE = "x-"


def code_findings(values: FieldValues) -> Iterator[Finding]:
    """Judge every code of a profile that stands in a list; closed lists are the schema's matter."""
    for name, found in values.by_kind.items():
        if name not in code_kinds():
            continue
        current = _current_codes(name)
        for pointer, code in found:
            if code not in current and not code.startswith(_PRIVATE):
                yield from judge_code(catalog.codelist(name), code, pointer)


def judge_code(codes: CodeList, code: str, pointer: str) -> Iterator[Finding]:
    """Judge one code against its list."""
    known = {one.code: one for one in codes.codes}.get(code)
    if known is None and not code.startswith(_PRIVATE):
        message = f"{code[:60]} is not in the list {codes.name}"
        yield finding("code.unknown-code", message, pointer=pointer, hint=nearest_code(codes.name, code))
    elif known is not None and known.deprecated:
        message = f"{code} is not used any more: {known.deprecated}"
        hint = "It stays valid; take another code of the list when you next change the record."
        yield finding("code.deprecated", message, pointer=pointer, hint=hint, severity="information")


@lru_cache(maxsize=1024)
def nearest_code(name: str, text: str) -> str:
    """Ask whether a code of the list was meant, by code or by label; else say how own codes look."""
    spellings = {
        spelling.casefold(): one.code
        for one in catalog.codelist(name).codes
        for spelling in (one.label_en, one.label_zh_hans, one.code)
    }
    near = difflib.get_close_matches(text.casefold(), spellings, n=1, cutoff=0.7)
    return f"Did you mean {spellings[near[0]]}?" if near else f"A code of your own starts with {_PRIVATE}."


@cache
def _current_codes(name: str) -> frozenset[str]:
    return frozenset(one.code for one in catalog.codelist(name).codes if not one.deprecated)
