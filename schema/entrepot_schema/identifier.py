"""Check characters of identifiers, by scheme: pure arithmetic, so a puller may refuse on it (PRO, wire).

LEI: ISO 17442 with ISO 7064 mod 97-10. CN-USCC: GB 32100, mod 31. ROR: Crockford base 32 with ISO 7064 mod 97-10.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}", re.ASCII)
_USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC = re.compile(f"[{_USCC_LETTERS}]{{18}}", re.ASCII)
_ROR_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_ROR = re.compile(rf"https://ror\.org/0([{_ROR_LETTERS}]{{6}})([0-9]{{2}})", re.ASCII)


def is_lei(text: str) -> bool:
    """Answer whether the 20 characters of an LEI check."""
    return bool(_LEI.fullmatch(text)) and int("".join(str(int(letter, 36)) for letter in text)) % 97 == 1


def is_uscc(text: str) -> bool:
    """Answer whether the 18 characters of a Chinese unified social credit code check."""
    if not _USCC.fullmatch(text):
        return False
    total = sum(_USCC_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(text[:17]))
    return _USCC_LETTERS[-total % 31] == text[17]


def is_ror(text: str) -> bool:
    """Answer whether a ROR id, written as URL, checks."""
    match = _ROR.fullmatch(text)
    if match is None:
        return False
    number = 0
    for letter in match[1]:
        number = number * 32 + _ROR_LETTERS.index(letter)
    return 98 - (number * 100) % 97 == int(match[2])


CHECKS: dict[str, Callable[[str], bool]] = {"LEI": is_lei, "CN-USCC": is_uscc, "ROR": is_ror}
