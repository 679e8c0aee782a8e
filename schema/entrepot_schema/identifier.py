"""Check characters of identifiers, by scheme: pure arithmetic, so a puller may refuse on it (PRO, wire).

LEI: ISO 17442 with ISO 7064 mod 97-10. CN-USCC: GB 32100, mod 31. ROR: Crockford base 32 with ISO 7064 mod 97-10.
What else is asked of identifiers before they are published stands in `identifier_rules`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from operator import mul

_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}", re.ASCII)
_LEI_DIGITS = str.maketrans({letter: str(int(letter, 36)) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"})
_USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {letter: value for value, letter in enumerate(_USCC_LETTERS)}
_USCC_WEIGHTS = [pow(3, place, 31) for place in range(17)]
_USCC = re.compile(f"[{_USCC_LETTERS}]{{18}}", re.ASCII)
_ROR_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_ROR = re.compile(rf"https://ror\.org/0([{_ROR_LETTERS}]{{6}})([0-9]{{2}})", re.ASCII)
_ROR_FRONT = re.compile(r"(?:https?://)?(?:www\.)?ror\.org/", re.ASCII)
_LOST_DIGITS = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}", re.ASCII)


def is_lei(text: str) -> bool:
    """Answer whether the 20 characters of an LEI check."""
    return bool(_LEI.fullmatch(text)) and int(text.translate(_LEI_DIGITS)) % 97 == 1


def is_uscc(text: str) -> bool:
    """Answer whether the 18 characters of a Chinese unified social credit code check."""
    if not _USCC.fullmatch(text):
        return False
    values = map(_USCC_VALUES.__getitem__, text)
    total = sum(map(mul, _USCC_WEIGHTS, values))  # of the first 17
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


def usual_spelling(scheme: str, text: str) -> str:
    """Write an identifier as its scheme does: no spaces, full-width letters made plain. Nothing is guessed."""
    plain = unicodedata.normalize("NFKC", text).lstrip("'").strip()
    spell = _SPELLINGS.get(scheme)
    return spell(plain) if spell else plain


def lost_digits(text: str) -> bool:
    """Answer whether a spreadsheet wrote this as a rounded number, such as 9.1E+17."""
    return _LOST_DIGITS.fullmatch(unicodedata.normalize("NFKC", text)) is not None


def spelling_hint(scheme: str, text: str, check: Callable[[str], bool]) -> str:
    """Tell how to mend an identifier that does not check."""
    spelled = usual_spelling(scheme, text)
    if spelled != text and check(spelled):
        return f"Write it as {spelled}."
    if lost_digits(text):
        return "A spreadsheet has rounded it: format the column as text, and put the number in again."
    return "Look it up in its register and copy it once more; one character wrong is enough."


def _compact(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def _vat(text: str) -> str:
    joined = re.sub(r"[\s.-]", "", text).upper()
    return f"EL{joined[2:]}" if joined.startswith("GR") else joined


def _ror(text: str) -> str:
    return f"https://ror.org/{_ROR_FRONT.sub('', text.lower(), count=1)}"


def _wikidata(text: str) -> str:
    return text.rstrip("/").rpartition("/")[2].upper()


_SPELLINGS: dict[str, Callable[[str], str]] = {
    "CN-USCC": _compact,
    "EU-VAT": _vat,
    "FR-SIREN": _compact,
    "ISIN": _compact,
    "ISNI": _compact,
    "LEI": _compact,
    "NL-KVK": _compact,
    "ROR": _ror,
    "WIKIDATA": _wikidata,
}
