"""The part of the storage contract about what searching finds, as tests for any store; see `contract`."""

from __future__ import annotations

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
from entrepot_node.storage.contract_records import begin, counts, names, publish, record, search
from entrepot_schema.errors import Misuse
from entrepot_sync.feed_store import Content, Status


class SearchContract:
    """What is found, by what; and what is not found any more."""

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
