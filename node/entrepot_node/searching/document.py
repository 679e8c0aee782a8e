"""A stored record as the index holds it: names, texts, identifiers, facets, relation, day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import orjson

from entrepot_node.searching.terms import identifier_key, index_terms, name_keys, name_terms
from entrepot_schema import catalog
from entrepot_schema.places import equivalent_places

_LONGEST_KEY = 120
_MOST_VALUES = 64  # of one facet in one record: what a hostile record may cost in memory
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
    names = list(dict.fromkeys(_names(profile)))
    keys = dict.fromkeys(key[:_LONGEST_KEY] for name in names for key in name_keys(name))
    in_names = name_terms(names)
    known = set(in_names)
    in_texts = [term for term in index_terms(_texts(profile)) if term not in known]
    labels = [term for term in _label_terms(profile) if term not in known]
    identifiers = list(_identifiers(profile))
    ends = (_text(profile, "from"), _text(profile, "to"))
    return Document(
        sort_name=_sort_name(profile),
        updated=day,
        names=" ".join(in_names),
        texts=" ".join(dict.fromkeys([*in_texts, *labels])),
        ids=" ".join(_id_terms(profile, identifiers)),
        name_keys=tuple(keys),
        identifiers=tuple(dict.fromkeys((scheme, identifier_key(value)) for scheme, value in identifiers)),
        relation=ends if profile["type"] == "relation" and all(ends) else None,
        facets=orjson.dumps(
            {name: values[:_MOST_VALUES] for name, values in _facets(profile).items() if values}
        ),
    )


def _day(profile: dict[str, Any], record: dict[str, Any], today: int) -> int:
    """The day a profile was confirmed; never later than it was signed or than today, or it would lead for ever."""
    signed = _ordinal(_text(record, "validFrom")) or today
    return min(_ordinal(_text(profile, "updated")) or signed, signed, today)


def _ordinal(text: str) -> int:
    """The day of a date; the first one where only month or year is known. 0 if there is none."""
    year, month, day = text[:4], text[5:7] or "01", text[8:10] or "01"
    try:
        return date(int(year), int(month), int(day)).toordinal()
    except ValueError:
        return 0


def _names(profile: dict[str, Any]) -> Iterator[str]:
    for member in ("name", "legalName", "title"):
        yield from _languages(profile.get(member))
    for other in _objects(profile, "otherNames"):
        yield from _languages(other.get("name"))


def _sort_name(profile: dict[str, Any]) -> str:
    names = profile.get("name") or profile.get("title")
    by_tag = (
        {tag: name for tag, name in names.items() if isinstance(name, str)} if isinstance(names, dict) else {}
    )
    name = by_tag.get("en") or by_tag.get("und") or next(iter(by_tag.values()), "")
    return next(iter(name_keys(name)), "")[:_LONGEST_KEY]


def _texts(profile: dict[str, Any]) -> Iterator[str]:
    yield from _languages(profile.get("summary"))
    yield from _languages(profile.get("expertise"))
    for member, parts in _NOTES.items():
        for item in _objects(profile, member):
            for part in parts:
                yield from _languages(item.get(part))


def _label_terms(profile: dict[str, Any]) -> Iterator[str]:
    """Terms of what codes are called, so that a word finds them too."""
    for member, codelist in _LABELS.items():
        for code in _strings(profile, member):
            yield from _labels(codelist).get(code, ())
    for service in _objects(profile, "services"):
        yield from _labels("service").get(_text(service, "service"), ())
    codelist = _KINDS.get(profile["type"], "")
    if codelist:
        yield from _labels(codelist).get(_text(profile, "kind"), ())


@cache
def _labels(codelist: str) -> dict[str, tuple[str, ...]]:
    codes = catalog.codelist(codelist).codes
    return {code.code: tuple(index_terms((code.label_en, code.label_zh_hans))) for code in codes}


def _identifiers(profile: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for identifier in _objects(profile, "identifiers"):
        scheme, value = _text(identifier, "scheme"), _text(identifier, "id")
        if scheme and identifier_key(value):
            yield scheme, value


def _id_terms(profile: dict[str, Any], identifiers: list[tuple[str, str]]) -> list[str]:
    """Identifiers as one term and in their parts, the host of the website, the letters of the subject."""
    values = [value.rpartition("/")[2] if "://" in value else value for _, value in identifiers]
    host = _text(profile, "website").partition("://")[2].partition("/")[0].removeprefix("www.")
    letters = _text(profile, "id").rpartition("/")[2]
    keys = [identifier_key(value) for _, value in identifiers]
    return list(dict.fromkeys([*keys, *index_terms([*values, host, letters])]))


def _facets(profile: dict[str, Any]) -> dict[str, list[str]]:
    """The values of all facets that stand in the record itself; origin and freshness do not."""
    places = _places(profile)
    kind = _text(profile, "kind") if profile["type"] in _KINDS else ""
    return {
        "type": [profile["type"]],
        "country": _once([country for country, _ in places]),
        "subdivision": _once([subdivision or "" for _, subdivision in places]),
        "sector": _once(list(_strings(profile, "sectors"))),
        "kind": [kind] if kind else [],
        "cluster": _clusters(profile),
    }


def _places(profile: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Country and subdivision of all places, in every way to write them: whoever asks for HK or CN-HK means both."""
    areas = [*_objects(profile, "locations"), *_objects(profile, "territory")]
    written = [(_text(area, "country"), _text(area, "subdivision") or None) for area in areas]
    written.append((_text(profile, "originCountry"), None))
    found = [place for one in dict.fromkeys(written) for place in sorted(equivalent_places(*one), key=str)]
    return list(dict.fromkeys(found))


def _clusters(profile: dict[str, Any]) -> list[str]:
    """The clusters a record belongs to now, and a cluster itself."""
    own = [_text(profile, "id")] if profile["type"] == "cluster" else []
    memberships = [m for m in _objects(profile, "memberOf") if not _text(m, "until")]
    return _once([*own, *_some(memberships, "cluster"), _text(profile, "partOf"), _text(profile, "via")])


def _once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


def _some(items: list[dict[str, Any]], member: str) -> list[str]:
    return [value for item in items if (value := _text(item, member))]


def _text(item: dict[str, Any], member: str) -> str:
    value = item.get(member)
    return value if isinstance(value, str) else ""


def _languages(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (text for text in value.values() if isinstance(text, str))


def _objects(item: dict[str, Any], member: str) -> list[dict[str, Any]]:
    value = item.get(member)
    items = value if isinstance(value, list) else [value]
    return [one for one in items if isinstance(one, dict)]


def _strings(item: dict[str, Any], member: str) -> Iterator[str]:
    value = item.get(member)
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, str))
