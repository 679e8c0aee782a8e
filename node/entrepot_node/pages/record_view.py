"""A profile as a page: head, parts, rows. Pure; what is known of other records is an argument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from markupsafe import Markup

from entrepot_node.pages.foreign import one_line
from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.places import territory_name
from entrepot_node.pages.shapes import SECTIONS, shapes_of
from entrepot_node.pages.showing import Known, Showing, original_language
from entrepot_node.pages.values import Row, TextValue, Value, Variant
from entrepot_schema.origin import subject_origin

MAX_REFERENCES = 64
_REFERENCE_FIELDS = ("from", "to", "by", "via", "partOf", "succeededBy", "sameAs")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page."""

    id: str
    title: Markup
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class RecordView:
    """All of a profile, in the order of the page."""

    type_label: str
    title: TextValue | None
    heading: str
    plain_title: str
    tags: tuple[Value, ...]
    place: Variant | None
    country: str
    summary: TextValue | None
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A record in a list: its name for this visitor, the original name where that differs, type, place, origin."""

    subject: str
    path: str
    type_label: str
    name: Variant | None
    heading: str
    original: Variant | None
    place: Variant | None
    country: str
    origin: str
    time: str


def references(profile: Mapping[str, Any]) -> tuple[str, ...]:
    """The other subjects a profile names, up to a number that a page can look up."""
    return tuple(islice(dict.fromkeys(_references(profile)), MAX_REFERENCES))


def _references(profile: Mapping[str, Any]) -> Iterator[str]:
    for name in _REFERENCE_FIELDS:
        value = profile.get(name, ())
        yield from value if isinstance(value, list) else [value] if value else []
    yield from (membership["cluster"] for membership in profile.get("memberOf", ()))


def record_view(
    profile: Mapping[str, Any], reader: Preferences, messages: Messages, known: Mapping[str, Known]
) -> RecordView:
    """Lay out a profile for one visitor."""
    original = original_language(profile)
    show = Showing(reader, messages, known, frozenset(profile.get("machineTranslated", ())), original)
    shapes = shapes_of(profile["type"])
    heads = {
        name: show.row(name, profile[name], shapes[name]) for name in ("kind", "status") if name in profile
    }
    title = _title(profile, show)
    heading = "" if title else _heading(profile, show)
    place, country = _place(profile, show)
    sections = []
    for section, fields in SECTIONS:
        rows = tuple(show.row(name, profile[name], shapes[name]) for name in fields if name in profile)
        if rows:
            sections.append(Section(section, messages(f"section.{section}"), rows))
    return RecordView(
        type_label=show.code(profile["type"], "recordType").text,
        title=title,
        heading=heading,
        plain_title=one_line(title.main.text if title else heading),
        tags=tuple(value for row in heads.values() for value in row.values),
        place=place,
        country=country,
        summary=show.text(profile["summary"]) if profile.get("summary") else None,
        sections=tuple(sections),
    )


def line(profile: Mapping[str, Any], origin: str, time: str, reader: Preferences, messages: Messages) -> Line:
    """Lay out a profile as one row of a list."""
    show = Showing(reader, messages, original=original_language(profile))
    title = _title(profile, show)
    place, country = _place(profile, show)
    originals = [variant for variant in title.others if variant.original] if title else []
    differs = bool(originals) and title is not None and originals[0].text != title.main.text
    return Line(
        subject=profile["id"],
        path=f"/record/{profile['id']}",
        type_label=show.code(profile["type"], "recordType").text,
        name=title.main if title else None,
        heading="" if title else _heading(profile, show),
        original=originals[0] if differs else None,
        place=place,
        country=country,
        origin=origin,
        time=time,
    )


def _title(profile: Mapping[str, Any], show: Showing) -> TextValue | None:
    text = profile.get("name") or profile.get("title")
    return show.text(text) if text else None


def _heading(profile: Mapping[str, Any], show: Showing) -> str:
    """What stands for the name of a record that has none: a relation's purpose and the other side."""
    if profile["type"] == "relation":
        purpose = show.code(profile["relationType"], "relationType").text
        return show.messages("record.with", purpose=purpose, origin=subject_origin(profile["to"]) or "–")
    return show.messages("record.unnamed")


def _place(profile: Mapping[str, Any], show: Showing) -> tuple[Variant | None, str]:
    places = profile.get("locations", ())
    if not places:
        country = profile.get("originCountry", "")
        return None, territory_name(country, show.messages.language) if country else ""
    first = next((place for place in places if place.get("role") == "headquarters"), places[0])
    locality = first.get("locality")
    town = show.text(locality).main if locality else None
    return town, territory_name(first["country"], show.messages.language)
