"""The part of the storage contract about facets and their counts, as tests for any store; see `contract`."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from entrepot_node.storage.contract_feed import MakeStore, subject_id
from entrepot_node.storage.contract_records import NOW, begin, counts, names, publish, search
from entrepot_node.storage.interface import Store
from entrepot_node.storage.search import FACETS

WORDS = ["acme", "robots", "labs", "nova", "works"]
COUNTRIES = ["DE", "IT", "CN", "FR"]
SECTORS = ["biopharma", "medicalDevices", "agrifood"]
VALUES = {"country": COUNTRIES, "sector": SECTORS}


def _compare_with_scan(store: Store, live: dict[int, dict[str, list[str]]], draw: random.Random) -> None:
    word = draw.choice(["", *WORDS])
    wanted = {name: tuple(draw.sample(VALUES[name], 2)) for name in VALUES if draw.random() < 0.5}
    named = {number: facets for number, facets in live.items() if not word or word in facets["words"]}

    def passes(facets: dict[str, list[str]], but: str = "") -> bool:
        return all(name == but or set(facets[name]) & set(values) for name, values in wanted.items())

    page = search(store, word, filters=wanted, limit=100)
    assert {hit.subject for hit in page.hits} == {
        subject_id(n) for n, facets in named.items() if passes(facets)
    }
    assert page.total == len(page.hits)
    for name in VALUES:
        counts = Counter(value for facets in named.values() if passes(facets, name) for value in facets[name])
        assert {one.value: one.count for one in page.facets[name] if one.count} == counts


class FacetsContract:
    """What results are filtered and counted by."""

    def test_facets_count_all_results_and_a_filter_does_not_narrow_its_own(
        self, make_store: MakeStore
    ) -> None:
        store, writer, feed = begin(make_store)
        places = [("IT", "ai"), ("IT", "energy"), ("DE", "ai"), ("CN", "ai")]
        for number, (country, sector) in enumerate(places):
            publish(writer, number, f"Works {number}", locations=[{"country": country}], sectors=[sector])
        publish(writer, 9, "Cluster", type="cluster", kind="sciencePark", sectors=["ai"])
        store.append(feed.id, writer.chunk())

        page = search(store, "works", filters={"country": ("IT", "DE"), "sector": ("ai",)}, limit=1)

        assert (len(page.hits), page.total) == (1, 2)
        assert set(page.facets) == set(FACETS)
        assert counts(page, "country") == {"CN": 1, "DE": 1, "IT": 1}
        assert counts(page, "sector") == {"ai": 2, "energy": 1}
        assert counts(page, "type") == {"company": 2}
        assert search(store, filters={"type": ("cluster",), "kind": ("sciencePark",)}).total == 1
        assert search(store, filters={"country": ("XX",)}).total == 0
        assert counts(search(store, filters={"country": ("XX",)}), "country")["XX"] == 0
        assert search(store, with_facets=False).facets == {}

    @pytest.mark.parametrize("seed", range(4))
    def test_results_and_counts_are_those_of_a_scan_of_all_records(
        self, make_store: MakeStore, seed: int
    ) -> None:
        """Any corpus and question, also after records were replaced and withdrawn while the index was in use."""
        draw = random.Random(seed)  # noqa: S311  the same corpus in each run
        store, writer, feed = begin(make_store)
        live: dict[int, dict[str, list[str]]] = {}
        for _ in range(4):
            for number in draw.sample(range(60), 20):
                countries, sectors = draw.sample(COUNTRIES, draw.randint(0, 2)), draw.sample(SECTORS, 1)
                words = draw.sample(WORDS, draw.randint(1, 2))
                places = [{"country": country} for country in countries]
                publish(writer, number, " ".join(words), locations=places, sectors=sectors, day=draw.random())
                live[number] = {"country": countries, "sector": sectors, "words": words}
            for number in draw.sample(sorted(live), 5):
                writer.withdraw(number)
                del live[number]
            store.append(feed.id, writer.chunk())
            for _ in range(10):
                _compare_with_scan(store, live, draw)

    def test_members_are_found_by_their_cluster_and_it_is_found_with_them(
        self, make_store: MakeStore
    ) -> None:
        store, writer, feed = begin(make_store)
        cluster = subject_id(1)
        publish(writer, 1, "Cluster", type="cluster")
        publish(writer, 2, "Member", memberOf=[{"cluster": cluster}])
        publish(writer, 3, "Former", memberOf=[{"cluster": cluster, "until": "2020"}])
        publish(writer, 4, "Part", type="cluster", partOf=cluster)
        publish(writer, 5, "Other")
        store.append(feed.id, writer.chunk())

        page = search(store, filters={"cluster": (cluster,)}, sort="name")

        assert names(page) == ["Cluster", "Member", "Part"]

    def test_freshness_is_how_long_ago_a_record_was_confirmed(self, make_store: MakeStore) -> None:
        """As of now; what claims a day to come counts from the day it was signed."""
        store, writer, feed = begin(make_store)
        for number, day in enumerate(("2026-11-01", "2026-08-25", "2026-08-24", "2025-11-24", "2099-01-01")):
            publish(writer, number, day, updated=day)
        store.append(feed.id, writer.chunk())

        page = search(store, filters={"freshness": ("3months",)})

        assert names(page) == ["2099-01-01", "2026-11-01", "2026-08-25"]
        assert counts(page, "freshness") == {"3months": 3, "12months": 1, "older": 1}

    def test_statistics_count_all_that_can_be_found(self, make_store: MakeStore) -> None:
        store, writer, feed = begin(make_store)
        publish(writer, 1, "One", locations=[{"country": "IT"}, {"country": "FR"}], updated="2026-03-01")
        publish(writer, 2, "Two", locations=[{"country": "IT"}], updated="2026-02-01")
        store.append(feed.id, writer.chunk())

        found = store.statistics(now=NOW)

        assert (found.total, found.newest) == (2, "2026-03-01")
        assert [(one.value, one.count) for one in found.facets["country"]] == [("IT", 2), ("FR", 1)]
        assert make_store().statistics(now=NOW) == found
