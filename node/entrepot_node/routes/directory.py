"""The directory `/search` and its data `/search.json`. Both read the same view."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from fastapi import Request, Response

from entrepot_node.pages.directory import Directory
from entrepot_node.pages.rendering import Site, Visit
from entrepot_node.pages.selection import Selection, read_selection
from entrepot_node.pages.twins import directory_data
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Misuse


class DirectoryPages:
    """Answers for the directory."""

    def __init__(self, store: Store, site: Site, now: Callable[[], float]) -> None:
        self._directory = Directory(store)
        self._site = site
        self._now = now

    def page(self, request: Request) -> Response:
        """The directory as a page."""
        visit = Visit(request)
        try:
            selection = read_selection(request.query_params)
            visit.keep(selection.pairs())
            view = self._directory.view(selection, self._now(), visit.reader, visit.messages, visit.at)
        except Misuse as wrong:
            return self._site.fault(visit, 400, wrong.code, wrong.message)
        wanted = urlencode(selection.narrowing())
        return self._site.page(
            visit,
            "search.html",
            active="search",
            selection=selection,
            page=view,
            hidden=_hidden(selection, visit),
            as_api=f"/api/v1/search?{wanted}".rstrip("?"),
            as_lines=f"/api/v1/records.jsonl?{wanted}".rstrip("?"),
        )

    def data(self, request: Request) -> Response:
        """The same as JSON; a wrong address is a problem."""
        visit = Visit(request)
        selection = read_selection(request.query_params)
        view = self._directory.view(selection, self._now(), visit.reader, visit.messages, visit.at)
        return self._site.data(visit, directory_data(view))


def _hidden(selection: Selection, visit: Visit) -> list[tuple[str, str]]:
    """What the box carries along besides its words: filters and order, and the languages chosen."""
    kept = [(name, value) for name, value in selection.at("").pairs() if name not in ("q", "all")]
    return [*kept, *visit.languages()]
