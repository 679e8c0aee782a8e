"""The storage contract for searching, as tests for any store; see `contract`.

Contents are records as they are signed, without a signature: stores check none.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from entrepot_node.storage.contract_feed import (
    FEED,
    ORIGIN,
    PEER,
    FeedWriter,
    MakeStore,
    key_log_of,
    start,
    subject_id,
)
from entrepot_node.storage.interface import FACETS, SearchPage, SearchQuery, Store
from entrepot_schema.errors import Misuse
from entrepot_sync.feed_store import Content, FeedRow, Status

NOW = datetime(2026, 11, 25, tzinfo=UTC).timestamp()
WORDS = ["acme", "robots", "labs", "nova", "works"]
COUNTRIES = ["DE", "IT", "CN", "FR"]
SECTORS = ["biopharma", "medicalDevices", "agrifood"]
VALUES = {"country": COUNTRIES, "sector": SECTORS}


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


def names(page: SearchPage) -> list[str]:
    """The names of the results, in order."""
    found = [json.loads(hit.raw or b"")["credentialSubject"]["profile"] for hit in page.hits]
    return [profile["name"]["en"] for profile in found]


def counts(page: SearchPage, facet: str) -> dict[str, int]:
    """The counts of a facet."""
    return {one.value: one.count for one in page.facets[facet]}


class SearchContract:
    """What is found, by what, in which order; and what is not found any more."""

    def test_what_was_appended_is_found_by_everybody(self, make_store: MakeStore) -> None:
        """EXC-41: by words of its name, in any process that has the store open."""
        store, writer, feed = begin(make_store)
        other = make_store()
        assert search(other).total == 0
        publish(writer, 1, "Nova Assay")
        publish(writer, 2, "Alpine Photonics")
        store.append(feed.id, writer.chunk())

        assert names(search(store, "photonics")) == names(search(other, "photonics")) == ["Alpine Photonics"]
        assert search(other).total == 2
        (hit,) = search(other, "nova").hits
        assert (hit.feed_name, hit.origin, hit.subject, hit.live) == (FEED, ORIGIN, subject_id(1), True)

    def test_only_live_stored_records_are_found(self, make_store: MakeStore) -> None:
        """EXC-42: neither what was replaced nor what is refused, kept, missing, withdrawn, or no record."""
        store, writer, feed = begin(make_store)
        publish(writer, 1, "Replaced Works")
        publish(writer, 1, "Nova Works")
        writer.publish(2, record(2, "Refused Works"), Content(Status.REFUSED, None, "schema.type", "/name"))
        writer.publish(3, record(3, "Kept Works"), Content(Status.KEPT, record(3, "Kept Works")))
        writer.publish(4, record(4, "Missing Works"), Content(Status.MISSING))
        publish(writer, 5, "Withdrawn Works")
        writer.withdraw(5)
        publish(writer, 6, "Unknown Works", type="spaceship")
        writer.publish(7, b"no record")
        writer.publish(8, b"[[[[")
        writer.publish(
            9, b'{"credentialSubject": {"profile": {"type": "company", "name": 7, "locations": "x"}}}'
        )
        store.append(feed.id, writer.chunk())

        assert names(search(store, "works")) == ["Nova Works"]

    def test_late_contents_are_found_from_then_on(self, make_store: MakeStore) -> None:
        """LOG-52: what was missing, and what an upgrade made readable."""
        store, writer, feed = begin(make_store)
        late, kept = record(1, "Late Works"), record(2, "Kept Works")
        at = writer.publish(1, late, Content(Status.MISSING))
        kept_at = writer.publish(2, kept, Content(Status.KEPT, kept))
        store.append(feed.id, writer.chunk())
        assert search(store).total == 0

        store.put_content(feed.id, at, Content(Status.STORED, late))
        store.put_content(feed.id, kept_at, Content(Status.STORED, kept))

        assert names(search(store, "works", sort="name")) == ["Kept Works", "Late Works"]

    def test_a_new_version_replaces_the_old_one_in_results(self, make_store: MakeStore) -> None:
        store, writer, feed = begin(make_store)
        other = make_store()
        publish(writer, 1, "Old Name", sectors=["ai"])
        store.append(feed.id, writer.chunk())
        assert search(other, "old").total == 1
        publish(writer, 1, "New Name", sectors=["energy"])
        store.append(feed.id, writer.chunk())

        page = search(other, "name")

        assert (search(other, "old").total, names(page), counts(page, "sector")) == (
            0,
            ["New Name"],
            {"energy": 1},
        )

    def test_nothing_is_found_of_a_feed_that_is_no_longer_followed(self, make_store: MakeStore) -> None:
        store, writer, feed = begin(make_store)
        theirs = FeedWriter(PEER)
        peer = start(store, theirs, own=False)
        publish(writer, 1, "Our Works")
        publish(theirs, 1, "Their Works", identifiers=[{"scheme": "LEI", "id": "5299001"}])
        store.append(feed.id, writer.chunk())
        store.append(peer.id, theirs.chunk())
        assert counts(search(store, "works"), "origin") == {ORIGIN: 1, PEER: 1}

        make_store().remove_follow(peer.id)

        page = search(store, "works")
        assert (names(page), counts(page, "origin")) == (["Our Works"], {ORIGIN: 1})
        assert store.by_identifier("LEI", "5299001") == []

    def test_of_two_feeds_of_an_origin_the_higher_one_is_found(self, make_store: MakeStore) -> None:
        """A ruined log is replaced by the next: what only the lower feed says is history."""
        store, first = make_store(), FeedWriter(PEER)
        old = start(store, first, own=False)
        relation = {"type": "relation", "from": subject_id(8, PEER), "to": subject_id(9, PEER)}
        publish(first, 1, "Lost Works", identifiers=[{"scheme": "LEI", "id": "5299001"}])
        publish(first, 3, "", **relation)
        store.append(old.id, first.chunk())
        assert search(store).total == 2
        second = FeedWriter(PEER)
        new = store.add_feed(f"{PEER}/feed/2", key_log_of(PEER), own=False)
        publish(second, 2, "Found Works")
        store.append(new.id, second.chunk())

        page = search(store)

        assert (names(page), page.total, counts(page, "origin")) == (["Found Works"], 1, {PEER: 1})
        assert store.by_identifier("LEI", "5299001") == []
        assert store.relations_of(subject_id(9, PEER)) == []
        assert search(store, "lost", filters={"origin": (PEER,)}).total == 0

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

    def test_a_whole_name_comes_first_then_beginnings_then_names_then_texts(
        self, make_store: MakeStore
    ) -> None:
        store, writer, feed = begin(make_store)
        publish(writer, 1, "Other", summary={"en": "Nova makes things, and Nova sells them."})
        publish(writer, 2, "Super Nova")
        publish(writer, 3, "Nova Assay")
        publish(writer, 4, "Nova")
        publish(writer, 5, "Old Nova Works", updated="2020-01-01")
        store.append(feed.id, writer.chunk())

        assert names(search(store, "nova")) == ["Nova", "Nova Assay", "Super Nova", "Old Nova Works", "Other"]

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

    def test_unknown_facets_and_orders_are_refused(self, make_store: MakeStore) -> None:
        store = make_store()

        with pytest.raises(Misuse, match="no facet"):
            search(store, filters={"colour": ("red",)})
        with pytest.raises(Misuse, match="no order"):
            search(store, sort="best")

    @pytest.mark.parametrize(
        "typed",
        [
            '"', "'", "nova\" OR \"*", "NEAR(nova assay, 2)", "names: nova", "-nova", "^nova", "*", "(", ")", "nova)", "a AND",
            "NOT", "{ids} : x", "%", "_", "\\", ";DROP TABLE feeds", "\x00", "nova\x00assay", "\ud800", "🙂", "🙂🙂 nova",
            "\u202e", "a" * 4_000, "机" * 4_000, "a b " * 2_000, "é" * 4_000, "ﷺ" * 4_000, "İ" * 999, "?", "?1", ":x", "nova*", "+",
            "e\u0301" * 2_000,
            "https://x.example/id/" + "a" * 26, "0" * 300, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18",
        ],
    )  # fmt: skip
    def test_nothing_typed_is_an_error_or_a_query_language(self, make_store: MakeStore, typed: str) -> None:
        """Whatever stands there is looked for as words; without words in it nothing is found."""
        store, writer, feed = begin(make_store)
        publish(writer, 1, "Nova Assay")
        publish(writer, 2, "Not Near Names Or And")
        store.append(feed.id, writer.chunk())

        page = search(store, typed)

        assert page.total == len(page.hits) <= 1

    def test_a_single_letter_does_not_find_the_random_letters_of_an_id(self, make_store: MakeStore) -> None:
        """One record in thirty has an id that begins with `a`."""
        store, writer, feed = begin(make_store)
        publish(writer, 1, "Bright Labs")
        store.append(feed.id, writer.chunk())
        letters = subject_id(1).rpartition("/")[2]

        assert search(store, letters[:1]).total == 0
        assert search(store, letters).total == search(store, letters[:10]).total == 1

    def test_an_identifier_is_found_however_it_is_written(self, make_store: MakeStore) -> None:
        """Across origins, also of one that was signed with separators or as a URL."""
        store, ours, feed = begin(make_store)
        theirs = FeedWriter(PEER)
        peer = start(store, theirs, own=False)
        publish(ours, 1, "One", identifiers=[{"scheme": "EU-VAT", "id": "FR40303265045"}])
        publish(theirs, 1, "Two", identifiers=[{"scheme": "EU-VAT", "id": "FR 40 303 265 045"}])
        publish(theirs, 2, "Three", identifiers=[{"scheme": "ROR", "id": "https://ror.org/000bvba82"}])
        store.append(feed.id, ours.chunk())
        store.append(peer.id, theirs.chunk())

        found = [version for _, version in store.by_identifier("EU-VAT", "fr40-303-265-045")]

        assert [version.origin for version in found] == [ORIGIN, PEER]
        assert store.by_identifier("LEI", "FR40303265045") == []
        assert names(search(store, "fr 40 303 265 045", sort="name")) == ["One", "Two"]
        assert (
            names(search(store, "000bvba82"))
            == names(search(store, "https://ror.org/000bvba82"))
            == ["Three"]
        )
        assert len(store.by_identifier("ROR", "000BVBA82")) == 1

    def test_relations_are_found_from_both_ends(self, make_store: MakeStore) -> None:
        store, writer, feed = begin(make_store)
        ends = [(1, 2), (2, 3), (3, 1)]
        for number, (one, two) in enumerate(ends, 10):
            relation = {"type": "relation", "from": subject_id(one), "to": subject_id(two)}
            publish(writer, number, "", **relation)
        store.append(feed.id, writer.chunk())
        writer.withdraw(11, kind="relation")
        store.append(feed.id, writer.chunk())

        edges = store.relation_edges(after=-1, limit=1)
        edges += store.relation_edges(after=edges[-1][0], limit=9)

        assert [version.subject for _, version in store.relations_of(subject_id(1))] == [
            subject_id(10),
            subject_id(12),
        ]
        assert [version.subject for _, version in edges] == [subject_id(10), subject_id(12)]
        between = store.relations_of(subject_id(1), other=subject_id(2))
        assert [version.subject for _, version in between] == [subject_id(10)]
        assert store.relations_of(subject_id(2), other=subject_id(1)) == []
        assert store.relations_of(subject_id(10)) == []

    def test_statistics_count_all_that_can_be_found(self, make_store: MakeStore) -> None:
        store, writer, feed = begin(make_store)
        publish(writer, 1, "One", locations=[{"country": "IT"}, {"country": "FR"}], updated="2026-03-01")
        publish(writer, 2, "Two", locations=[{"country": "IT"}], updated="2026-02-01")
        store.append(feed.id, writer.chunk())

        found = store.statistics(now=NOW)

        assert (found.total, found.newest) == (2, "2026-03-01")
        assert [(one.value, one.count) for one in found.facets["country"]] == [("IT", 2), ("FR", 1)]
        assert make_store().statistics(now=NOW) == found
