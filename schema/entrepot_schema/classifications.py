"""Classes of statistical classifications, each with its edition: NACE, ISIC, GB/T 4754."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from entrepot_schema import catalog
from entrepot_schema.code_lists import nearest_code
from entrepot_schema.field_values import FieldValues
from entrepot_schema.findings import Finding, finding
from entrepot_schema.registers import codes_of

# The edition becomes part of a file name in python-stdnum: only these two literals ever reach it.
_NACE_EDITIONS = {"NACE-2.1": "2.1", "NACE-2.0": "2.0"}
_OTHER_NACE = {"NACE-2.1": "NACE-2.0", "NACE-2.0": "NACE-2.1"}
_NACE = re.compile(r"[0-9]{2}(?:\.[0-9]{1,2})?", re.ASCII)
_DIGITS = re.compile(r"[0-9]{2,4}", re.ASCII)
_SECTION = re.compile(r"[A-V](?=[0-9])|[A-V]-(?=[0-9])", re.ASCII)


def classification_findings(values: FieldValues) -> Iterator[Finding]:
    """Judge every class of a profile."""
    for pointer, classification in values.of("classification"):
        scheme, code = classification["scheme"], classification["code"]
        if scheme in _NACE_EDITIONS:
            yield from _nace_findings(scheme, code, f"{pointer}/code")
        elif scheme in ("ISIC-4", "ISIC-5", "GBT-4754-2017"):
            yield from _digit_findings(scheme, code, f"{pointer}/code")
        elif scheme not in catalog.codelist("classificationScheme") and not scheme.startswith("x-"):
            yield _unknown_scheme(scheme, f"{pointer}/scheme")


@lru_cache(maxsize=4096)
def is_nace(scheme: str, code: str) -> bool:
    """Answer whether an edition of NACE has a division, group or class, written with its dot."""
    from stdnum.eu import nace

    return bool(_NACE.fullmatch(code)) and nace.is_valid(code, revision=_NACE_EDITIONS[scheme])


def _nace_findings(scheme: str, code: str, pointer: str) -> Iterator[Finding]:
    if is_nace(scheme, code):
        return
    digits = _SECTION.sub("", code, count=1).replace(".", "")
    written = f"{digits[:2]}.{digits[2:]}".rstrip(".")
    if written != code and is_nace(scheme, written):
        message, hint = f"{code} is not how NACE writes its classes", f"Write {written}."
    elif is_nace(_OTHER_NACE[scheme], code):
        message = f"{code} is a class of {_OTHER_NACE[scheme]}, not of {scheme}"
        hint = f"State the scheme {_OTHER_NACE[scheme]}, or take the class that follows it in {scheme}."
    else:
        message = f"{code} is no class of {scheme}"
        hint = "Classes look like 72.10, groups like 72.1, divisions like 72."
    yield finding("code.classification", message, pointer=pointer, hint=hint)


def _digit_findings(scheme: str, code: str, pointer: str) -> Iterator[Finding]:
    if not _DIGITS.fullmatch(code):
        written = _SECTION.sub("", code, count=1).replace(".", "")
        hint = f"Write {written}." if _DIGITS.fullmatch(written) else "Two to four digits, no section letter."
        message = f"{code} is not how {scheme} writes its classes"
        yield finding("code.classification", message, pointer=pointer, hint=hint)
    elif scheme == "GBT-4754-2017" and code not in codes_of("gbt4754-2017"):
        message = f"{code} is not in our copy of GB/T 4754-2017"
        hint = "It may be a class of another edition, such as that of 2011."
        yield finding("code.classification", message, pointer=pointer, hint=hint, severity="warning")


def _unknown_scheme(scheme: str, pointer: str) -> Finding:
    editions = [
        one.code
        for one in catalog.codelist("classificationScheme").codes
        if one.code.startswith(f"{scheme}-") or one.code.startswith(scheme.partition("-")[0])
    ]
    hint = (
        f"State the edition: {' or '.join(editions)}."
        if editions
        else nearest_code("classificationScheme", scheme)
    )
    return finding(
        "code.classification-scheme", f"{scheme} is no scheme of the list", pointer=pointer, hint=hint
    )
