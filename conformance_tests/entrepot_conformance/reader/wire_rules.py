"""The rules of the layers C and P that refuse a record on the wire: PRO-20 to PRO-24.

Arithmetic and fixed lists only; no clock, no table that ages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from .names import is_subject
from .rule_error import require

_DATES = "asOf closes founded opens retrieved since statusSince until updated validUntil"
DATES = frozenset(_DATES.split())
_PERSONAL_NAMES = """
    birthdate birthday birthplace ceo ceoname cfo chairman chairperson citizenship contactname
    contactperson cto curriculumvitae dateofbirth director directors dob driverslicence driverslicense
    employeename familyname faren fathersname firstname founder founders fullname geburtsdatum gender
    geschaeftsfuehrer givenname homeaddress idcard idcardnumber identitycard jobtitle lastname
    legalrepresentative lianxiren linkedinprofile maidenname managingdirector maritalstatus middlename
    mobile mobilenumber mobilephone nationalid nationalidnumber nationality passport passportnumber
    personalemail personalid personalphone personname placeofbirth president privateemail privatephone
    religion residentid salutation secondname shenfenzheng shouji socialsecuritynumber ssn surname
    taxidofperson teammembers vorname wechat wechatid weixin whatsapp xingming
"""
PERSONAL_NAMES = frozenset(_PERSONAL_NAMES.split())
_ROR_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_wire_rules(profile: dict[str, Any], origin: str) -> None:
    """Refuse a profile that breaks a wire rule. It MUST satisfy the schema of its type already."""
    for name, value in _members({k: v for k, v in profile.items() if k != "ext"}):
        require(name not in DATES or _is_date(value), "code.date", f"{name} {value!r} is no date")
    for text in _strings(profile):
        require(not _has_bad_character(text) and _isolates_balance(text), "code.text", f"{text!r}")
    for item in profile.get("identifiers", []):  # its shape is the schema's matter
        good = _is_identifier(item.get("scheme"), str(item.get("id")))
        require(good, "code.identifier", f"{item.get('id')!r} is no {item.get('scheme')}")
    owner = {"relation": "from", "opportunity": "via"}.get(str(profile.get("type")))
    require(
        owner is None or is_subject(profile.get(owner), origin), "code.owner", f"{owner} is of another origin"
    )
    for name, _ in _members(profile.get("ext")):
        plain = re.sub("[-_]", "", name).lower()
        require(plain not in PERSONAL_NAMES, "privacy.property-name", f"member {name!r} in ext")


def _members(value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _members(item)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(item)


def _is_date(value: object) -> bool:
    """Say whether the day exists; the form of a date is the schema's matter."""
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", value) if isinstance(value, str) else None
    if match is None:
        return True
    try:
        date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return False
    return True


def _has_bad_character(text: str) -> bool:
    return any(_is_bad(ord(c)) for c in text)


def _is_bad(code: int) -> bool:
    control = (code <= 0x1F and code != 0x0A) or 0x7F <= code <= 0x9F
    format_character = code in (0x2028, 0x2029, 0xFEFF) or 0x202A <= code <= 0x202E
    return control or format_character or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def _isolates_balance(text: str) -> bool:
    depth = 0
    for c in text:
        depth += ("\u2066" <= c <= "\u2068") - (c == "\u2069")
        if depth < 0:
            return False
    return depth == 0


def _is_identifier(scheme: object, text: str) -> bool:
    check = {"LEI": _is_lei, "CN-USCC": _is_uscc, "ROR": _is_ror}.get(str(scheme))
    return check is None or check(text)


def _is_lei(text: str) -> bool:
    """ISO 7064 MOD 97-10 over letters as numbers from 10."""
    good = re.fullmatch("[0-9A-Z]{18}[0-9]{2}", text)
    return bool(good) and int("".join(str(int(c, 36)) for c in text)) % 97 == 1


def _is_uscc(text: str) -> bool:
    """GB 32100: weights are the powers of 3."""
    if len(text) != 18 or any(c not in _USCC_LETTERS for c in text):
        return False
    values = [_USCC_LETTERS.index(c) for c in text]
    return (sum(value * pow(3, place, 31) for place, value in enumerate(values[:17])) + values[17]) % 31 == 0


def _is_ror(text: str) -> bool:
    """Check digits of ROR: 98 minus (n · 100 mod 97), n in base 32."""
    match = re.fullmatch(f"https://ror\\.org/0([{_ROR_LETTERS}]{{6}})([0-9]{{2}})", text)
    if match is None:
        return False
    number = 0
    for c in match[1]:
        number = number * 32 + _ROR_LETTERS.index(c)
    return bool(match[2] == f"{98 - number * 100 % 97:02d}")
