"""Records to test searching with, and short questions to ask of a store; see `contract`.

Contents are records as they are signed, without a signature: stores check none.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from entrepot_node.storage.contract_feed import ORIGIN, FeedWriter, MakeStore, start, subject_id
from entrepot_node.storage.interface import Store
from entrepot_node.storage.search import SearchPage, SearchQuery
from entrepot_sync.feed_store import FeedRow

NOW = datetime(2026, 11, 25, tzinfo=UTC).timestamp()


def record(number: int, name: str, origin: str = ORIGIN, /, **members: Any) -> bytes:
    """A record with a profile; `revision` makes its bytes differ."""
    profile = {"id": subject_id(number, origin), "type": "company", "name": {"en": name}, **members}
    return json.dumps(
        {"validFrom": "2026-11-20T00:00:00Z", "credentialSubject": {"id": profile["id"], "profile": profile}}
    ).encode()


def publish(writer: FeedWriter, number: int, name: str, /, **members: Any) -> int:
    """Add a record of that name to a feed."""
    raw = record(number, name, writer.origin, **members)
    return writer.publish(number, raw, kind=members.get("type", "company"))


def begin(make_store: MakeStore) -> tuple[Store, FeedWriter, FeedRow]:
    """A store with our own feed, empty but for its keys."""
    store, writer = make_store(), FeedWriter()
    return store, writer, start(store, writer)


def search(store: Store, words: str = "", **options: Any) -> SearchPage:
    """One page, as of a fixed time."""
    return store.search(SearchQuery(words, **options), now=NOW)


def names(page: SearchPage) -> list[str]:
    """The names of the results, in order."""
    found = [json.loads(hit.raw or b"")["credentialSubject"]["profile"] for hit in page.hits]
    return [profile["name"]["en"] for profile in found]


def counts(page: SearchPage, facet: str) -> dict[str, int]:
    """The counts of a facet."""
    return {one.value: one.count for one in page.facets[facet]}
