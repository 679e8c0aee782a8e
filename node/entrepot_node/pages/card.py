"""A record in a list: what it is called for this visitor and at home, what, where, whose and how fresh it is. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.naming import heading_of, place_of, title_of
from entrepot_node.pages.showing import Known, Showing, original_language
from entrepot_node.pages.times import confirmed
from entrepot_node.pages.values import RecordValue, Variant

_MAX_SECTORS = 4


@dataclass(frozen=True, slots=True)
class Card:
    """One record of a list. `original` is there when the name at home is another one."""

    subject: str
    path: str
    type: str
    type_label: str
    name: Variant | None
    heading: str
    original: Variant | None
    place: Variant | None
    country: str
    kinds: tuple[str, ...]
    sectors: tuple[str, ...]
    more_sectors: int
    clusters: tuple[RecordValue, ...]
    origin: str
    updated: str
    confirmed: Markup | None
    published: str


def clusters_of(profile: Mapping[str, Any]) -> Iterator[str]:
    """The clusters a record says it belongs to or comes through."""
    for membership in profile.get("memberOf", ()):
        if "until" not in membership:
            yield membership["cluster"]
    yield from (profile[name] for name in ("partOf", "via") if name in profile)


def card(
    profile: Mapping[str, Any],
    origin: str,
    now: float,
    reader: Preferences,
    messages: Messages,
    known: Mapping[str, Known],
    published: str = "",
) -> Card:
    """Lay out a profile as one entry of a list; `published` is the time of its entry where that matters."""
    show = Showing(reader, messages, known, original=original_language(profile))
    title = title_of(profile, show)
    town, country = place_of(profile, show)
    originals = [variant for variant in title.others if variant.original] if title else []
    differs = bool(originals) and title is not None and originals[0].text != title.main.text
    sectors = tuple(show.code(code, "sector").text for code in profile.get("sectors", ()))
    named = [show.record(subject) for subject in dict.fromkeys(clusters_of(profile)) if subject in known]
    updated = str(profile.get("updated", ""))
    return Card(
        subject=profile["id"],
        path=f"/record/{profile['id']}",
        type=profile["type"],
        type_label=show.code(profile["type"], "recordType").text,
        name=title.main if title else None,
        heading="" if title else heading_of(profile, show),
        original=originals[0] if differs else None,
        place=town,
        country=country,
        kinds=tuple(_kinds(profile, show)),
        sectors=sectors[:_MAX_SECTORS],
        more_sectors=max(0, len(sectors) - _MAX_SECTORS),
        clusters=tuple(value for value in named if value is not None and value.name is not None),
        origin=origin,
        updated=updated,
        confirmed=confirmed(updated, now, messages),
        published=published,
    )


def _kinds(profile: Mapping[str, Any], show: Showing) -> Iterator[str]:
    """What the record is within its type, in the words of the code lists."""
    if "kind" in profile:
        yield show.code(profile["kind"], f"{profile['type']}Kind").text
    if profile["type"] == "opportunity" and "direction" in profile:
        yield show.code(profile["direction"], "direction").text
