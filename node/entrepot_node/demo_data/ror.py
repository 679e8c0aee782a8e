"""Organisations of the Research Organization Registry (ROR), as profiles.

What the source does not say is not said here: no sectors or memberships, and no country, region or status that is
derived from something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from entrepot_node.demo_data.rows import Dropped, Profile, Row, clean
from entrepot_schema.identifier import is_ror

_INSTITUTION_KINDS = {
    "education": "university",
    "facility": "researchInstitute",
    "government": "publicAuthority",
    "healthcare": "hospital",
}
_NAME_KINDS = (("incubat", "incubator"), ("incubad", "incubator"), ("cluster", "clusterOrganisation"))
_PARK_WORDS = ("park", "parc ", "parco", "parque", "technopole", "polo tecnologico")
# Where the name does not tell, this is our reading; the README says so.
_KINDS_BY_HAND = {
    "https://ror.org/03j42y490": "clusterOrganisation",  # Biocat
    "https://ror.org/0380k9k47": "sciencePark",  # Genopole
    "https://ror.org/04ffjez92": "x-catapult",
    "https://ror.org/03vbj2a93": "x-catapult",
    "https://ror.org/00a3raj28": "x-catapult",
}
# ROR writes the country behind the name of a company. These are the names it uses.
_COUNTRY_NAMES = {
    "AT": ("Austria",),
    "BE": ("Belgium",),
    "BG": ("Bulgaria",),
    "CN": ("China",),
    "CY": ("Cyprus",),
    "CZ": ("Czechia", "Czech Republic"),
    "DE": ("Germany",),
    "DK": ("Denmark",),
    "EE": ("Estonia",),
    "ES": ("Spain",),
    "FI": ("Finland",),
    "FR": ("France",),
    "GR": ("Greece",),
    "HK": ("Hong Kong",),
    "HU": ("Hungary",),
    "IE": ("Ireland",),
    "IT": ("Italy",),
    "LU": ("Luxembourg",),
    "NL": ("Netherlands",),
    "PL": ("Poland",),
    "PT": ("Portugal",),
    "SE": ("Sweden",),
    "SI": ("Slovenia",),
    "TW": ("Taiwan",),
}
_WITHOUT_SUBDIVISIONS = frozenset({"HK", "MO"})  # ISO 3166-2 has none; the source's codes are of another list
_SUBDIVISION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}", re.ASCII)
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_BRACKET = re.compile(r" \(([^()]*)\)$")


def ror_profile(row: Row, kind: str, retrieved: str) -> Profile:
    """Make the profile of one row, without id; raise `Dropped` where it can't be a live organisation."""
    if row["status"] == "withdrawn":
        raise Dropped("withdrawn from the registry")
    if row["status"] != "active":
        raise Dropped("no longer active; the source does not tell merged from dissolved")
    if not is_ror(row["ror_id"]):
        raise Dropped("the ROR id does not check")
    profile: Profile = {"type": kind, "status": "active", "updated": retrieved, "locations": [_location(row)]}
    if kind != "company":
        profile["kind"] = _cluster_kind(row) if kind == "cluster" else _institution_kind(row)
    profile["name"], others = _names(row)
    profile["identifiers"] = _identifiers(row)
    profile["source"] = {"kind": "thirdParty", "url": row["ror_id"], "retrieved": retrieved}
    optional = {"otherNames": others, "website": row["website"].strip(), "founded": row["established"]}
    return profile | {field: value for field, value in optional.items() if value}


def _institution_kind(row: Row) -> str:
    for ror_type in row["types"].split(";"):
        if ror_type in _INSTITUTION_KINDS:
            return _INSTITUTION_KINDS[ror_type]
    raise Dropped("a type of institution that the code list does not have")


def _cluster_kind(row: Row) -> str:
    name = row["name"].lower()
    if row["ror_id"] in _KINDS_BY_HAND:
        return _KINDS_BY_HAND[row["ror_id"]]
    for word, kind in _NAME_KINDS:
        if word in name and not any(park in name for park in _PARK_WORDS):
            return kind
    if any(word in name for word in _PARK_WORDS):
        return "sciencePark"
    if "cluster" in name:
        return "clusterOrganisation"
    raise Dropped("a kind of cluster that neither name nor code list tells")


def _location(row: Row) -> Profile:
    location: Profile = {"country": row["country"]}
    subdivision = f"{row['country']}-{row['subdivision_code']}"
    if _SUBDIVISION.fullmatch(subdivision) and row["country"] not in _WITHOUT_SUBDIVISIONS:
        location["subdivision"] = subdivision
    if row["city"]:
        location["locality"] = {"und": clean(row["city"])}
    if row["lat"] and row["lng"]:
        location |= {"lat": _coordinate(row["lat"]), "lon": _coordinate(row["lng"])}
    return location


def _coordinate(text: str) -> str:
    """Write degrees with at most six decimals and no trailing zeros."""
    plain = f"{float(text):.6f}".rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def _identifiers(row: Row) -> list[Profile]:
    found = [{"scheme": "ROR", "id": row["ror_id"]}]
    found += [{"scheme": "WIKIDATA", "id": row["wikidata"]}] if row["wikidata"] else []
    found += [{"scheme": "ISNI", "id": row["isni"].replace(" ", "")}] if row["isni"] else []
    return found


def _names(row: Row) -> tuple[dict[str, str], list[Profile]]:
    """Read the name in the languages that the source marks, and other names whose kind the code list has."""
    country = row["country"]
    listed = json.loads(row["other_names_json"] or "[]")
    main = _without_country(clean(row["name"]), country)
    name: dict[str, str] = {}
    if row["name_lang"]:
        name[_tag(row["name_lang"], main, country)] = main
    for other in listed:
        text = _without_country(clean(other["value"]), country)
        if other["types"] == ["label"] and other.get("lang"):
            name.setdefault(_tag(other["lang"], text, country), text)
    name.pop("und", None)
    if _HAN.search(row["name_zh"]):
        name.setdefault(_tag("zh", row["name_zh"], country), clean(row["name_zh"]))
    if main not in name.values():
        name["und"] = main
    return dict(sorted(name.items())), list(_other_names(listed, main, name, country))


def _other_names(
    listed: list[dict[str, Any]], main: str, name: dict[str, str], country: str
) -> Iterator[Profile]:
    known = set(name.values())
    for other in listed:
        text = _without_country(clean(other["value"]), country)
        # Aliases that are longer have no place among the kinds of name: not short, and not said to be former.
        kind = "acronym" if "acronym" in other["types"] else "short" if len(text) < len(main) else ""
        if kind and text not in known:
            known.add(text)
            yield {"kind": kind, "name": {_tag(other.get("lang") or "und", text, country): text}}


def _tag(language: str, text: str, country: str) -> str:
    """Tag the language of a text; Chinese with the script of its characters, `und` if it has none."""
    if language != "zh":
        return language
    if not _HAN.search(text):
        return "und"
    simplified, traditional = _fits(text, "gb2312"), _fits(text, "big5")
    if simplified == traditional:
        return "zh-Hans" if country == "CN" else "zh-Hant"
    return "zh-Hans" if simplified else "zh-Hant"


def _fits(text: str, charset: str) -> bool:
    """Answer whether a charset has all Han characters of a text: GB 2312 simplified, Big5 traditional."""
    try:
        "".join(_HAN.findall(text)).encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _without_country(name: str, country: str) -> str:
    bracket = _BRACKET.search(name)
    if bracket and bracket[1] in _COUNTRY_NAMES.get(country, ()):
        return name[: bracket.start()]
    return name
