"""The part of the storage contract about hiding, as tests for any store; see `contract`."""

from __future__ import annotations

import pytest

from entrepot_node.storage.contract_feed import (
    ORIGIN,
    PEER,
    PEER_FEED,
    FeedWriter,
    MakeStore,
    everything,
    start,
    subject_id,
)
from entrepot_node.storage.contract_records import NOW, counts, names, publish, search
from entrepot_node.storage.interface import Store
from entrepot_node.storage.search import SearchQuery
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Misuse
from entrepot_sync.feed_store import Content, Status

CLUSTER = subject_id(9, PEER)
LEI = {"identifiers": [{"scheme": "LEI", "id": "5493001KJTIIGC8Y1R12"}]}


def two_feeds(make_store: MakeStore) -> tuple[Store, FeedWriter, int]:
    """A record of ours, and of a peer two companies, a relation and a record that is refused."""
    store, ours, theirs = make_store(), FeedWriter(), FeedWriter(PEER)
    own, peer = start(store, ours), start(store, theirs, own=False)
    publish(ours, 1, "Nova Ours", **LEI)
    store.append(own.id, ours.chunk())
    publish(theirs, 1, "Nova Theirs", **LEI)
    publish(theirs, 2, "Alpine Theirs")
    publish(theirs, 3, "Relation", type="relation", **{"from": CLUSTER, "to": subject_id(8)})
    theirs.publish(4, b"refused", Content(Status.REFUSED, None, "key.time", ""))
    store.append(peer.id, theirs.chunk())
    return store, theirs, peer.id


def shown(store: Store, subject: str) -> dict[str, bool]:
    """Which ways of reading give a subject."""
    streamed = b"".join(store.stream(SearchQuery(), now=NOW))
    lists = {
        "search": search(store, limit=100).hits,
        "records": [row for _, row in store.live_records(after=(-1, -1), limit=100)],
        "history": [row for _, row in store.history(subject, limit=10)],
        "version": [row for row in [store.version(subject, 1)] if row],
        "refused": [row for _, row in store.refused(limit=100)],
        "identifier": [row for _, row in store.by_identifier("LEI", "5493001KJTIIGC8Y1R12")],
        "relations": [row for _, row in store.relations_of(CLUSTER)],
        "edges": [row for _, row in store.relation_edges(after=-1, limit=100)],
    }
    found = {name: any(row.subject == subject for row in rows) for name, rows in lists.items()}
    changed = {(row.origin, row.index) for row in store.changes(after=-1, limit=100)}
    held = store.versions(subject)[0]
    return {
        **found,
        "stream": subject.encode() in streamed,
        "changes": (held.origin, held.index) in changed,
    }


class HidingContract:
    """What `hiding` promises."""

    @pytest.mark.parametrize("by_origin", [True, False])
    def test_what_is_hidden_is_in_nothing_for_readers(
        self, make_store: MakeStore, *, by_origin: bool
    ) -> None:
        """FED-70: by its id or with its origin, for every process that has the store open; and it comes back."""
        store, _, _ = two_feeds(make_store)
        other, ours = make_store(), shown(store, subject_id(1))

        for subject in (subject_id(number, PEER) for number in (1, 2, 3, 4)):
            before = shown(other, subject)
            assert any(before.values())
            assert not other.is_hidden(subject)

            store.hide(PEER if by_origin else subject, "", now=5.0)

            assert not any(shown(other, subject).values())
            assert other.is_hidden(subject)
            assert (shown(other, subject_id(1)), other.is_hidden(subject_id(1))) == (ours, False)

            assert store.unhide(PEER if by_origin else subject, now=6.0)
            assert shown(other, subject) == before
            assert not other.is_hidden(subject)

    def test_counts_leave_out_what_is_hidden(self, make_store: MakeStore) -> None:
        """FED-70: totals, facets and refusals tell no more than the lists."""
        store, _, _ = two_feeds(make_store)
        assert counts(search(store), "origin") == {ORIGIN: 1, PEER: 3}

        store.hide(subject_id(2, PEER), "", now=5.0)
        store.hide(subject_id(4, PEER), "", now=5.0)
        assert counts(search(store), "origin") == {ORIGIN: 1, PEER: 2}
        assert (store.statistics(now=NOW).total, store.refusals()) == (3, {})

        store.hide(PEER, "", now=5.0)
        assert counts(search(store), "origin") == {ORIGIN: 1}
        assert names(search(store, "nova")) == ["Nova Ours"]
        assert search(store, filters={"origin": (PEER,)}).total == 0
        assert store.statistics(now=NOW).total == 1

    def test_a_feed_is_held_and_handed_on_as_before(self, make_store: MakeStore) -> None:
        """FED-70: entries, tiles, contents and versions by digest; what checks and serves a feed sees no difference."""
        store, theirs, feed_id = two_feeds(make_store)
        before = everything(store, PEER_FEED)
        raw = store.contents(feed_id, 0, 100)

        store.hide(PEER, "", now=5.0)
        store.hide(subject_id(1, PEER), "", now=5.0)

        after = everything(store, PEER_FEED)
        assert [part for number, part in enumerate(after) if number != 6] == [
            part for number, part in enumerate(before) if number != 6
        ]
        assert store.contents(feed_id, 0, 100) == raw
        assert len(store.live_places(feed_id)) == len(raw)
        assert store.version_of(feed_id, sha256(raw[0])) is not None
        publish(theirs, 5, "Later")
        store.append(feed_id, theirs.chunk())
        assert len(store.contents(feed_id, 0, 100)) == len(raw) + 1

    def test_what_comes_later_of_a_hidden_name_is_hidden(self, make_store: MakeStore) -> None:
        """FED-70: new records of an origin, new versions of a subject, and contents that come late."""
        store, theirs, feed_id = two_feeds(make_store)
        store.hide(PEER, "", now=5.0)
        publish(theirs, 5, "Later")
        publish(theirs, 1, "Nova Renamed")
        store.append(feed_id, theirs.chunk())
        assert counts(search(store), "origin") == {ORIGIN: 1}

        store.hide(subject_id(1, PEER), "", now=6.0)
        store.unhide(PEER, now=7.0)
        assert sorted(names(search(store))) == ["Alpine Theirs", "Later", "Nova Ours", "Relation"]
        publish(theirs, 1, "Nova Renamed Again")
        store.append(feed_id, theirs.chunk())
        assert sorted(names(search(store))) == ["Alpine Theirs", "Later", "Nova Ours", "Relation"]

        store.unhide(subject_id(1, PEER), now=8.0)
        assert sorted(names(search(store, "nova"))) == ["Nova Ours", "Nova Renamed Again"]

    def test_who_reads_changes_learns_of_withdrawals_and_of_what_is_shown_again(
        self, make_store: MakeStore
    ) -> None:
        """FED-71: a copy that was made before goes on forgetting, and misses nothing afterwards."""
        store, theirs, feed_id = two_feeds(make_store)
        store.hide(PEER, "", now=5.0)
        last = store.last_change()
        publish(theirs, 5, "Later")
        at = theirs.withdraw(2)
        store.append(feed_id, theirs.chunk())

        seen = store.changes(after=last, limit=100)
        assert [(row.origin, row.index) for row in seen] == [(PEER, at)]

        store.unhide(PEER, now=6.0)
        behind = store.changes(after=store.last_change() - 3, limit=100)
        live = [store.versions(subject_id(number, PEER))[0].index for number in (1, 3, 5)]
        assert [row.index for row in behind] == live

    def test_a_slow_reader_gets_nothing_that_was_hidden_meanwhile(self, make_store: MakeStore) -> None:
        """FED-70: also where its question was answered before."""
        store, theirs, feed_id = two_feeds(make_store)
        for number in range(10, 210):
            publish(theirs, number, f"Company {number}")
        store.append(feed_id, theirs.chunk())
        lines = store.stream(SearchQuery(), now=NOW)
        next(lines)

        store.hide(subject_id(209, PEER), "", now=5.0)
        rest = b"".join(lines)
        assert subject_id(208, PEER).encode() in rest
        assert subject_id(209, PEER).encode() not in rest

    def test_the_state_never_comes_back(self, make_store: MakeStore) -> None:
        """EXC-57: tags of answers change with what is shown."""
        store, _, _ = two_feeds(make_store)
        states = [store.state()]
        for number in (1, 2):
            store.hide(subject_id(number, PEER), "", now=5.0)
            states.append(store.state())
        for number in (1, 2):
            store.unhide(subject_id(number, PEER), now=6.0)
            states.append(store.state())
        store.hide(subject_id(4, PEER), "", now=7.0)
        states.append(store.state())
        assert len(set(states)) == len(states)

    def test_what_is_hidden_is_listed_with_its_reason(self, make_store: MakeStore) -> None:
        store, theirs, feed_id = two_feeds(make_store)
        store.hide(PEER, "court order 7", now=5.0)
        store.hide(subject_id(2, PEER), "", now=6.0)
        store.hide(subject_id(2, PEER), "asked by mail", now=7.0)
        store.hide(PEER, "", now=8.0)

        found = [(row.name, row.reason, row.hidden_at, row.held) for row in make_store().hidden()]
        assert found == [
            (PEER, "court order 7", 5.0, False),
            (subject_id(2, PEER), "asked by mail", 6.0, True),
        ]
        theirs.withdraw(2)
        store.append(feed_id, theirs.chunk())
        assert [row.held for row in store.hidden()] == [False, False]

        assert [store.unhide(PEER, now=9.0), store.unhide(PEER, now=9.0)] == [True, False]
        assert [row.name for row in store.hidden()] == [subject_id(2, PEER)]

    @pytest.mark.parametrize("name", [ORIGIN, subject_id(1)])
    def test_our_own_is_not_hidden(self, make_store: MakeStore, name: str) -> None:
        """FED-70: hidden here, it would still stand at all peers; it is withdrawn."""
        store, _, _ = two_feeds(make_store)

        with pytest.raises(Misuse) as refusal:
            store.hide(name, "", now=5.0)

        assert (refusal.value.code, store.hidden()) == ("hide.own", [])
        assert search(store, "ours").total == 1

    @pytest.mark.parametrize("name", ["nobody.example", subject_id(7, PEER), ""])
    def test_what_nothing_here_is_called_is_not_hidden(self, make_store: MakeStore, name: str) -> None:
        store, _, _ = two_feeds(make_store)

        with pytest.raises(Misuse) as refusal:
            store.hide(name, "", now=5.0)

        assert (refusal.value.code, store.hidden()) == ("hide.unknown", [])
