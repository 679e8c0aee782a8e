"""Both stores find the same, in the same order, with the same counts: asked what people type, and what no one would."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from entrepot_node.storage.contract_feed import FeedWriter, start
from entrepot_node.storage.contract_records import NOW
from entrepot_node.storage.search import SearchQuery
from entrepot_node.storage.sql_store import SqlStore

from ..postgresql_server import PostgresqlServer  # noqa: TID252  pytest puts no folder of tests on the path
from .demonstration import organisations, unsigned

QUESTIONS = 150
ODD = [
    "生", "生物", "生物医", "物生", "é", "ß", "ü", "ue", "İ", "ﬁ", "²", "a", "z", "9", "\u3000", "'", "''", "\\", "a'b", "':*", "|", "!a",
    "a & b", "<->", "\x00", "人 人", "生物 生", "株式会社", "ประเทศ", "한국",
    "مركز", "हिन्दी", "𠮷野", "x" * 300, "机" * 60, "http://", "IT-99",
]  # fmt: skip


@pytest.fixture(scope="module")
def stores(
    tmp_path_factory: pytest.TempPathFactory, postgresql_server: PostgresqlServer
) -> Iterator[tuple[SqlStore, SqlStore]]:
    places = (
        tmp_path_factory.mktemp("same") / "entrepot.db",
        postgresql_server.new_database(like=postgresql_server.empty_store),
    )
    both = (SqlStore.open(places[0]), SqlStore.open(places[1]))
    for store in both:
        fill(store)
    yield both
    for store in both:
        store.close()


def fill(store: SqlStore) -> None:
    """All organisations of the demonstration in several batches; some are replaced, some taken back."""
    for origin, profiles in organisations().items():
        writer = FeedWriter(origin)
        feed = start(store, writer, own=False)
        for number, profile in enumerate(profiles):
            writer.publish(number, unsigned(profile, number, origin), kind=profile["type"])
            if number % 7 == 0:
                later = unsigned(profile, number, origin, day="2026-11-25")
                writer.publish(number, later, kind=profile["type"])
            if number % 11 == 0:
                writer.withdraw(number, kind=profile["type"])
            if number % 40 == 0:
                store.append(feed.id, writer.chunk())
        store.append(feed.id, writer.chunk())


def questions() -> list[str]:
    """Pieces of what the records say, whole and cut anywhere."""
    chance = random.Random(6)
    texts = [
        text for profiles in organisations().values() for one in profiles for text in one["name"].values()
    ]
    texts += [
        text
        for profiles in organisations().values()
        for one in profiles
        for text in one.get("summary", {}).values()
    ]
    asked = []
    for text in chance.choices(texts, k=QUESTIONS):
        begin = chance.randrange(len(text))
        asked.append(text[begin : begin + chance.choice((1, 1, 2, 2, 3, 4, 8, 20))])
    return asked


def test_both_stores_answer_the_same(stores: tuple[SqlStore, SqlStore]) -> None:
    file, database = stores
    asked = ["", *questions(), *ODD]
    totals = 0
    for number, words in enumerate(asked):
        sort = ("relevance", "newest", "name")[number % 3]
        facets = [{}, {"country": ("CN",)}, {"type": ("company",), "origin": ("eu.example", "cn.example")}]
        query = SearchQuery(words, facets[number % 7 % 3], sort, limit=500)

        one, other = file.search(query, now=NOW), database.search(query, now=NOW)

        assert [hit.subject for hit in one.hits] == [hit.subject for hit in other.hits], words
        assert (one.total, one.facets, one.next) == (other.total, other.facets, other.next), words
        totals += one.total
    assert totals > 10 * len(asked)
