"""What else the store knows around a record: members and opportunities of a cluster, the same organisation elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from entrepot_node.pages.card import Card, card, clusters_of
from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.selection import Selection
from entrepot_node.pages.subject_facts import SubjectFacts, load_known, profile_of
from entrepot_node.storage.interface import FacetCount, SearchQuery, Store, VersionRow

_MAX_OPPORTUNITIES = 10


@dataclass(frozen=True, slots=True)
class Belonging:
    """How many records of one type belong to a cluster, and the selection that lists them."""

    type: str
    label: Markup
    count: int
    selection: Selection


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around one record."""

    members: tuple[Belonging, ...] = ()
    opportunities: tuple[Card, ...] = ()


def load_around(
    store: Store, facts: SubjectFacts, now: float, reader: Preferences, messages: Messages
) -> Around:
    """Read what stands around a live record."""
    profile = facts.profile
    if profile is None or facts.type != "cluster" or facts.shown is not facts.live:
        return Around()
    found = store.search(SearchQuery(filters={"cluster": (facts.subject,)}, limit=1), now=now)
    offers = SearchQuery(
        filters={"cluster": (facts.subject,), "type": ("opportunity",)},
        sort="newest", limit=_MAX_OPPORTUNITIES, with_facets=False,
    )  # fmt: skip
    hits = store.search(offers, now=now).hits
    return Around(
        members=_members(facts.subject, found.facets.get("type", []), messages),
        opportunities=cards_of(store, hits, now, reader, messages),
    )


def cards_of(
    store: Store, rows: list[VersionRow], now: float, reader: Preferences, messages: Messages
) -> tuple[Card, ...]:
    """Lay out records as cards, with the names of their clusters."""
    profiles: list[tuple[VersionRow, Mapping[str, Any]]] = [
        (row, profile) for row in rows if (profile := profile_of(row)) is not None
    ]
    known = load_known(store, dict.fromkeys(one for _, profile in profiles for one in clusters_of(profile)))
    return tuple(card(profile, row.origin, now, reader, messages, known) for row, profile in profiles)


def _members(subject: str, counts: list[FacetCount], messages: Messages) -> tuple[Belonging, ...]:
    """Count by type, the cluster itself left out: a list filtered by a cluster names it too."""
    found = []
    for counted in counts:
        count = counted.count - (counted.value == "cluster")
        if count > 0 and counted.value in ("company", "institution", "cluster"):
            label = messages.counted(f"around.{counted.value}", count)
            selection = Selection(filters={"type": (counted.value,), "cluster": (subject,)})
            found.append(Belonging(counted.value, label, count, selection))
    return tuple(found)
