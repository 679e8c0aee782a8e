"""Fields of a profile as values for a template: codes get labels, texts get a variant, links are checked.

Pure: all that is known of the visitor and of other records is in the context. A profile was checked against its
schema before it was stored; a shape that does not fit its value all the same is shown as plain text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from entrepot_node.pages.foreign import pretty_json, readable
from entrepot_node.pages.language import Preferences, base_of, choose_variant, direction, html_lang
from entrepot_node.pages.links import mail_link, phone_link, record_path, web_link
from entrepot_node.pages.messages import CHINESE, Messages
from entrepot_node.pages.places import language_name, languages_of, subdivision_name, territory_name
from entrepot_node.pages.shapes import Shape
from entrepot_node.pages.times import date_text
from entrepot_node.pages.values import (
    DataValue,
    DateValue,
    GroupValue,
    HrefValue,
    PlainValue,
    RecordValue,
    Row,
    TextValue,
    Value,
    Variant,
    WebValue,
)
from entrepot_schema import catalog


@dataclass(frozen=True, slots=True)
class Known:
    """What this node knows of another record: its name if it is held, or that it was withdrawn."""

    name: Mapping[str, str] | None
    withdrawn: bool = False
    original: str = ""


@dataclass(frozen=True, slots=True)
class Showing:
    """Shows values to one visitor. Each public method that takes one value is the `kind` of a shape."""

    reader: Preferences
    messages: Messages
    known: Mapping[str, Known] = field(default_factory=dict)
    machine: frozenset[str] = frozenset()
    original: str = ""

    def row(self, name: str, value: Any, shape: Shape, parent: str = "") -> Row:
        """Show a field: one value, or each of a list."""
        if shape.kind == "extension" and isinstance(value, dict):
            parts = tuple(DataValue(readable(prefix), pretty_json(data)) for prefix, data in value.items())
            return Row(name, self.messages.field(name), parts)
        values = value if isinstance(value, list) else [value]
        shown = tuple(self._show(name, one, shape) for one in values)
        return Row(name, self.messages.field(name, parent), shown)

    def _show(self, name: str, value: Any, shape: Shape) -> Value:
        if shape.kind == "group" and isinstance(value, dict):
            return self._group(name, value, shape)
        if shape.kind == "text" and isinstance(value, dict) and value:
            return self.text(value)
        if shape.kind == "code" and isinstance(value, str):
            return self.code(value, shape.codelist)
        simple = getattr(self, f"_{shape.kind}", None)
        shown: Value | None = simple(value) if simple and isinstance(value, (str, bool, int)) else None
        return shown or PlainValue(readable(_plain(value)))

    def text(self, text: Mapping[str, str]) -> TextValue:
        """Choose the variant for this visitor and list the others, the original first."""
        chosen = choose_variant(text, self.reader.contents, self.original)
        others = sorted((tag for tag in text if tag != chosen), key=lambda tag: (tag != self.original, tag))
        return TextValue(
            self.variant(chosen, text[chosen]), tuple(self.variant(tag, text[tag]) for tag in others)
        )

    def variant(self, tag: str, text: str) -> Variant:
        """Mark up a text in one language."""
        name = language_name(tag, self.messages.language)
        return Variant(
            readable(text),
            html_lang(tag),
            direction(tag),
            name,
            machine=tag in self.machine,
            original=tag == self.original,
            foreign=tag != "und" and base_of(tag) != base_of(self.messages.language),
        )

    def code(self, code: str, codelist: str) -> PlainValue:
        """Show a code by its label, a private one by itself."""
        label = _labels(codelist, self.messages.language).get(code)
        if label is not None:
            return label
        return PlainValue(readable(code), mono=True, note=self.messages("record.private-code"))

    def _group(self, name: str, value: dict[str, Any], shape: Shape) -> GroupValue:
        heading = value.get(shape.heading)
        rows = [
            self.row(member, value[member], inner, parent=name)
            for member, inner in shape.members.items()
            if member in value and member != shape.heading
        ]
        shown = (
            self._show(shape.heading, heading, shape.members[shape.heading]) if heading is not None else None
        )
        return GroupValue(shown, tuple(rows), shape.compact)

    # One method for each simple kind of shape; None where the value is not of that kind after all.

    def _plain(self, value: Any) -> Value:
        return PlainValue(readable(str(value)))

    def _mono(self, value: Any) -> Value:
        return PlainValue(readable(str(value)), mono=True)

    def _number(self, value: Any) -> Value | None:
        return PlainValue(f"{value:,}") if isinstance(value, int) else None

    def _flag(self, value: Any) -> Value:
        return PlainValue(self.messages("record.yes" if value is True else "record.no"))

    def _date(self, value: Any) -> Value:
        return DateValue(str(value), date_text(str(value), self.messages.language))

    def _language(self, value: Any) -> Value:
        return PlainValue(language_name(str(value), self.messages.language), title=str(value))

    def _territory(self, value: Any) -> Value:
        return PlainValue(territory_name(str(value), self.messages.language), title=str(value))

    def _subdivision(self, value: Any) -> Value:
        return PlainValue(subdivision_name(str(value), self.messages.language), title=str(value))

    def _web(self, value: Any) -> Value:
        link = web_link(value)
        if link is None:
            return PlainValue(readable(str(value)), note=self.messages("record.not-linked"))
        return WebValue(link)

    def _mail(self, value: Any) -> Value | None:
        href = mail_link(value)
        return HrefValue(href, str(value)) if href else None

    def _phone(self, value: Any) -> Value | None:
        href = phone_link(value)
        return HrefValue(href, str(value)) if href else None

    def _record(self, value: Any) -> Value | None:
        return self.record(str(value))

    def record(self, subject: str) -> RecordValue | None:
        """Another record, linked if this node knows it; None if the text is no subject id."""
        path = record_path(subject)
        if path is None:
            return None
        known = self.known.get(subject)
        if known is None:
            return RecordValue(subject, "", None, self.messages("record.not-here"))
        note = self.messages("record.withdrawn-ref") if known.withdrawn else ""
        if not known.name:
            return RecordValue(subject, path, None, note)
        tag = choose_variant(known.name, self.reader.contents, known.original)
        return RecordValue(subject, path, self.variant(tag, known.name[tag]), note)

    def _record_or_web(self, value: Any) -> Value:
        return self._record(value) or self._web(value)


@cache
def _labels(codelist: str, page_language: str) -> dict[str, PlainValue]:
    """The codes of a list as they are shown on a page; looked up dozens of times for each record."""
    chinese = page_language == CHINESE
    return {
        known.code: PlainValue(
            known.label_zh_hans if chinese else known.label_en,
            title=known.definition_zh_hans if chinese else known.definition_en,
        )
        for known in catalog.codelist(codelist).codes
    }


def original_language(profile: Mapping[str, Any]) -> str:
    """The language the organisation is named in at home: that of its legal name, or of its country; else unknown."""
    named = profile.get("name") or profile.get("title") or {}
    for tag in _home_languages(profile):
        if tag in named and tag not in profile.get("machineTranslated", ()):
            return tag
    return next(iter(named), "") if len(named) == 1 else ""


def _home_languages(profile: Mapping[str, Any]) -> Iterator[str]:
    legal = profile.get("legalName", {})
    countries = [place["country"] for place in profile.get("locations", ())]
    spoken = [
        tag for country in (*countries, profile.get("originCountry", "")) for tag in languages_of(country)
    ]
    yield from (tag for tag in spoken if tag in legal)
    yield from sorted(legal)
    yield from spoken


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else pretty_json(value)
