"""One cell to one value of a profile: what can be mended without a guess is mended, the rest is left to the rules.

A cell that cannot be understood is passed on as it stands, so that the one validator refuses it with its own words.
Only what would pass unseen is refused here: a number that lost its digits in a spreadsheet.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache

from entrepot_node.importing.columns import usual_tag
from entrepot_schema import catalog

_ONLY_DASHES = re.compile(r"[-‐-―−]+")
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(?:[.,][0-9]{1,40})?", re.ASCII)
_LOST_DIGITS = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}", re.ASCII)
_YEAR_FIRST = re.compile(r"([0-9]{4})(?:[-/.年]([0-9]{1,2})(?:[-/.月]([0-9]{1,2})日?|月)?|年)?", re.ASCII)
_DAY_FIRST = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", re.ASCII)
_SPREADSHEET_YEAR = re.compile(r"([0-9]{4})\.0", re.ASCII)
_MIDNIGHT = re.compile(r"[ T]00:00(?::00)?$", re.ASCII)
_BARE_HOST = re.compile(r"(?:[^\s/:@.]+\.)+[^\s/:@.]{2,}(?:[/?#]\S*)?")
_SIX_DECIMALS = Decimal("0.000001")
_YES = frozenset({"yes", "y", "true", "1", "是", "ja"})
_NO = frozenset({"no", "n", "false", "0", "否", "nein"})


def clean(cell: str) -> str:
    """Compose (NFC), strip, and collapse white space; a cell of dashes alone is empty."""
    text = " ".join(unicodedata.normalize("NFC", cell).split())
    return "" if _ONLY_DASHES.fullmatch(text) else text


def split_list(text: str) -> list[str]:
    """Split at `|`, in order, each entry once."""
    return list(dict.fromkeys(part for raw in re.split(r"[|｜]", text) if (part := clean(raw))))


def lost_digits(text: str) -> bool:
    """Answer whether a spreadsheet wrote this as a rounded number, such as 9.1E+17."""
    return _LOST_DIGITS.fullmatch(unicodedata.normalize("NFKC", text)) is not None


def coordinate(text: str) -> str:
    """Write degrees with a point, at most six decimals and no trailing zeros."""
    if not _DEGREES.fullmatch(text):
        return text
    rounded = Decimal(text.replace(",", ".")).quantize(_SIX_DECIMALS, ROUND_HALF_EVEN)
    plain = f"{rounded:f}".rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def day(text: str) -> str:
    """Write a date as year, month and day; only spellings that can mean one date alone are changed."""
    text = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text))
    year = _SPREADSHEET_YEAR.fullmatch(text)
    if year:
        return year[1]
    parts = _YEAR_FIRST.fullmatch(text)
    if parts:
        return "-".join([parts[1], *(part.zfill(2) for part in parts.groups()[1:] if part)])
    german = _DAY_FIRST.fullmatch(text)
    return f"{german[3]}-{german[2].zfill(2)}-{german[1].zfill(2)}" if german else text


def flag(text: str) -> bool | str:
    """Read yes or no; anything else stays a text, which no field of that kind takes."""
    folded = text.casefold()
    return True if folded in _YES else False if folded in _NO else text


def web_address(text: str) -> tuple[str, bool]:
    """Put https:// in front of a bare host such as www.acme.example; say whether that was done."""
    return (f"https://{text}", True) if _BARE_HOST.fullmatch(text) else (text, False)


def tags(text: str) -> list[str]:
    """Read language tags into their usual spelling."""
    return list(dict.fromkeys(usual_tag(part) for part in split_list(text)))


def identifier(scheme: str, text: str) -> str:
    """Write an identifier in the usual spelling of its scheme; check characters are judged elsewhere."""
    plain = unicodedata.normalize("NFKC", text).lstrip("'").strip()
    mend = _IDENTIFIERS.get(scheme)
    return mend(plain) if mend else plain


def _without_spaces(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def _vat(text: str) -> str:
    joined = re.sub(r"[\s.-]", "", text).upper()
    return f"EL{joined[2:]}" if joined.startswith("GR") else joined


def _ror(text: str) -> str:
    return f"https://ror.org/{re.sub(r'^(https?://)?(www[.])?ror[.]org/', '', text.lower())}"


def _wikidata(text: str) -> str:
    return text.rstrip("/").rpartition("/")[2].upper()


_IDENTIFIERS: dict[str, Callable[[str], str]] = {
    "CN-USCC": _without_spaces,
    "EU-VAT": _vat,
    "ISIN": _without_spaces,
    "ISNI": _without_spaces,
    "LEI": _without_spaces,
    "ROR": _ror,
    "WIKIDATA": _wikidata,
}


def code(list_name: str, text: str) -> str:
    """Find the code of a list by the code itself in any case, or by its English or Chinese label."""
    return _codes(list_name).get(text.casefold(), text)


def unknown_codes(list_name: str, codes: Iterable[str]) -> list[str]:
    """List the codes that an open list does not have and that are not marked as private by `x-`."""
    known = catalog.codelist(list_name)
    return [one for one in codes if one not in known and not one.startswith("x-")]


def nearest_code(list_name: str, text: str) -> str:
    """Ask whether a code of the list was meant; else say how own codes look."""
    near = difflib.get_close_matches(text.casefold(), _codes(list_name), n=1, cutoff=0.75)
    return f"Did you mean {_codes(list_name)[near[0]]}?" if near else "A code of your own starts with x-."


@cache
def _codes(list_name: str) -> dict[str, str]:
    codes = catalog.codelist(list_name).codes
    labels = {label.casefold(): one.code for one in codes for label in (one.label_en, one.label_zh_hans)}
    return labels | {one.code.casefold(): one.code for one in codes}
