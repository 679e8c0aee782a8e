"""The part of the storage contract about the brake on mass withdrawal, as tests for any store; see `contract`."""

from __future__ import annotations

from dataclasses import replace

from entrepot_node.storage.contract_feed import (
    PEER,
    PEER_FEED,
    FeedWriter,
    MakeStore,
    everything,
    start,
    stored,
    subject_id,
)
from entrepot_node.storage.interface import Store
from entrepot_node.storage.search import SearchQuery
from entrepot_schema.canonical import sha256
from entrepot_sync.feed_store import Content, FeedRow, Held, Status, Turnover

DUE = 1_000.0
OTHER = "other.example"


def braked(store: Store, writer: FeedWriter, *numbers: int, due: float = DUE) -> FeedRow:
    """Publish two versions of each subject, withdraw them all in one chunk that is held; return the feed."""
    feed = start(store, writer, own=False)
    for number in numbers:
        writer.publish(number, b"old %d" % number)
        writer.publish(number, b"new %d" % number)
    store.append(feed.id, writer.chunk())
    for number in numbers:
        writer.withdraw(number)
    store.append(feed.id, replace(writer.chunk(), hold_until=due))
    return feed


class HoldingContract:
    """The promises about what is held. Each test says which rules it stands for."""

    def test_what_is_held_is_shown_to_nobody(self, make_store: MakeStore) -> None:
        """FED-31: neither live nor served nor searched; for all readers it is erased."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = braked(store, writer, 1, 2)

        other = make_store()
        assert other.contents(feed.id, 0, 99) == []
        assert [(v.status, v.raw, v.live) for v in other.versions(subject_id(1, PEER))] == [
            (Status.ERASED, None, False)
        ] * 2
        assert other.search(SearchQuery(), now=0.0).total == 0
        assert (other.counts(feed.id).live, other.live_subjects(feed.id)) == (0, 0)
        assert other.missing_contents(feed.id, limit=9) == []

    def test_what_is_held_can_be_had_by_the_operator(self, make_store: MakeStore) -> None:
        """FED-31: in the order of its entries, all versions; a subject counts once."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = braked(store, writer, 1, 2)

        other = make_store()
        assert other.held(feed.id) == Held(2, DUE)
        assert other.held_contents(feed.id) == [b"old 1", b"new 1", b"old 2", b"new 2"]
        assert other.held(feed.id + 1) == Held(0, None)

    def test_without_a_hold_nothing_is_kept(self, make_store: MakeStore) -> None:
        """LOG-51."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = start(store, writer, own=False)
        writer.publish(1, b"gone")
        store.append(feed.id, writer.chunk())
        writer.withdraw(1)
        store.append(feed.id, writer.chunk())

        assert (store.held(feed.id), store.held_contents(feed.id)) == (Held(0, None), [])

    def test_what_came_and_went_in_one_chunk_is_not_held(self, make_store: MakeStore) -> None:
        """LOG-51: it was never shown, and need not be given back; nor what is missing or refused."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = start(store, writer, own=False)
        writer.publish(2, b"missing", Content(Status.MISSING))
        writer.publish(3, b"refused", Content(Status.REFUSED, None, "key.time", "/validFrom"))
        store.append(feed.id, writer.chunk())
        writer.publish(1, b"leak of today")
        for number in (1, 2, 3):
            writer.withdraw(number)
        store.append(feed.id, replace(writer.chunk(), hold_until=DUE))

        assert (store.held(feed.id), store.held_contents(feed.id)) == (Held(0, None), [])

    def test_what_is_due_is_deleted_and_no_sooner(self, make_store: MakeStore) -> None:
        """FED-31: also by another process, over a restart; of each feed what is due there."""
        store = make_store()
        feed = braked(store, FeedWriter(PEER), 1)
        later = braked(store, FeedWriter(OTHER), 1, due=DUE + 1)

        assert store.sweep_withdrawn() == 0
        assert store.erase_held(due=DUE - 0.5) == 0
        assert make_store().erase_held(due=DUE) == 2
        assert make_store().erase_held(due=DUE) == 0

        assert (store.held(feed.id), store.held_contents(feed.id)) == (Held(0, None), [])
        assert (store.held(later.id).subjects, len(store.held_contents(later.id))) == (1, 2)

    def test_the_operator_deletes_what_is_held_of_one_feed(self, make_store: MakeStore) -> None:
        """FED-31: before its time."""
        store = make_store()
        feed, other = braked(store, FeedWriter(PEER), 1), braked(store, FeedWriter(OTHER), 1)

        assert store.erase_held(feed_id=feed.id) == 2

        assert (store.held(feed.id).subjects, store.held(other.id).subjects) == (0, 1)

    def test_a_subject_that_is_published_again_lets_go_of_nothing(self, make_store: MakeStore) -> None:
        """FED-31, LOG-20: the new version is shown, the old ones wait on."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = braked(store, writer, 1)
        writer.publish(1, b"published again")
        store.append(feed.id, writer.chunk())

        assert store.contents(feed.id, 0, 99) == [b"published again"]
        assert store.held_contents(feed.id) == [b"old 1", b"new 1"]
        assert store.live_subjects(feed.id) == 1

    def test_deleting_what_is_held_changes_nothing_else(self, make_store: MakeStore) -> None:
        """LOG-51: entries, tiles and what is live stay as they were."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = braked(store, writer, 1, 2)
        writer.publish(3, b"stays")
        store.append(feed.id, writer.chunk())
        before = everything(store, PEER_FEED)

        store.erase_held(due=DUE)

        assert everything(store, PEER_FEED) == before
        assert store.known_digests(feed.id, [sha256(b"old 1")]) == {sha256(b"old 1")}

    def test_pulls_count_what_they_take_from_view_and_bring(self, make_store: MakeStore) -> None:
        """FED-31: for a day; neither new versions nor keys, nor what is published here, and of each feed apart."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = start(store, writer, own=False)
        store.append(feed.id, writer.chunk())
        for number in (1, 2, 3):
            writer.publish(number, b"first %d" % number)
        store.append(feed.id, replace(writer.chunk(), pulled_at=1_000.0))
        writer.publish(1, b"second")
        writer.withdraw(2)
        writer.withdraw(3)
        writer.publish(3, b"again")
        store.append(feed.id, replace(writer.chunk(), pulled_at=2_000.0))

        other = make_store()
        assert other.turnover(feed.id, since=0.0) == Turnover(2, 4)
        assert other.turnover(feed.id, since=1_000.0) == Turnover(2, 1)
        assert other.turnover(feed.id, since=2_000.0) == Turnover(0, 0)
        assert other.turnover(feed.id + 1, since=0.0) == Turnover(0, 0)
        other.add_follow(feed.id, "https://peer.example", allow_private=False, growth_limit=9, now=1_500.0)
        assert other.turnover(feed.id, since=1_000.0) == Turnover(2, 0)
        assert other.turnover(feed.id, since=1_600.0) == Turnover(2, 1)

    def test_the_bytes_of_a_feed_are_counted(self, make_store: MakeStore) -> None:
        """LOG-91: entries and contents, those that come late too; what is erased counts no more, what is held does."""
        store, writer = make_store(), FeedWriter(PEER)
        feed = start(store, writer, own=False)
        opened = store.volume(feed.id)
        writer.publish(1, b"x" * 1_000)
        writer.publish(2, b"late", Content(Status.MISSING))
        writer.publish(3, b"newer", Content(Status.KEPT, b"newer"))
        writer.publish(4, b"y" * 70)
        chunk = writer.chunk()
        store.append(feed.id, chunk)
        taken = opened + chunk.volume
        assert chunk.volume == sum(map(len, chunk.entries)) + 1_000 + 5 + 70
        assert make_store().volume(feed.id) == taken
        missing = store.missing_contents(feed.id, limit=2)[-1]
        store.put_content(feed.id, missing.index, Content(Status.STORED, b"late"))
        assert make_store().volume(feed.id) == taken + 4
        ((kept, raw),) = store.kept_contents(feed.id, limit=2)
        store.put_content(feed.id, kept.index, stored(raw))
        assert make_store().volume(feed.id) == taken + 4

        writer.withdraw(1)
        writer.publish(5, b"leak")
        writer.withdraw(5)
        chunk = writer.chunk()
        store.append(feed.id, chunk)
        taken += sum(map(len, chunk.entries)) + 4 - 1_000
        assert make_store().volume(feed.id) == taken

        writer.withdraw(4)
        chunk = writer.chunk()
        store.append(feed.id, replace(chunk, hold_until=DUE))
        taken += chunk.volume
        assert make_store().volume(feed.id) == taken
        store.erase_held(due=DUE)
        assert make_store().volume(feed.id) == taken - 70
        assert store.volume(feed.id + 1) == 0

    def test_unfollowing_drops_what_is_held(self, make_store: MakeStore) -> None:
        """And a feed that is followed again holds nothing."""
        store = make_store()
        feed = braked(store, FeedWriter(PEER), 1)
        store.add_follow(feed.id, "https://peer.example", allow_private=False, growth_limit=10, now=1.0)

        store.remove_follow(feed.id)
        again = start(store, FeedWriter(PEER), own=False)

        assert (store.held_contents(feed.id), store.held(again.id)) == ([], Held(0, None))
