"""What a record is called and where it is, for one visitor. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from entrepot_node.pages.places import territory_name
from entrepot_node.pages.showing import Showing
from entrepot_node.pages.values import TextValue, Variant
from entrepot_schema.origin import subject_origin


def title_of(profile: Mapping[str, Any], show: Showing) -> TextValue | None:
    """The name of a record, or the title of an opportunity."""
    text = profile.get("name") or profile.get("title")
    return show.text(text) if text else None


def heading_of(profile: Mapping[str, Any], show: Showing) -> Markup:
    """What stands for the name of a record that has none: a relation's purpose and its two sides."""
    if profile["type"] != "relation":
        return show.messages("record.unnamed")
    purpose = show.code(profile["relationType"], "relationType").text
    sides = [name_of(profile[end], show) for end in ("from", "to")]
    return show.messages("record.between", purpose=purpose, one=sides[0], other=sides[1])


def place_of(profile: Mapping[str, Any], show: Showing) -> tuple[Variant | None, str]:
    """The town of the headquarters, and its country in the language of the page."""
    places = profile.get("locations", ())
    if not places:
        country = profile.get("originCountry", "")
        return None, territory_name(country, show.messages.language) if country else ""
    first = next((place for place in places if place.get("role") == "headquarters"), places[0])
    locality = first.get("locality")
    town = show.text(locality).main if locality else None
    return town, territory_name(first["country"], show.messages.language)


def isolated(text: str) -> Markup:
    """A foreign name within a sentence of ours."""
    return Markup("<bdi>{}</bdi>").format(text)


def marked(variant: Variant) -> Markup:
    """A foreign text with its language and direction, as the templates write it."""
    return Markup('<bdi lang="{}" dir="{}">{}</bdi>').format(variant.lang, variant.dir, variant.text)


def name_of(subject: str, show: Showing) -> Markup:
    """What another record is called within a sentence: its name if it is known here, else its origin."""
    value = show.record(subject)
    if value is not None and value.name is not None:
        return marked(value.name)
    return isolated(subject_origin(subject) or "–")
