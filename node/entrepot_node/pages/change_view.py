"""What changed between two versions of a record, by field, in the words of the page. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from entrepot_node.pages.foreign import readable
from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.places import language_name
from entrepot_node.pages.shapes import Shape, shapes_of
from entrepot_node.pages.showing import Known, Showing
from entrepot_node.pages.values import PlainValue, Row, TextValue
from entrepot_schema.difference import Change, differences

MAX_CHANGES = 60


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One changed field: its name, what happened in a word, and its values where there are any."""

    pointer: str
    label: Markup
    op: str
    text: Markup
    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of one version; `more` counts those that are not listed."""

    fields: tuple[ChangedField, ...]
    more: int


def change_view(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reader: Preferences,
    messages: Messages,
    known: Mapping[str, Known],
) -> Changes:
    """Lay out what makes one profile of another."""
    found = differences(dict(before), dict(after))
    show, shapes = Showing(reader, messages, known), shapes_of(after["type"])
    fields = tuple(_field(change, show, shapes) for change in found[:MAX_CHANGES])
    return Changes(fields, max(0, len(found) - MAX_CHANGES))


def field_label(pointer: str, shapes: Mapping[str, Shape], messages: Messages) -> Markup:
    """Name the place of a JSON Pointer in a profile: `Locations · Town (German)`."""
    return _place(pointer, shapes, messages)[0]


def _field(change: Change, show: Showing, shapes: Mapping[str, Shape]) -> ChangedField:
    label, name, shape, tag = _place(change.pointer, shapes, show.messages)
    return ChangedField(
        change.pointer,
        label,
        change.op,
        show.messages(f"change.{change.op}"),
        None if change.op == "add" else _row(change.before, name, shape, tag, show),
        None if change.op == "remove" else _row(change.after, name, shape, tag, show),
    )


def _row(value: Any, name: str, shape: Shape | None, tag: str, show: Showing) -> Row:
    if tag and isinstance(value, str):
        # The label names the language already.
        return Row(name, "", (TextValue(replace(show.variant(tag, value), foreign=False)),))
    if shape is None:
        return Row(name, "", (PlainValue(readable(str(value))),))
    return show.row(name, value, shape)


def _place(
    pointer: str, shapes: Mapping[str, Shape], messages: Messages
) -> tuple[Markup, str, Shape | None, str]:
    """Follow a pointer down the shapes: label, name of the field, its shape, and the language of a text."""
    labels: list[str] = []
    name, shape, parent, tag = "", None, "", ""
    members: Mapping[str, Shape] = shapes
    for part in pointer.split("/")[1:]:
        if part.isascii() and part.isdigit():
            continue  # a place in a list: its name is that of the list
        if part in members:
            shape, parent, name = members[part], name, part
            members = shape.members
            labels.append(messages.field(name, parent))
        elif shape is not None and shape.kind == "text":
            tag = part
        else:
            labels.append(readable(part))
            shape, members = None, {}
    label = Markup(" · ").join(labels) if labels else messages("change.whole")
    if tag:
        label = messages("record.language-of", name=label, tag=language_name(tag, messages.language))
    return label, name, shape, tag
