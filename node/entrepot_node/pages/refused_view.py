"""The records this node refused, and why, in words. Never their content: it was not kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from entrepot_node.pages.change_view import field_label
from entrepot_node.pages.language import Preferences
from entrepot_node.pages.links import record_path
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.shapes import shapes_of
from entrepot_node.pages.showing import Showing
from entrepot_node.reasons import meaning
from entrepot_node.storage.reading import VersionRow

_PROFILE = "/credentialSubject/profile"


@dataclass(frozen=True, slots=True)
class RefusedView:
    """One refused record. `place` names a field of the profile, `pointer` any place in the document."""

    subject: str
    path: str
    type: str
    type_label: str
    origin: str
    index: int
    code: str
    meaning: str
    place: Markup
    pointer: str


def refused_views(
    rows: Iterable[VersionRow], reader: Preferences, messages: Messages
) -> tuple[RefusedView, ...]:
    """Lay out refused records for one visitor."""
    show = Showing(reader, messages)
    return tuple(_view(row, show) for row in rows)


def _view(row: VersionRow, show: Showing) -> RefusedView:
    inside = row.pointer.removeprefix(_PROFILE)
    known = row.pointer.startswith(_PROFILE + "/")
    return RefusedView(
        subject=row.subject,
        path=record_path(row.subject) or "",
        type=row.type,
        type_label=show.code(row.type, "recordType").text,
        origin=row.origin,
        index=row.index,
        code=row.code,
        meaning=meaning(row.code, show.messages.language),
        place=field_label(inside, shapes_of(row.type), show.messages) if known else Markup(""),
        pointer=row.pointer,
    )
