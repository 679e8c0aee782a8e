"""What people type, and what they mean by it: `search_queries.json`, over real organisations and some made for it.

Each query says what comes `first` (all of it, in order), what is `found` somewhere, what is `not`, and how many in `total`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.storage.contract_feed import FeedWriter, start
from entrepot_node.storage.contract_records import NOW
from entrepot_node.storage.reading import VersionRow
from entrepot_node.storage.search import SearchQuery
from entrepot_node.storage.sql_store import SqlStore

from .demonstration import organisations, unsigned

CASES = json.loads(Path(__file__).with_name("search_queries.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """All organisations of the demonstration, each list at an origin of its own, and the made ones."""
    store = SqlStore.open(tmp_path_factory.mktemp("search") / "entrepot.db")
    for origin, profiles in organisations().items():
        add(store, origin, profiles)
    add(store, "made.example", CASES["profiles"])
    yield store
    store.close()


def add(store: SqlStore, origin: str, profiles: list[dict[str, Any]]) -> None:
    writer = FeedWriter(origin)
    feed = start(store, writer, own=False)
    for number, profile in enumerate(profiles):
        writer.publish(number, unsigned(profile, number, origin), kind=profile["type"])
    store.append(feed.id, writer.chunk())


def name(hit: VersionRow) -> str:
    profile = json.loads(hit.raw or b"")["credentialSubject"]["profile"]
    names = profile.get("name") or profile["title"]
    found: str = names.get("en") or names.get("und") or next(iter(names.values()))
    return found


@pytest.mark.parametrize("case", CASES["queries"], ids=lambda case: case["why"])
def test_people_find_what_they_mean(store: SqlStore, case: dict[str, Any]) -> None:
    filters = {facet: tuple(values) for facet, values in case.get("filters", {}).items()}
    query = SearchQuery(case["words"], filters, case.get("sort", "relevance"), limit=1_000)

    page = store.search(query, now=NOW)

    found = [name(hit) for hit in page.hits]
    wanted = case.get("first", [])
    assert found[: len(wanted)] == wanted
    assert set(case.get("found", ())) <= set(found)
    assert not set(case.get("not", ())) & set(found)
    assert page.total == case.get("total", page.total)


def test_there_are_sixty_queries_and_more() -> None:
    assert len(CASES["queries"]) >= 60
    assert len({case["why"] for case in CASES["queries"]}) == len(CASES["queries"])
