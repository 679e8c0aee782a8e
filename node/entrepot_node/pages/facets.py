"""The facets of the directory: what can be chosen, how often each occurs, and the addresses that choose it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from entrepot_node.pages.foreign import readable
from entrepot_node.pages.naming import marked
from entrepot_node.pages.places import subdivision_name, territory_name
from entrepot_node.pages.selection import Selection
from entrepot_node.pages.showing import Showing
from entrepot_node.storage.search import FACETS, FacetCount
from entrepot_schema import catalog

SHORT = 8
"""How many values of a facet stand there before its list is opened."""
MAX_VALUES = 200
WORDS = "words"
KINDS = ("clusterKind", "institutionKind", "opportunityKind")
FRESHNESS = ("3months", "12months", "older")
_ORDER = ("type", "sector", "kind", "country", "subdivision", "cluster", "origin", "freshness")

Address = Callable[[Selection], str]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet; the address adds it, or takes it back when it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool
    href: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet as a list of choices. `more` is the address that lists all `total` of them."""

    name: str
    title: Markup
    choices: tuple[Choice, ...]
    total: int
    more: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that narrows the list, or the words; the address is that of the list without it."""

    facet: str
    title: Markup
    label: str
    href: str


def value_label(facet: str, value: str, show: Showing) -> str:
    """What a value of a facet is called: in the page's language, or as it calls itself."""
    language = show.messages.language
    if facet == "country":
        return territory_name(value, language)
    if facet == "subdivision":
        return subdivision_name(value, language)
    if facet == "freshness" and value in FRESHNESS:
        return show.messages(f"facet.freshness.{value}")
    if facet == "cluster":
        record = show.record(value)
        return marked(record.name) if record is not None and record.name is not None else readable(value)
    if facet in ("type", "sector"):
        return show.code(value, "recordType" if facet == "type" else "sector").text
    if facet == "kind":
        return show.code(value, _kind_list(value)).text
    return readable(value)


def facet_views(
    counts: Mapping[str, Sequence[FacetCount]], total: int, selection: Selection, show: Showing, to: Address
) -> tuple[Facet, ...]:
    """Lay out the facets by which the found records can still be narrowed, and those that narrow them now."""
    views = []
    for name in _ORDER:
        found = _with_chosen(counts.get(name, ()), selection.filters.get(name, ()))
        if _divides(found, total) or name in selection.filters:
            views.append(facet_view(name, found, selection, show, to))
    return tuple(views)


def chips(selection: Selection, show: Showing, to: Address) -> tuple[Chip, ...]:
    """List what narrows the directory now, each to be taken away by itself."""
    listed = []
    if selection.words:
        listed.append(
            Chip(WORDS, show.messages(f"facet.{WORDS}"), selection.words, to(selection.without_words()))
        )
    for name in FACETS:
        title = show.messages(f"facet.{name}")
        for value in selection.filters.get(name, ()):
            label = value_label(name, value, show)
            listed.append(Chip(name, title, label, to(selection.toggled(name, value))))
    return tuple(listed)


def shown_values(counts: Sequence[FacetCount], chosen: Sequence[str], *, opened: bool) -> list[str]:
    """The values of a facet that the page lists, so that their names can be looked up before."""
    return [found.value for found in _shown(_with_chosen(counts, chosen), chosen, opened=opened)]


def facet_view(
    name: str, counts: Sequence[FacetCount], selection: Selection, show: Showing, to: Address
) -> Facet:
    """Lay out one facet."""
    opened = selection.opened == name
    shown = _shown(counts, selection.filters.get(name, ()), opened=opened)
    choices = tuple(
        Choice(
            found.value,
            value_label(name, found.value, show),
            found.count,
            selection.has(name, found.value),
            to(selection.toggled(name, found.value)),
        )
        for found in shown
    )
    more = f"{to(selection.opening(name))}#facet-{name}" if len(shown) < len(counts) and not opened else ""
    return Facet(name, show.messages(f"facet.{name}"), choices, len(counts), more)


def _shown(counts: Sequence[FacetCount], chosen: Sequence[str], *, opened: bool) -> list[FacetCount]:
    """The most frequent values, all up to a bound when the list is opened, and always those that are chosen."""
    first = counts[: MAX_VALUES if opened else SHORT]
    return [*first, *(found for found in counts[len(first) :] if found.value in chosen)]


def _with_chosen(counts: Sequence[FacetCount], chosen: Sequence[str]) -> list[FacetCount]:
    counted = {found.value for found in counts}
    return [*counts, *(FacetCount(value, 0) for value in chosen if value not in counted)]


def _divides(counts: Sequence[FacetCount], total: int) -> bool:
    """Whether choosing one of the values would show less than there is."""
    return len(counts) > 1 or any(found.count < total for found in counts)


def _kind_list(code: str) -> str:
    return next((name for name in KINDS if code in catalog.codelist(name)), KINDS[0])
