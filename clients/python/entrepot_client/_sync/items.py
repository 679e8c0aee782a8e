# Made from _async/items.py by clients/python/tools/make_sync.py; do not edit.
"""Lists that page by themselves and can be taken up again later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from entrepot_client.answers import FacetCount, PageAnswer
from entrepot_client.item_key import item_key
from entrepot_client.resume import Place, parse_place

T = TypeVar("T")


class Items(Generic[T]):
    """The items of a list, page by page.

    `resume` is where the iteration stands: give it to the same call later and it goes on behind the last item that was handed
    out. `total` and `facets` are those of the page read last; `load` reads the first page before the iteration begins.
    """

    def __init__(
        self,
        fetch: Callable[[str], PageAnswer],
        read: Callable[[dict[str, Any]], T | None],
        resume: str = "",
    ) -> None:
        self._fetch = fetch
        self._read = read
        self._place = parse_place(resume)
        self._page: PageAnswer | None = None

    @property
    def resume(self) -> str:
        """Where the iteration stands."""
        return str(self._place)

    @property
    def total(self) -> int | None:
        """How many items there are in all, where the list counts them."""
        return self._page.total if self._page else None

    @property
    def facets(self) -> dict[str, list[FacetCount]]:
        """Counts by facet, of a search."""
        return dict(self._page.facets) if self._page else {}

    def load(self) -> Items[T]:
        """Read the page at which the iteration stands, unless it was read."""
        self._current()
        return self

    def _current(self) -> PageAnswer:
        if self._page is None:
            self._page = self._fetch(self._place.cursor)
            self._place = self._place.behind_last(self._page.items)
        return self._page

    def __iter__(self) -> Items[T]:
        return self

    def __next__(self) -> T:
        while True:
            page = self._current()
            if self._place.taken < len(page.items):
                served = page.items[self._place.taken]
                item = self._read(served)
                # Moved only now: what could not be read is not passed over when the iteration is taken up again.
                self._place = Place(self._place.cursor, self._place.taken + 1, item_key(served))
                if item is not None:
                    return item
            elif page.next and page.more is not False and page.next != self._place.cursor:
                self._place = Place(page.next)
                self._page = None
            else:
                raise StopIteration
