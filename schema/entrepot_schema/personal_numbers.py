"""Numbers that states give to people. An organisation under such a number is a person: sole traders are out of scope.

By scheme, never by looking at any number in a text: many numbers of things look like a number of a person.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

# Schemes that number people; there is no such code in our list, but people write them all the same.
_PERSONAL_SCHEMES = frozenset(
    {
        "AT-SVNR", "BE-NN", "BG-EGN", "BG-PNF", "CH-AHV", "CH-SSN", "CN-ID", "CN-RIC", "CZ-RC", "DE-IDNR", "DE-STEUERID",
        "DK-CPR", "EE-IK", "ES-DNI", "ES-NIE", "FI-HETU", "FR-NIR", "GB-NINO", "GR-AMKA", "HK-HKID", "IE-PPS", "IT-CF",
        "LT-ASMENS", "LV-PK", "NL-BSN", "NO-FNR", "PL-PESEL", "PT-CC", "RO-CNP", "SE-PNR", "SI-EMSO", "SK-RC", "TR-TCKIMLIK",
        "US-SSN",
    }
)  # fmt: skip


@lru_cache(maxsize=4096)
def is_personal_number(scheme: str, text: str) -> bool:
    """Answer whether an identifier numbers a natural person."""
    if scheme.removeprefix("x-").upper() in _PERSONAL_SCHEMES:
        return True
    if scheme == "CN-USCC":
        return text.startswith("92")  # individual business, GB 32100
    check = _PERSONAL_VAT.get(text[:2]) if scheme == "EU-VAT" else None
    return check is not None and check(text[2:])


def _spanish(number: str) -> bool:
    from stdnum.es import dni, nie

    return dni.is_valid(number) or nie.is_valid(number) or number[:1] in ("K", "L", "M")


def _italian(number: str) -> bool:
    from stdnum.it import codicefiscale

    return len(number) == 16 and codicefiscale.is_valid(number)


def _czech(number: str) -> bool:
    from stdnum.cz import rc

    return len(number) in (9, 10) and rc.is_valid(number)


def _bulgarian(number: str) -> bool:
    from stdnum.bg import egn, pnf

    return len(number) == 10 and (egn.is_valid(number) or pnf.is_valid(number))


def _latvian(number: str) -> bool:
    return len(number) == 11 and number[:1] in ("0", "1", "2", "3")


def _romanian(number: str) -> bool:
    from stdnum.ro import cnp

    return len(number) == 13 and cnp.is_valid(number)


def _polish(number: str) -> bool:
    from stdnum.pl import pesel

    return len(number) == 11 and pesel.is_valid(number)


def _swedish(number: str) -> bool:
    return len(number) == 12 and number[2:3] in (
        "0",
        "1",
    )  # organisations have 20 or more where people have the month


def _portuguese(number: str) -> bool:
    return len(number) == 9 and (number[:1] in ("1", "2", "3") or number.startswith("45"))


_PERSONAL_VAT: dict[str, Callable[[str], bool]] = {
    "BG": _bulgarian,
    "CZ": _czech,
    "ES": _spanish,
    "IT": _italian,
    "LV": _latvian,
    "PL": _polish,
    "PT": _portuguese,
    "RO": _romanian,
    "SE": _swedish,
    "SK": _czech,
}
