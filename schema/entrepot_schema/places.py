"""Codes of places: countries, subdivisions, NUTS, GB/T 2260, and the places that have two codes.

Membership of ISO 3166 comes from pycountry, never a name: labels are CLDR's, and shown by whoever shows a page.
Where a place has two codes, both are right, and none is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from entrepot_schema.coordinates import coordinate_findings
from entrepot_schema.field_values import FieldValues
from entrepot_schema.findings import Finding, finding
from entrepot_schema.registers import codes_of, read_rows

Place = tuple[str, str | None]

_USER_ASSIGNED = frozenset({"XK"})
_MEANT_COUNTRIES = {"UK": "GB", "EL": "GR"}
_ISO_OF_NUTS = {"EL": "GR", "UK": "GB"}
_CHINESE_CODES = frozenset({"CN", "HK", "MO", "TW"})
# GB/T 2260 writes provinces as numbers, ISO 3166-2 as letters.
_PROVINCES = {
    "11": "BJ", "12": "TJ", "13": "HE", "14": "SX", "15": "NM", "21": "LN", "22": "JL", "23": "HL", "31": "SH", "32": "JS",
    "33": "ZJ", "34": "AH", "35": "FJ", "36": "JX", "37": "SD", "41": "HA", "42": "HB", "43": "HN", "44": "GD", "45": "GX",
    "46": "HI", "50": "CQ", "51": "SC", "52": "GZ", "53": "YN", "54": "XZ", "61": "SN", "62": "GS", "63": "QH", "64": "NX",
    "65": "XJ", "71": "TW", "81": "HK", "82": "MO",
}  # fmt: skip


def is_country(code: str) -> bool:
    """Answer whether this is a code of ISO 3166-1, or XK."""
    return code in _countries()


def is_subdivision(code: str) -> bool:
    """Answer whether this is a code of ISO 3166-2."""
    return code in _subdivisions()


def equivalent_places(country: str, subdivision: str | None = None) -> frozenset[Place]:
    """All ways to write a place as country and subdivision, itself included.

    `("HK", None)`, `("CN", "CN-HK")` and `("HK", "CN-HK")` are one place; most places have one way.
    """
    here: Place = (country, subdivision)
    return _double_places().get(here, frozenset({here}))


def place_findings(values: FieldValues) -> Iterator[Finding]:
    """Judge every country, location and area of a profile."""
    for pointer, code in values.of("country"):
        yield from _country_findings(code, pointer)
    for pointer, place in values.of("location", "area"):
        yield from _place_findings(place, pointer)
    jurisdiction = values.profile.get("jurisdiction")
    if jurisdiction:
        country = jurisdiction[:2]
        yield from _country_findings(country, "/jurisdiction")
        if jurisdiction != country and is_country(country):
            yield from _subdivision_findings(jurisdiction, country, "/jurisdiction")


def _country_findings(code: str, pointer: str) -> Iterator[Finding]:
    if is_country(code):
        return
    meant = _MEANT_COUNTRIES.get(code)
    hint = f"Write {meant}." if meant else "Codes of two letters stand in ISO 3166-1, for example IT, CN, DE."
    yield finding("code.country", f"{code} is no country code", pointer=pointer, hint=hint)


def _place_findings(place: Mapping[str, Any], pointer: str) -> Iterator[Finding]:
    country = place["country"]
    if not is_country(country):
        return
    if "subdivision" in place:
        yield from _subdivision_findings(place["subdivision"], country, f"{pointer}/subdivision")
    if "nuts" in place:
        yield from _nuts_findings(place["nuts"], country, f"{pointer}/nuts")
    if "gbt2260" in place:
        yield from _gbt2260_findings(place, f"{pointer}/gbt2260")
    if "lat" in place:
        yield from coordinate_findings(place["lat"], place["lon"], family_of(country), pointer)


def _subdivision_findings(code: str, country: str, pointer: str) -> Iterator[Finding]:
    code_country, _, rest = code.partition("-")
    if code_country not in family_of(country):
        hint = f"Correct the country or the subdivision; codes of {country} begin with {country}-."
        yield finding(
            "code.subdivision", f"{code} is no part of the country {country}", pointer=pointer, hint=hint
        )
    elif code_country == "CN" and rest.isdigit():
        letters = _PROVINCES.get(rest)
        hint = f"Write CN-{letters}." if letters else "Provinces are written with letters, for example CN-JS."
        yield finding("code.subdivision", f"{code} is an old number", pointer=pointer, hint=hint)
    elif not is_subdivision(code):
        hint = _nearest(code, _like(code[:3], ""))
        message = f"{code} is not in our copy of ISO 3166-2"
        yield finding("code.subdivision", message, pointer=pointer, hint=hint, severity="warning")


def _nuts_findings(code: str, country: str, pointer: str) -> Iterator[Finding]:
    prefix = code[:2]
    if prefix == "GR":
        message = f"{code}: NUTS writes Greece as EL"
        yield finding("code.nuts", message, pointer=pointer, hint=f"Write EL{code[2:]}.")
    elif _ISO_OF_NUTS.get(prefix, prefix) not in family_of(country):
        hint = "Correct the country or the region; NUTS codes begin with the country, EL for Greece."
        yield finding("code.nuts", f"{code} is no region of {country}", pointer=pointer, hint=hint)
    elif code not in codes_of("nuts-2024"):
        hint = _nearest(code, _like(code[:3], "nuts-2024"))
        message = f"{code} is not in NUTS 2024"
        yield finding("code.nuts", message, pointer=pointer, hint=hint, severity="warning")


def _gbt2260_findings(place: Mapping[str, Any], pointer: str) -> Iterator[Finding]:
    code, country = place["gbt2260"], place["country"]
    if country not in _CHINESE_CODES:
        hint = "GB/T 2260 has places in CN, HK, MO and TW only; leave it out elsewhere."
        yield finding("code.gbt2260", f"{code} is no place in {country}", pointer=pointer, hint=hint)
    elif code not in codes_of("gbt2260"):
        hint = "Zones of statistics, such as industrial parks, have no code there; take the county around it."
        message = f"{code} is not in our copy of GB/T 2260"
        yield finding("code.gbt2260", message, pointer=pointer, hint=hint, severity="warning")


@lru_cache(maxsize=1024)
def _nearest(code: str, known: tuple[str, ...]) -> str:
    import difflib

    near = difflib.get_close_matches(code, known, n=1)
    return f"Did you mean {near[0]}?" if near else "Look for a typing error; our copy of the list may be old."


@lru_cache(maxsize=256)
def _like(start: str, register: str) -> tuple[str, ...]:
    """The codes with the same start, of a register or of ISO 3166-2."""
    codes = codes_of(register) if register else _subdivisions()
    return tuple(sorted(one for one in codes if one.startswith(start)))


@cache
def _countries() -> frozenset[str]:
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries) | _USER_ASSIGNED


@cache
def _subdivisions() -> frozenset[str]:
    import pycountry

    return frozenset(subdivision.code for subdivision in pycountry.subdivisions)


@cache
def _double_codes() -> dict[str, frozenset[str]]:
    """Code of its own → codes as a part of another country: `HK` → `CN-HK`, `SJ` → `NO-21`, `NO-22`."""
    found: dict[str, set[str]] = {}
    for row in read_rows("double-codes"):
        found.setdefault(row["code"], set()).add(row["subdivision"])
    return {code: frozenset(parts) for code, parts in found.items()}


@cache
def _double_places() -> dict[Place, frozenset[Place]]:
    """Every writing of a place with two codes → all its writings."""
    found: dict[Place, frozenset[Place]] = {}
    for code, parts in _double_codes().items():
        country, _, inner = code.partition("-")
        own: Place = (country, code if inner else None)
        for part in parts:
            part_written: frozenset[Place] = frozenset({own, (part[:2], part), (country, part)})
            found |= dict.fromkeys(part_written - {own}, part_written)
            found[own] = found.get(own, frozenset()) | part_written
    return found


@cache
def family_of(country: str) -> frozenset[str]:
    """The country, and the one it is a part of, if it has two codes."""
    own = [code for code in _double_codes() if code.partition("-")[0] == country]
    return frozenset({country} | {part[:2] for code in own for part in _double_codes()[code]})
