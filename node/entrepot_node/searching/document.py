"""A stored record as the index holds it: names, texts, identifiers, facets, relation, day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import chain
from typing import Any, NamedTuple

import orjson

from entrepot_node.searching.terms import identifier_key, index_terms, name_keys, name_terms
from entrepot_schema import catalog
from entrepot_schema.places import Place, equivalent_places

_LONGEST_KEY = 120
_MOST_VALUES = 64  # of one facet in one record: what a hostile record may cost in memory
_DAY_LETTERS = 10
_KEPT_DAYS = 4_096  # some hundred records are of each
_LABELS = {"sectors": "sector", "capabilities": "capability", "partnershipTypes": "partnershipType"}
_KINDS = {"cluster": "clusterKind", "institution": "institutionKind", "opportunity": "opportunityKind"}
_NOTES = {
    "partnerSought": ("role",), "services": ("note",), "recognitions": ("name", "level", "by"),
    "openFacilities": ("name",), "locations": ("locality",), "territory": ("locality",),
}  # fmt: skip


class Document(NamedTuple):
    """What one record is found by. `updated` is a day as `date.toordinal`; `relation` is (from, to).

    `facets` is the JSON that the store keeps: an object of lists. Plain values, since many travel between processes.
    """

    sort_name: str
    updated: int
    names: str
    texts: str
    ids: str
    name_keys: tuple[str, ...]
    identifiers: tuple[tuple[str, str], ...]
    relation: tuple[str, str] | None
    facets: bytes


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """What `read_document` gave on a day, read in advance by whoever checked the record."""

    today: int
    document: Document | None


def read_document(raw: bytes, *, today: int) -> Document | None:
    """Read a record of a type we know; None for all else. Records are verified, but nothing here relies on it."""
    try:
        record = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return document_of(record, today=today)


def document_of(record: Any, *, today: int) -> Document | None:
    """As `read_document`, of a record that is parsed already."""
    subject = record.get("credentialSubject") if isinstance(record, dict) else None
    profile = subject.get("profile") if isinstance(subject, dict) else None
    if not isinstance(profile, dict) or profile.get("type") not in catalog.TYPES:
        return None
    return _document(profile, _day(profile, record, today))


def _document(profile: dict[str, Any], day: int) -> Document:
    keys = {name: name_keys(name) for name in _names(profile)}
    in_names = name_terms(keys)
    in_texts = dict.fromkeys([*index_terms(_texts(profile)), *_label_terms(profile)])
    for term in in_names:
        in_texts.pop(term, None)
    identifiers = _identifiers(profile)
    ends = (_text(profile, "from"), _text(profile, "to"))
    return Document(
        sort_name=_sort_name(profile, keys),
        updated=day,
        names=" ".join(in_names),
        texts=" ".join(in_texts),
        ids=" ".join(_id_terms(profile, identifiers)),
        name_keys=tuple(dict.fromkeys([key[:_LONGEST_KEY] for found in keys.values() for key in found])),
        identifiers=tuple(dict.fromkeys([(scheme, key) for scheme, _, key in identifiers])),
        relation=ends if profile["type"] == "relation" and all(ends) else None,
        facets=orjson.dumps(_facets(profile)),
    )


def _day(profile: dict[str, Any], record: dict[str, Any], today: int) -> int:
    """The day a profile was confirmed; never later than it was signed or than today, or it would lead for ever."""
    signed = _ordinal(_text(record, "validFrom")[:_DAY_LETTERS]) or today
    return min(_ordinal(_text(profile, "updated")[:_DAY_LETTERS]) or signed, signed, today)


@lru_cache(maxsize=_KEPT_DAYS)
def _ordinal(text: str) -> int:
    """The day of a date; the first one where only month or year is known. 0 if there is none."""
    year, month, day = text[:4], text[5:7] or "01", text[8:10] or "01"
    try:
        return date(int(year), int(month), int(day)).toordinal()
    except ValueError:
        return 0


def _names(profile: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for member in ("name", "legalName", "title"):
        found += _languages(profile.get(member))
    for other in _objects(profile, "otherNames"):
        found += _languages(other.get("name"))
    return found


def _sort_name(profile: dict[str, Any], keys: dict[str, list[str]]) -> str:
    names = profile.get("name") or profile.get("title")
    by_tag = (
        {tag: name for tag, name in names.items() if isinstance(name, str)} if isinstance(names, dict) else {}
    )
    name = by_tag.get("en") or by_tag.get("und") or next(iter(by_tag.values()), "")
    return next(iter(keys.get(name) or name_keys(name)), "")[:_LONGEST_KEY]


def _texts(profile: dict[str, Any]) -> list[str]:
    found = _languages(profile.get("summary")) + _languages(profile.get("expertise"))
    for member, parts in _NOTES.items():
        for item in _objects(profile, member):
            for part in parts:
                found += _languages(item.get(part))
    return found


def _label_terms(profile: dict[str, Any]) -> list[str]:
    """Terms of what codes are called, so that a word finds them too."""
    found: list[str] = []
    for member, codelist in _LABELS.items():
        for code in _strings(profile, member):
            found += _labels(codelist).get(code, ())
    for service in _objects(profile, "services"):
        found += _labels("service").get(_text(service, "service"), ())
    codelist = _KINDS.get(profile["type"], "")
    if codelist:
        found += _labels(codelist).get(_text(profile, "kind"), ())
    return found


@cache
def _labels(codelist: str) -> dict[str, tuple[str, ...]]:
    codes = catalog.codelist(codelist).codes
    return {code.code: tuple(index_terms((code.label_en, code.label_zh_hans))) for code in codes}


def _identifiers(profile: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Scheme, identifier, and what it is compared by."""
    found = [(_text(one, "scheme"), _text(one, "id")) for one in _objects(profile, "identifiers")]
    return [(scheme, value, key) for scheme, value in found if scheme and (key := identifier_key(value))]


def _id_terms(profile: dict[str, Any], identifiers: list[tuple[str, str, str]]) -> list[str]:
    """Identifiers as one term and in their parts, the host of the website, the letters of the subject."""
    values = [value.rpartition("/")[2] if "://" in value else value for _, value, _ in identifiers]
    host = _text(profile, "website").partition("://")[2].partition("/")[0].removeprefix("www.")
    letters = _text(profile, "id").rpartition("/")[2]
    keys = [key for _, _, key in identifiers]
    return list(dict.fromkeys([*keys, *index_terms([*values, host, letters])]))


def _facets(profile: dict[str, Any]) -> dict[str, list[str]]:
    """The values of those facets that stand in the record itself; origin and freshness do not."""
    places = _places(profile)
    kind = _text(profile, "kind") if profile["type"] in _KINDS else ""
    facets = {
        "type": [profile["type"]],
        "country": _once([country for country, _ in places]),
        "subdivision": _once([subdivision or "" for _, subdivision in places]),
        "sector": _once(_strings(profile, "sectors")),
        "kind": [kind] if kind else [],
        "cluster": _clusters(profile),
    }
    return {name: values[:_MOST_VALUES] for name, values in facets.items() if values}


def _places(profile: dict[str, Any]) -> list[Place]:
    """Country and subdivision of all places, in every way to write them: whoever asks for HK or CN-HK means both."""
    areas = [*_objects(profile, "locations"), *_objects(profile, "territory")]
    written = [(_text(area, "country"), _text(area, "subdivision") or None) for area in areas]
    written.append((_text(profile, "originCountry"), None))
    return list(dict.fromkeys(chain.from_iterable(map(_writings, written))))


def _writings(place: Place) -> Iterable[Place]:
    ways = equivalent_places(*place)
    return ways if len(ways) == 1 else sorted(ways, key=str)


def _clusters(profile: dict[str, Any]) -> list[str]:
    """The clusters a record belongs to now, and a cluster itself."""
    own = [_text(profile, "id")] if profile["type"] == "cluster" else []
    memberships = [m for m in _objects(profile, "memberOf") if not _text(m, "until")]
    return _once([*own, *_some(memberships, "cluster"), _text(profile, "partOf"), _text(profile, "via")])


def _once(values: list[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value]


def _some(items: list[dict[str, Any]], member: str) -> list[str]:
    return [value for item in items if (value := _text(item, member))]


def _text(item: dict[str, Any], member: str) -> str:
    value = item.get(member)
    return value if isinstance(value, str) else ""


def _languages(value: Any) -> list[str]:
    return [text for text in value.values() if isinstance(text, str)] if isinstance(value, dict) else []


def _objects(item: dict[str, Any], member: str) -> list[dict[str, Any]]:
    value = item.get(member)
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    return [one for one in items if isinstance(one, dict)]


def _strings(item: dict[str, Any], member: str) -> list[str]:
    value = item.get(member)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
