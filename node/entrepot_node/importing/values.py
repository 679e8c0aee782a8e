"""One cell to one value of a profile: what can be mended without a guess is mended, the rest is left to the rules.

A cell that cannot be understood is passed on as it stands, so that the one validator refuses it with its own words.
Only what would pass unseen is refused here: a number that lost its digits in a spreadsheet.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache

from entrepot_node.importing.columns import usual_tag
from entrepot_schema import catalog

_ONLY_DASHES = re.compile(r"[-‐-―−]+")
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(?:[.,][0-9]{1,40})?", re.ASCII)
_CODE = re.compile(r"[a-z][A-Za-z0-9]*|x-[a-z0-9-]+", re.ASCII)
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


def code(list_name: str, text: str) -> str:
    """Find the code of a list by the code itself in any case, or by its English or Chinese label."""
    return _codes(list_name).get(text.casefold(), text)


def is_unknown_word(list_name: str, text: str) -> bool:
    """Answer whether this is neither code nor label of a list, and has no form of a code that the rules could judge."""
    return text not in catalog.codelist(list_name) and not _CODE.fullmatch(text)


@cache
def _codes(list_name: str) -> dict[str, str]:
    codes = catalog.codelist(list_name).codes
    labels = {label.casefold(): one.code for one in codes for label in (one.label_en, one.label_zh_hans)}
    return labels | {one.code.casefold(): one.code for one in codes}
