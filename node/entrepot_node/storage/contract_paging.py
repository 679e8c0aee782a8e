"""The part of the storage contract about pages and streams of results, as tests for any store; see `contract`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrepot_node.storage.contract_feed import MakeStore
from entrepot_node.storage.contract_records import NOW, begin, names, publish, record, search
from entrepot_node.storage.search import SearchQuery
from entrepot_schema.errors import Misuse


class PagingContract:
    """All results come once, page by page or as one stream, while records come and go."""

    @pytest.mark.parametrize("sort", ["relevance", "newest", "name"])
    @pytest.mark.parametrize("words", ["", "works"])
    def test_pages_follow_on_while_records_come_and_go(
        self, make_store: MakeStore, sort: str, words: str
    ) -> None:
        """Every record that was there all the time is met once, whatever happens between the pages."""
        store, writer, feed = begin(make_store)
        for number in range(1, 31):
            text = {"en": "works " * (number % 5)}
            name = f"Works {number:02}" if number % 3 else f"{number:02} Maker of works"
            publish(writer, number, name, summary=text, updated=f"2026-0{1 + number % 4}-01")
        store.append(feed.id, writer.chunk())
        other = make_store()
        going = [29, 28, 17, 7]  # are withdrawn one after the other
        everything = names(search(store, words, sort=sort, limit=100))
        staying = [name for name in everything if not any(f"{n:02}" in name for n in going)]
        seen: list[str] = []
        page = search(store, words, sort=sort, limit=4)
        while True:
            seen += names(page)
            if not page.next:
                break
            came = 100 + len(seen)
            day = "2026-11-01" if came % 8 else "2020-01-01"
            publish(writer, came, f"works new {came}", updated=day)
            if going:
                writer.withdraw(going.pop())
            store.append(feed.id, writer.chunk())
            page = search(other, words, sort=sort, limit=4, after=page.next)

        old = [name for name in seen if "new" not in name]
        assert [name for name in old if name in staying] == staying
        assert len(set(seen)) == len(seen)

    def test_the_end_is_reached_whatever_the_size_of_the_page(self, make_store: MakeStore) -> None:
        store, writer, feed = begin(make_store)
        for number in range(6):
            publish(writer, number, f"Works {number}")
        store.append(feed.id, writer.chunk())

        for limit in (1, 2, 3, 5, 6, 7, 5_000, 0, -1):
            page, met = search(store, "works", limit=limit), 0
            while page.next:
                met += len(page.hits)
                page = search(store, "works", limit=limit, after=page.next)
            assert met + len(page.hits) == 6

    def test_the_stream_gives_all_that_is_found_as_it_was_signed(self, make_store: MakeStore) -> None:
        """EXC-41, EXC-54: whatever the number, in the order of arrival."""
        store, writer, feed = begin(make_store)
        for number in range(200):
            publish(writer, number, f"Works {number}", sectors=["ai"] if number % 2 else ["energy"])
        store.append(feed.id, writer.chunk())

        everything = list(store.stream(SearchQuery(limit=1), now=NOW))
        some = list(store.stream(SearchQuery("works", {"sector": ("ai",)}), now=NOW))

        assert everything == [
            record(n, f"Works {n}", sectors=["ai" if n % 2 else "energy"]) for n in range(200)
        ]
        assert some == everything[1::2]
        assert list(store.stream(SearchQuery("nothing"), now=NOW)) == []
        with pytest.raises(Misuse):
            list(store.stream(SearchQuery(filters={"colour": ()}), now=NOW))

    def test_a_stream_goes_on_with_the_state_of_the_store(self, make_store: MakeStore) -> None:
        """EXC-42, EXC-54: what is withdrawn meanwhile is not given, what is replaced comes anew."""
        store, writer, feed = begin(make_store)
        for number in range(200):
            publish(writer, number, f"Works {number}")
        store.append(feed.id, writer.chunk())
        slow = store.stream(SearchQuery(), now=NOW)
        begun = [next(slow)]
        writer.withdraw(150)
        publish(writer, 160, "Works anew")
        publish(writer, 0, "First anew")
        store.append(feed.id, writer.chunk())

        given = begun + list(slow)

        assert record(150, "Works 150") not in given
        assert record(160, "Works 160") not in given
        assert given[-2:] == [record(160, "Works anew"), record(0, "First anew")]
        assert len(given) == 200

    def test_only_cursors_of_this_search_are_taken(self, make_store: MakeStore) -> None:
        store, writer, feed = begin(make_store)
        for number in range(3):
            publish(writer, number, f"Works {number}")
        store.append(feed.id, writer.chunk())
        good = search(store, "works", limit=1).next
        query = SearchQuery("works", limit=1, after=good)

        for wrong in (
            replace(query, words="other"), replace(query, sort="name"),
            replace(query, filters={"country": ("IT",)}), replace(query, after="x"), replace(query, after=good[:-1]),
            replace(query, after=good + "A"), replace(query, after="\ud800"), replace(query, after="é" * 9_000),
            replace(query, after="W10"), replace(query, after="bnVsbA"),
        ):  # fmt: skip
            with pytest.raises(Misuse) as misuse:
                store.search(wrong, now=NOW)
            assert misuse.value.code == "http.cursor"
