"""Arguments of `entrepot search`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from entrepot_node.arguments.options import HOME, HomeOption, JsonOption


class Sort(StrEnum):
    """The order of results."""

    relevance = "relevance"
    newest = "newest"
    name = "name"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(search)


def search(
    words: Annotated[
        list[str] | None, typer.Argument(help="Words of names and texts, an identifier, or nothing.")
    ] = None,
    type: Annotated[list[str] | None, typer.Option(help="cluster, company, institution …")] = None,
    country: Annotated[list[str] | None, typer.Option(help="ISO 3166 code, such as IT.")] = None,
    subdivision: Annotated[list[str] | None, typer.Option(help="ISO 3166-2 code, such as IT-21.")] = None,
    sector: Annotated[list[str] | None, typer.Option(help="Code of a sector, such as biopharma.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Kind of cluster, institution, opportunity.")] = None,
    cluster: Annotated[list[str] | None, typer.Option(help="Id of a cluster: it and its members.")] = None,
    origin: Annotated[list[str] | None, typer.Option(help="Origin of the node that published.")] = None,
    freshness: Annotated[list[str] | None, typer.Option(help="3months, 12months or older.")] = None,
    sort: Annotated[Sort, typer.Option(help="Order of the results.")] = Sort.relevance,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many results at most.")] = 20,
    after: Annotated[str, typer.Option(help="Go on behind a page: what it gave as next.")] = "",
    facets: Annotated[
        bool, typer.Option("--facets", help="Count results by country, sector and so on.")
    ] = False,
    node: Annotated[
        str,
        typer.Option(
            "--node",
            help="Search the node at this URL instead; records are verified with the keys pinned here.",
        ),
    ] = "",
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Search all records held here. Filters may be repeated: any of the values, and all of the filters."""
    from entrepot_node.commands.search import run_search, run_search_at
    from entrepot_node.storage.search import SearchQuery

    wanted = {
        "type": type, "country": country, "subdivision": subdivision, "sector": sector,
        "kind": kind, "cluster": cluster, "origin": origin, "freshness": freshness,
    }  # fmt: skip
    query = SearchQuery(
        words=" ".join(words or []),
        filters={name: tuple(values) for name, values in wanted.items() if values},
        sort=sort.value,
        limit=limit,
        after=after,
        with_facets=facets,
    )
    if node:
        raise typer.Exit(run_search_at(node, home, query, as_json=json))
    raise typer.Exit(run_search(home, query, as_json=json))
