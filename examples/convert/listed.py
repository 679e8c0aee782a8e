"""Rows of stock-listed health-care companies as profiles.

Traps: the list is one of share lines, and not of companies. It holds certificates, receipts and funds; one company
stands in it under several names; and its country is where the company works, not where it is registered, so that
no legal home is derived from it and none from an ISIN.
"""

from __future__ import annotations

import re

from stdnum import isin as isin_number

from entrepot_node.demo_data.rows import Dropped, Profile, Row, clean

SOURCE = "https://github.com/JerBouma/FinanceDatabase"
_COUNTRIES = {
    "Austria": "AT", "Belgium": "BE", "China": "CN", "Cyprus": "CY", "Czech Republic": "CZ", "Denmark": "DK",
    "Finland": "FI", "France": "FR", "Germany": "DE", "Greece": "GR", "Hong Kong": "HK", "Hungary": "HU",
    "Iceland": "IS", "Ireland": "IE", "Israel": "IL", "Italy": "IT", "Latvia": "LV", "Luxembourg": "LU",
    "Netherlands": "NL", "Norway": "NO", "Poland": "PL", "Singapore": "SG", "Spain": "ES", "Sweden": "SE",
    "Switzerland": "CH", "Taiwan": "TW", "United Kingdom": "GB",
}  # fmt: skip
_HOMES = ("BM", "CY", "GG", "HK", "IE", "IM", "JE", "KY", "LU", "NL", "VG")
_SECTORS = {
    "Biotechnology": "biopharma",
    "Pharmaceuticals": "biopharma",
    "Health Care Equipment & Supplies": "medicalDevices",
    "Health Care Technology": "digitalHealth",
    "Health Care Providers & Services": "healthcareServices",
    "Life Sciences Tools & Services": "researchTools",
}
_RECEIPT = re.compile(r"\b(?:SP\.)?(?:ADR|ADS|GDR|CDR|BDR)\b|DR[NC]$", re.IGNORECASE)
_STRUCTURED = re.compile(
    r"\bO?E T[LS]\.Z\.|\b(?:cert|zert|warrant|turbo|ETF|ETN|fund|trust units)\b", re.IGNORECASE
)
_SHARE_LINE = re.compile(
    r"\bORD (?:SHS?|S)\b|[ -]?,\d+\b|\bO\.N\.|\bVTG\b|\bClass [A-Z]$| (?:NA|INH|VZ)$", re.IGNORECASE
)
_PUBLIC = re.compile(r" \(publ\.?\)$", re.IGNORECASE)
_POSTCODE = re.compile(r"[A-Za-z0-9]+(?:[ -][A-Za-z0-9]+)*", re.ASCII)


def listed_profile(row: Row, retrieved: str) -> Profile:
    """Make the profile of one row, without id; raise `Dropped` where the row names no company."""
    name = _name(row)
    location: Profile = {"country": _COUNTRIES[row["country"]]}
    if row["city"]:
        location["locality"] = {"und": clean(row["city"])}
    if len(row["zipcode"]) <= 12 and _POSTCODE.fullmatch(row["zipcode"]):
        location["postalCode"] = row["zipcode"]
    profile: Profile = {
        "type": "company",
        "name": {"und": name},
        "locations": [location],
        "status": "active",
        "listed": row["delisted"] != "True",
        "updated": retrieved,
        "source": {"kind": "thirdParty", "url": SOURCE, "retrieved": retrieved},
    }
    sector = _SECTORS.get(row["industry"])
    optional = {
        "website": row["website"].strip(),
        "sectors": [sector] if sector else [],
        "identifiers": _identifiers(row),
    }
    return profile | {field: value for field, value in optional.items() if value}


def _name(row: Row) -> str:
    name = clean(row["name"])
    if _STRUCTURED.search(name):
        raise Dropped("a structured product or a fund, no company")
    if _RECEIPT.search(name):
        raise Dropped("a depositary receipt, no company")
    if _SHARE_LINE.search(name):
        raise Dropped("a line of shares under its own name")
    if not row["city"] and not row["website"]:
        raise Dropped("neither place nor web site: nothing tells which company it is")
    return _PUBLIC.sub("", name)


def _identifiers(row: Row) -> list[Profile]:
    """The ISIN, if it is of the country or of a usual home of holdings; others are of receipts or of somebody else."""
    isin = row["isin"].strip()
    if isin[:2] not in {_COUNTRIES[row["country"]], *_HOMES} or not isin_number.is_valid(isin):
        return []
    return [{"scheme": "ISIN", "id": isin}]
