"""The directory: one box over everything, facets, and the records found. What is read here is laid out purely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from entrepot_node.pages.card import Card, card, clusters_of
from entrepot_node.pages.facets import WORDS, Address, Chip, Facet, chips, facet_views, shown_values
from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.record_view import references
from entrepot_node.pages.selection import SORTS, Selection
from entrepot_node.pages.showing import Known, Showing
from entrepot_node.pages.subject_facts import load_known, profile_of
from entrepot_node.storage.interface import Store
from entrepot_node.storage.search import FACETS, SearchPage, SearchQuery

PAGE_RECORDS = 25


@dataclass(frozen=True, slots=True)
class Sort:
    """One order of the list, and the address that shows it."""

    name: str
    title: Markup
    chosen: bool
    href: str


@dataclass(frozen=True, slots=True)
class Drop:
    """What would be found without one filter, where nothing is found with it."""

    title: Markup
    labels: tuple[str, ...]
    total: int
    href: str


@dataclass(frozen=True, slots=True)
class DirectoryView:
    """One page of the directory."""

    total: int
    chips: tuple[Chip, ...]
    facets: tuple[Facet, ...]
    cards: tuple[Card, ...]
    sorts: tuple[Sort, ...]
    drops: tuple[Drop, ...]
    first: str
    next: str
    next_cursor: str
    whole: str


class Directory:
    """Reads the directory of one store for one visitor at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def view(
        self, selection: Selection, now: float, reader: Preferences, messages: Messages, to: Address
    ) -> DirectoryView:
        """Search and lay out; `to` writes the address of a selection."""
        found = self._store.search(selection.query(PAGE_RECORDS), now=now)
        known = self._known(selection, found)
        show = Showing(reader, messages, known)
        return DirectoryView(
            total=found.total,
            chips=chips(selection, show, to),
            facets=facet_views(found.facets, found.total, selection, show, to),
            cards=tuple(_cards(found, now, reader, messages, known)),
            sorts=_sorts(selection, messages, to),
            drops=() if found.total else tuple(self._drops(selection, now, show, to)),
            first=to(selection.at("")) if selection.cursor else "",
            next=to(selection.at(found.next)) if found.next else "",
            next_cursor=found.next,
            whole=to(Selection(sort=selection.sort)),
        )

    def _known(self, selection: Selection, found: SearchPage) -> dict[str, Known]:
        """The names of the records that cards and the facet of clusters name."""
        profiles = [profile for hit in found.hits if (profile := profile_of(hit))]
        named = [subject for profile in profiles for subject in clusters_of(profile)]
        sides = [
            subject for profile in profiles if "relationType" in profile for subject in references(profile)
        ]
        clusters = shown_values(
            found.facets.get("cluster", ()),
            selection.filters.get("cluster", ()),
            opened=selection.opened == "cluster",
        )
        return load_known(self._store, dict.fromkeys((*named, *sides, *clusters)))

    def _drops(self, selection: Selection, now: float, show: Showing, to: Address) -> Iterator[Drop]:
        """Try again without each filter, the one that hides most first."""
        trials = [(name, selection.without(name)) for name in FACETS if name in selection.filters]
        if selection.words and trials:
            trials.append((WORDS, selection.without_words()))
        counted = [(self._count(trial, now), name, trial) for name, trial in trials]
        for total, name, trial in sorted(counted, key=lambda one: -one[0]):
            if total:
                labels = tuple(chip.label for chip in chips(selection, show, to) if chip.facet == name)
                yield Drop(show.messages(f"facet.{name}"), labels, total, to(trial))

    def _count(self, selection: Selection, now: float) -> int:
        query = SearchQuery(selection.words, selection.filters, limit=1, with_facets=False)
        return self._store.search(query, now=now).total


def _cards(
    found: SearchPage, now: float, reader: Preferences, messages: Messages, known: dict[str, Known]
) -> Iterator[Card]:
    for hit in found.hits:
        profile = profile_of(hit)
        if profile is not None:
            yield card(profile, hit.origin, now, reader, messages, known)


def _sorts(selection: Selection, messages: Messages, to: Address) -> tuple[Sort, ...]:
    """The orders there are; without words, relevance is no order of its own."""
    names = SORTS if selection.words else SORTS[1:]
    chosen = selection.sort if selection.sort in names else names[0]
    return tuple(
        Sort(name, messages(f"sort.{name}"), name == chosen, to(selection.sorted_by(name))) for name in names
    )
