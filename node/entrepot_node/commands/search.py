"""`entrepot search`: what the records held here say, found by words and filters.

The results are one document in the form of `/api/v1/search`; what is printed for people is read from it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entrepot_node.commands.node import open_node
from entrepot_node.commands.output import DONE, Output, printable
from entrepot_node.home import Home
from entrepot_node.live_feed import live_feeds
from entrepot_node.storage.reading import VersionRow
from entrepot_node.storage.search import SearchPage, SearchQuery
from entrepot_schema.canonical import read_canonical

if TYPE_CHECKING:
    from entrepot_client import ServedRecord

_SHOWN_COUNTS = 10


def run_search(path: Path, query: SearchQuery, *, as_json: bool) -> int:
    """Search the store of a node; finding nothing is no fault."""
    output = Output(as_json=as_json)
    with open_node(path) as node:
        found = _document(node.store.search(query, now=time.time()))
    output.result(found, lambda console: console.print("\n".join(map(printable, _lines(found)))))
    return DONE


def run_search_at(url: str, path: Path, query: SearchQuery, *, as_json: bool) -> int:
    """Search another node by its public API, and verify what it serves with the keys this node has pinned."""
    from itertools import islice

    from entrepot_client import Client

    output = Output(as_json=as_json)
    with Client(url, pins=_pins(path), unverified="mark") as client:
        results = client.search(
            query.words, sort=query.sort, page_size=query.limit, resume=query.after, **query.filters
        )
        items = [_served(record) for record in islice(results, query.limit)]
        facets = {
            name: [{"value": one.value, "count": one.count} for one in counts]
            for name, counts in (results.facets if query.with_facets else {}).items()
        }
        whole = results.total is None or len(items) >= results.total
        found = {
            "items": items,
            "total": results.total or 0,
            "facets": facets,
            "next": "" if whole else results.resume,
        }
    output.result(found, lambda console: console.print("\n".join(map(printable, _lines(found)))))
    return DONE


def _pins(path: Path) -> dict[str, str]:
    """The key logs a node of ours has pinned: its own and those it follows; none where there is no node."""
    if not Home(path).settings_file.exists():
        return {}
    with open_node(path) as node:
        return {feed.origin: feed.key_log.scid for feed in live_feeds(node.store)}


def _served(record: ServedRecord) -> dict[str, Any]:
    return {
        "origin": record.origin,
        "feed": record.feed,
        "index": record.index,
        "digest": record.digest,
        "verified": record.verified,
        "because": record.because,
        "record": record.document,
    }


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
        if item.get("because"):
            yield f"  not verified: {item['because']}"
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
