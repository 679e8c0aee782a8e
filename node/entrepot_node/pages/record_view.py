"""A profile as a page: head, parts, rows. Pure; what is known of other records is an argument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from markupsafe import Markup

from entrepot_node.pages.foreign import one_line
from entrepot_node.pages.language import Preferences, choose_variant
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.naming import heading_of, place_of, title_of
from entrepot_node.pages.places import language_name
from entrepot_node.pages.shapes import SECTIONS, shapes_of
from entrepot_node.pages.showing import Known, Showing, original_language
from entrepot_node.pages.values import Row, TextValue, Value, Variant

MAX_REFERENCES = 64
_REFERENCE_FIELDS = ("from", "to", "by", "via", "partOf", "succeededBy", "sameAs")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page."""

    id: str
    title: Markup
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ContentLanguage:
    """A language the record's own texts can be read in."""

    tag: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class RecordView:
    """All of a profile, in the order of the page."""

    type_label: str
    title: TextValue | None
    heading: Markup
    plain_title: str
    tags: tuple[Value, ...]
    place: Variant | None
    country: str
    summary: TextValue | None
    languages: tuple[ContentLanguage, ...]
    sections: tuple[Section, ...]


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
    title = title_of(profile, show)
    heading = Markup("") if title else heading_of(profile, show)
    place, country = place_of(profile, show)
    sections = []
    for section, fields in SECTIONS:
        rows = tuple(show.row(name, profile[name], shapes[name]) for name in fields if name in profile)
        if rows:
            sections.append(Section(section, messages(f"section.{section}"), rows))
    return RecordView(
        type_label=show.code(profile["type"], "recordType").text,
        title=title,
        heading=heading,
        plain_title=one_line(title.main.text if title else heading.striptags()),
        tags=tuple(value for row in heads.values() for value in row.values),
        place=place,
        country=country,
        summary=show.text(profile["summary"]) if profile.get("summary") else None,
        languages=_languages(profile, show),
        sections=tuple(sections),
    )


def _languages(profile: Mapping[str, Any], show: Showing) -> tuple[ContentLanguage, ...]:
    """The languages of the texts that lead the page, by name; none if there is no choice."""
    texts = [profile[name] for name in ("summary", "title", "name", "expertise") if profile.get(name)]
    tags = {tag for text in texts for tag in text if tag != "und"}
    if len(tags) < 2:
        return ()
    read = choose_variant(texts[0], show.reader.contents, show.original)
    named = sorted((language_name(tag, show.messages.language), tag) for tag in tags)
    return tuple(ContentLanguage(tag, name, tag == read) for name, tag in named)
