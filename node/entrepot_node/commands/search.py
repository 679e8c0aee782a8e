"""`entrepot search`: what the records held here say, found by words and filters.

The results are one document in the form of `/api/v1/search`; what is printed for people is read from it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from entrepot_node.commands.node import open_node
from entrepot_node.commands.output import DONE, Output, printable
from entrepot_node.storage.interface import SearchPage, SearchQuery, VersionRow
from entrepot_schema.canonical import read_canonical

_SHOWN_COUNTS = 10


def run_search(path: Path, query: SearchQuery, *, as_json: bool) -> int:
    """Search the store of a node; finding nothing is no fault."""
    output = Output(as_json=as_json)
    with open_node(path) as node:
        found = _document(node.store.search(query, now=time.time()))
    output.result(found, lambda console: console.print("\n".join(map(printable, _lines(found)))))
    return DONE


def _document(page: SearchPage) -> dict[str, Any]:
    facets = {
        name: [{"value": one.value, "count": one.count} for one in counts]
        for name, counts in page.facets.items()
    }
    items = [_item(hit) for hit in page.hits]
    return {"items": items, "total": page.total, "facets": facets, "next": page.next}


def _item(hit: VersionRow) -> dict[str, Any]:
    return {
        "origin": hit.origin,
        "feed": hit.feed_name,
        "index": hit.index,
        "digest": hit.digest.hex(),
        "record": read_canonical(hit.raw or b""),
    }


def _lines(found: dict[str, Any]) -> Iterator[str]:
    for item in found["items"]:
        profile = item["record"]["credentialSubject"]["profile"]
        yield f"{_name(profile)}  ({', '.join(_facts(profile, item['origin']))})"
        yield f"  {profile['id']}"
    total = found["total"]
    yield f"{total:,} record{'' if total == 1 else 's'} found." if total else "Nothing found."
    for facet, counts in found["facets"].items():
        if counts:
            yield f"{facet}: " + ", ".join(
                f"{one['value']} {one['count']:,}" for one in counts[:_SHOWN_COUNTS]
            )
    if found["next"]:
        yield f"More: --after {found['next']}"


def _name(profile: dict[str, Any]) -> str:
    """What a record is called, in English where it has an English name; a relation by its ends."""
    if profile["type"] == "relation":
        return f"{profile['from']} → {profile['to']}"
    names = profile.get("name") or profile.get("title") or {}
    first = names.get("en") or names.get("und") or next(iter(names.values()), profile["id"])
    return " / ".join(dict.fromkeys([first, *names.values()]))


def _facts(profile: dict[str, Any], origin: str) -> Iterator[str]:
    yield profile["type"]
    yield from dict.fromkeys(place["country"] for place in profile.get("locations", ()))
    if profile.get("updated"):
        yield f"updated {profile['updated']}"
    yield f"from {origin}"
