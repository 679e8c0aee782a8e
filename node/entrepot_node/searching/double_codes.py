"""Territories that ISO 3166 lists twice: as a country of their own and as a subdivision of another.

Publishers use either form, and whoever filters by one form means both. (ISO 3166-1 and 3166-2, as of 2024-11.)
"""

from __future__ import annotations

_SUBDIVISION_OF = {
    "HK": "CN-HK", "MO": "CN-MO", "TW": "CN-TW",
    "AX": "FI-01",
    "GP": "FR-971", "MQ": "FR-972", "GF": "FR-973", "RE": "FR-974", "YT": "FR-976",
    "PM": "FR-PM", "BL": "FR-BL", "MF": "FR-MF", "WF": "FR-WF", "PF": "FR-PF", "NC": "FR-NC", "TF": "FR-TF",
    "AW": "NL-AW", "CW": "NL-CW", "SX": "NL-SX",
    "AS": "US-AS", "GU": "US-GU", "MP": "US-MP", "PR": "US-PR", "UM": "US-UM", "VI": "US-VI",
}  # fmt: skip
_COUNTRY_OF = {subdivision: country for country, subdivision in _SUBDIVISION_OF.items()}


def with_doubles(countries: list[str], subdivisions: list[str]) -> tuple[list[str], list[str]]:
    """Add the other form of each code: CN and CN-HK to HK, HK to CN-HK."""
    more_subdivisions = [_SUBDIVISION_OF[code] for code in countries if code in _SUBDIVISION_OF]
    more_countries = [_COUNTRY_OF[code] for code in subdivisions if code in _COUNTRY_OF]
    all_subdivisions = list(dict.fromkeys([*subdivisions, *more_subdivisions]))
    parents = [code.partition("-")[0] for code in all_subdivisions if code in _COUNTRY_OF]
    return list(dict.fromkeys([*countries, *more_countries, *parents])), all_subdivisions
