"""What else the store knows around a live record: relations, members, offers, the same organisation elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from entrepot_node.pages.card import Card, card, clusters_of
from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.relation_view import RelationLine, TwoSides, relation_lines, two_sides
from entrepot_node.pages.selection import Selection
from entrepot_node.pages.showing import Showing
from entrepot_node.pages.subject_facts import SubjectFacts, load_known, profile_of
from entrepot_node.storage.interface import Store
from entrepot_node.storage.reading import VersionRow
from entrepot_node.storage.search import FacetCount, SearchQuery

_MAX_OFFERS = 10
_MAX_IDENTIFIERS = 20
_MAX_ALSO = 20
_MAX_RELATIONS = 300  # read for one page; a hostile feed can name a cluster without end
_MEMBERS = ("company", "institution", "cluster")


@dataclass(frozen=True, slots=True)
class Belonging:
    """How many records of one type belong to a cluster, and the selection that lists them."""

    type: str
    label: Markup
    count: int
    selection: Selection


@dataclass(frozen=True, slots=True)
class Also:
    """Another record with an identifier of this one: somebody else describes the same organisation."""

    card: Card
    scheme: str
    id: str


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around one record."""

    members: tuple[Belonging, ...] = ()
    opportunities: tuple[Card, ...] = ()
    relations: tuple[RelationLine, ...] = ()
    sides: TwoSides | None = None
    also: tuple[Also, ...] = ()


class Surroundings:
    """Reads what stands around records, for one visitor at one time."""

    def __init__(self, store: Store, now: float, reader: Preferences, messages: Messages) -> None:
        self._store = store
        self._now = now
        self._reader = reader
        self._messages = messages

    def of(self, facts: SubjectFacts) -> Around:
        """Read what stands around a live record; an older version stands by itself."""
        profile = facts.profile
        if profile is None or facts.revision != facts.live_revision:
            return Around()
        if facts.type == "relation":
            return Around(sides=self._sides(profile))
        also = self._also(facts.subject, profile)
        if facts.type != "cluster":
            return Around(also=also)
        found = self._store.search(SearchQuery(filters={"cluster": (facts.subject,)}, limit=1), now=self._now)
        return Around(
            members=self._members(facts.subject, found.facets.get("type", [])),
            opportunities=self._offers(facts.subject),
            relations=self._relations(facts.subject),
            also=also,
        )

    def _members(self, subject: str, counts: Sequence[FacetCount]) -> tuple[Belonging, ...]:
        """Count by type, the cluster itself left out: a list filtered by a cluster names it too."""
        found = []
        for counted in counts:
            count = counted.count - (counted.value == "cluster")
            if count > 0 and counted.value in _MEMBERS:
                label = self._messages.counted(f"around.{counted.value}", count)
                selection = Selection(filters={"type": (counted.value,), "cluster": (subject,)})
                found.append(Belonging(counted.value, label, count, selection))
        return tuple(found)

    def _offers(self, subject: str) -> tuple[Card, ...]:
        filters = {"cluster": (subject,), "type": ("opportunity",)}
        query = SearchQuery(filters=filters, sort="newest", limit=_MAX_OFFERS, with_facets=False)
        return self._cards(self._store.search(query, now=self._now).hits)

    def _relations(self, cluster: str) -> tuple[RelationLine, ...]:
        relations = _profiles(self._store.relations_of(cluster, limit=_MAX_RELATIONS))
        return relation_lines(cluster, relations, self._naming(relations), self._now)

    def _sides(self, relation: Mapping[str, Any]) -> TwoSides:
        candidates = [
            one
            for one in _profiles(self._store.relations_of(relation["to"]))
            if one["to"] == relation["from"]
        ]
        return two_sides(relation, candidates, self._naming([relation, *candidates]), self._now)

    def _naming(self, relations: Iterable[Mapping[str, Any]]) -> Showing:
        ends = dict.fromkeys(relation[end] for relation in relations for end in ("from", "to"))
        return Showing(self._reader, self._messages, load_known(self._store, ends))

    def _also(self, subject: str, profile: Mapping[str, Any]) -> tuple[Also, ...]:
        found: dict[str, Also] = {}
        for identifier in profile.get("identifiers", ())[:_MAX_IDENTIFIERS]:
            rows = self._store.by_identifier(identifier["scheme"], identifier["id"], limit=_MAX_ALSO)
            others = [row for _, row in rows if row.subject not in found and row.subject != subject]
            for shown in self._cards(others[: _MAX_ALSO - len(found)]):
                found[shown.subject] = Also(shown, identifier["scheme"], identifier["id"])
        return tuple(found.values())

    def _cards(self, rows: Iterable[VersionRow]) -> tuple[Card, ...]:
        held = [(row.origin, profile) for row in rows if (profile := profile_of(row)) is not None]
        named = dict.fromkeys(one for _, profile in held for one in clusters_of(profile))
        known = load_known(self._store, named)
        return tuple(
            card(profile, origin, self._now, self._reader, self._messages, known) for origin, profile in held
        )


def _profiles(rows: Iterable[tuple[int, VersionRow]]) -> list[dict[str, Any]]:
    return [profile for _, row in rows if (profile := profile_of(row)) is not None]
