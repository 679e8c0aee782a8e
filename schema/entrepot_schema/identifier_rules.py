"""What is asked of identifiers before they are published, beside the check characters of the wire rules.

Numbers of states and registers come from python-stdnum or are a form of our own. Whatever is a number of a natural
person is told apart here; `privacy` says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from entrepot_schema import catalog
from entrepot_schema.code_lists import nearest_code
from entrepot_schema.findings import Finding, finding
from entrepot_schema.identifier import CHECKS, spelling_hint
from entrepot_schema.personal_numbers import is_personal_number
from entrepot_schema.places import family_of

_EUID = re.compile(r"[A-Z]{2}[A-Z0-9-]{1,16}\.[A-Za-z0-9][A-Za-z0-9._/-]{0,79}", re.ASCII)
_WIKIDATA = re.compile(r"Q[1-9][0-9]{0,15}", re.ASCII)
_DE_HR = re.compile(r"\b(?:HRA|HRB|GnR|GsR|PR|VR) ?[0-9]{1,7}\b", re.ASCII)
_IT_REA = re.compile(r"[A-Z]{2}-?[0-9]{1,7}", re.ASCII)
_NL_KVK = re.compile(r"[0-9]{8}", re.ASCII)
_BE_KBO = re.compile(r"[01][0-9]{3}(\.?)[0-9]{3}\1[0-9]{3}", re.ASCII)
_HK_BR = re.compile(r"[0-9]{8}(?:-[0-9]{3}-[0-9]{2}-[0-9]{2}-[0-9A-Z])?", re.ASCII)
_EIGHT_DIGITS = re.compile(r"[0-9]{8}", re.ASCII)
_COUNTRY_IN_FRONT = frozenset({"EU-VAT", "EUID"})
_ISO_COUNTRY = {"EL": "GR", "XI": "GB"}


def identifier_findings(profile: Mapping[str, Any]) -> Iterator[Finding]:
    """Judge the identifiers of a profile; those that break a wire rule are told there."""
    for index, identifier in enumerate(profile.get("identifiers", ())):
        scheme, number, pointer = identifier["scheme"], identifier["id"], f"/identifiers/{index}"
        if scheme not in catalog.codelist("identifierScheme"):
            yield from _scheme_findings(scheme, f"{pointer}/scheme")
        elif not is_personal_number(scheme, number):
            check = _CHECKS.get(scheme)
            if scheme in CHECKS and not CHECKS[scheme](number):
                continue
            if check and not check(number):
                yield _wrong(scheme, number, check, f"{pointer}/id")
            else:
                yield from _kind_findings(profile, scheme, number, f"{pointer}/id")
                yield from _country_findings(profile, scheme, number, f"{pointer}/id")


def _scheme_findings(scheme: str, pointer: str) -> Iterator[Finding]:
    if not scheme.startswith("x-"):
        message = f"{scheme} is no scheme of the list"
        hint = nearest_code("identifierScheme", scheme)
        yield finding("code.identifier-scheme", message, pointer=pointer, hint=hint)


def _wrong(scheme: str, number: str, check: Callable[[str], bool], pointer: str) -> Finding:
    message = f"{number} is no {scheme}: its form or its check digits do not fit"
    return finding("code.identifier", message, pointer=pointer, hint=spelling_hint(scheme, number, check))


def _kind_findings(profile: Mapping[str, Any], scheme: str, number: str, pointer: str) -> Iterator[Finding]:
    is_company = profile["type"] == "company"
    if scheme == "CN-USCC" and not _EIGHT_DIGITS.match(number):
        message = f"{number} has letters among its first eight characters"
        hint = "Only a few departments have such codes; look it up once more."
        yield finding("code.identifier", message, pointer=pointer, hint=hint, severity="warning")
    elif scheme == "CN-USCC" and is_company and not number.startswith("9"):
        message = f"{number} is the code of a public or non-profit body, and the record is a company"
        hint = "Codes of companies start with 91; a public body is an institution or a cluster."
        yield finding("code.identifier-kind", message, pointer=pointer, hint=hint, severity="warning")
    elif scheme == "ROR" and is_company:
        message = "ROR registers research organisations, and the record is a company"
        hint = "Look whether it means this company; LEI or the national register tell companies apart better."
        yield finding("code.identifier-kind", message, pointer=pointer, hint=hint, severity="warning")


def _country_findings(
    profile: Mapping[str, Any], scheme: str, number: str, pointer: str
) -> Iterator[Finding]:
    if scheme not in _COUNTRY_IN_FRONT:
        return
    country = _ISO_COUNTRY.get(number[:2], number[:2])
    stated = {location["country"] for location in profile["locations"]}
    if "jurisdiction" in profile:
        stated.add(profile["jurisdiction"][:2])
    if not any(country in family_of(one) for one in stated):
        message = f"{number} is a number of {country}, and no place of the record is there"
        hint = "Correct the number, or add the place or the jurisdiction that it belongs to."
        yield finding("code.identifier-country", message, pointer=pointer, hint=hint, severity="warning")


@lru_cache(maxsize=4096)
def _is_vat(text: str) -> bool:
    from stdnum.eu import vat
    from stdnum.exceptions import ValidationError

    if text.startswith(("GR", "EU", "IM")):  # Greece is EL here; the other two are no numbers of a state
        return False
    try:
        return vat.validate(text) == text
    except ValidationError:
        return False


@lru_cache(maxsize=4096)
def _is_isin(text: str) -> bool:
    from stdnum import isin

    return isin.is_valid(text) and isin.compact(text) == text


@lru_cache(maxsize=4096)
def _is_isni(text: str) -> bool:
    from stdnum import isni

    return isni.is_valid(text) and isni.compact(text) == text


@lru_cache(maxsize=4096)
def _is_siren(text: str) -> bool:
    from stdnum.fr import siren

    return siren.is_valid(text) and siren.compact(text) == text


@lru_cache(maxsize=4096)
def _is_kbo(text: str) -> bool:
    from stdnum.be import vat

    return bool(_BE_KBO.fullmatch(text)) and vat.is_valid(text)


_CHECKS: dict[str, Callable[[str], bool]] = {
    "EU-VAT": _is_vat,
    "EUID": lambda text: bool(_EUID.fullmatch(text)),
    "ISIN": _is_isin,
    "ISNI": _is_isni,
    "WIKIDATA": lambda text: bool(_WIKIDATA.fullmatch(text)),
    "DE-HR": lambda text: bool(_DE_HR.search(text)),
    "FR-SIREN": _is_siren,
    "IT-REA": lambda text: bool(_IT_REA.fullmatch(text)),
    "NL-KVK": lambda text: bool(_NL_KVK.fullmatch(text)),
    "BE-KBO": _is_kbo,
    "HK-BR": lambda text: bool(_HK_BR.fullmatch(text)),
}
