"""Changing keys: by a card, after a theft, with new feeds and identities; real nodes, real stores, real followers."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from entrepot_node.app import create_app
from entrepot_node.cards import read_card
from entrepot_node.following import Puller, meet, pin
from entrepot_node.genesis import found_node
from entrepot_node.home import Home
from entrepot_node.live_feed import live_feed
from entrepot_node.node_document import refresh_node_document
from entrepot_node.orders import Publication, Receipt
from entrepot_node.pending_keys import settle_keys
from entrepot_node.publish import Publisher
from entrepot_node.rotation import Changed, KeyChanger, Wanted
from entrepot_node.self_check import check_store
from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.interface import KeyChange
from entrepot_node.storage.search import SearchQuery
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.canonical import read_canonical
from entrepot_schema.errors import EntrepotError, Misuse
from entrepot_schema.key_log import card_hash, committed_cards, extend_key_log
from entrepot_schema.key_state import build_state
from entrepot_schema.keys import SigningKey
from entrepot_schema.record import verify_record
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.peer_trust import all_log_keys, log_keys
from entrepot_sync.peer_url import parse_base_url
from entrepot_sync.pull import PullReport
from entrepot_sync.transport import HttpTransport, PeerTransport

ORIGIN = "biomed.example"
URL = "http://127.0.0.1:8101"
Company = Callable[..., dict[str, Any]]


@dataclass
class Origin:
    """The node whose keys change."""

    home: Home
    clock: Any
    draw: Callable[[int], bytes] = field(default_factory=lambda: random.Random(3).randbytes)

    def __post_init__(self) -> None:
        self.store = self.home.open_store()
        self.settings = self.home.settings()
        self.app = create_app(self.store, self.settings)

    @property
    def feed(self) -> FeedRow:
        return live_feed(self.store)

    @property
    def number(self) -> int:
        return int(self.feed.name.rpartition("/")[2])

    def publish(self, *profiles: dict[str, Any]) -> list[Receipt]:
        settle_keys(self.home, self.feed.key_log)
        keyring = self.home.keyring(self.number)
        publisher = Publisher(self.store, self.feed.name, keyring, now=self.clock, random_bytes=self.draw)
        return publisher.publish([Publication(profile, "CC-BY-4.0") for profile in profiles])

    def changer(self) -> KeyChanger:
        return KeyChanger(self.home, self.store, self.settings, now=self.clock, random_bytes=self.draw)

    def rotate(self, card: str = "a", **wanted: bool) -> Changed:
        return self.changer().rotate(self.card(f"card-{card}"), Wanted(**wanted))

    def card(self, name: str) -> SigningKey:
        return read_card((self.home.cards / f"{name}.txt").read_text())

    def refresh_node_document(self) -> None:
        refresh_node_document(
            self.store, self.settings, self.feed, self.home.keyring(self.number),
            now=self.clock, random_bytes=self.draw,
        )  # fmt: skip


@dataclass
class Follower:
    """Another node that pulls through the application of the first, whichever that is at the time."""

    store: SqlStore
    source: Origin

    def transport(self) -> PeerTransport:
        url = parse_base_url(URL, allow_private=True)
        return HttpTransport(
            url, allow_private=True, user_agent="test", inner=httpx.ASGITransport(self.source.app)
        )

    def follow(self, *, repin: bool = False) -> None:
        met = asyncio.run(meet(URL, self.transport()))
        pin(
            self.store, met, allow_private=True, growth_limit=10_000, now=0.0, own_origin="parks.example",
            repin=repin,
        )  # fmt: skip

    @property
    def row(self) -> FollowRow:
        (row,) = self.store.follows()
        return row

    @property
    def feed(self) -> FeedRow:
        feed = self.store.feed(self.row.feed_name)
        assert feed is not None
        return feed

    def pull(self) -> PullReport:
        puller = Puller(
            self.store, lambda _url, _private: self.transport(),
            owner="test", now=lambda: 1.0, random=lambda: 0.5, poll_seconds=300,
        )  # fmt: skip
        return asyncio.run(puller.pull(self.row))

    def fault(self) -> str:
        with pytest.raises(EntrepotError) as error:
            self.pull()
        return error.value.code

    def names(self) -> list[str]:
        found = self.store.live_records(after=(-1, -1), limit=100)
        return [
            read_canonical(row.raw)["credentialSubject"]["profile"]["name"]["en"]
            for _, row in found
            if row.raw
        ]

    def searched(self) -> list[str]:
        return [hit.feed_name for hit in self.store.search(SearchQuery(), now=0.0).hits]


@pytest.fixture
def origin(home: Home, node: Any, company: Company) -> Iterator[Origin]:
    one = Origin(home, node.clock)
    one.publish(*(company(f"Company {number}", number) for number in range(3)))
    one.publish(company("Company 1, renamed", 1))
    one.refresh_node_document()
    yield one
    one.store.close()


@pytest.fixture
def follower(origin: Origin, tmp_path: Path) -> Iterator[Follower]:
    store = SqlStore.open(tmp_path / "follower.db", now=lambda: 1.0)
    one = Follower(store, origin)
    one.follow()
    one.pull()
    yield one
    store.close()


def profiles(store: SqlStore) -> dict[str, Any]:
    found = store.live_records(after=(-1, -1), limit=100)
    documents = [read_canonical(row.raw) for _, row in found if row.raw]
    return {
        one["credentialSubject"]["id"]: (one["credentialSubject"]["profile"], one["license"])
        for one in documents
    }


# --- rotation of the record key


def test_a_rotation_signs_everything_again_and_changes_no_content(origin: Origin) -> None:
    """K01. SIG-50, SIG-52: the `keys` entry first, then each live record with the next revision, under one checkpoint."""
    before, old = profiles(origin.store), origin.feed

    changed = origin.rotate()

    feed = origin.feed
    assert (changed.signed, changed.left, feed.name) == (3, 0, old.name)
    assert (feed.size, len(feed.key_log.lines)) == (old.size + 4, 2)
    assert feed.key_log.latest.record_key != old.key_log.latest.record_key
    assert log_keys(feed.key_log, feed.name) == log_keys(old.key_log, old.name)
    assert profiles(origin.store) == before
    rows = [row for _, row in origin.store.live_records(after=(-1, -1), limit=9)]
    assert sorted(row.revision for row in rows) == [2, 2, 3]
    assert b'"op":"keys"' in origin.store.entries(feed.id, old.size, old.size + 1)[0]
    assert "yield the signed root" in check_store(origin.store, feed)


def test_node_document_and_did_twin_follow_the_new_key(origin: Origin) -> None:
    """SIG-53."""
    origin.rotate()

    document = origin.store.document("node")
    assert document is not None
    verify_record(document, None, origin=ORIGIN, key=origin.feed.key_log.latest.record_key)
    assert read_canonical(document)["revision"] == 2
    assert origin.home.keyring(1).record.public == origin.feed.key_log.latest.record_key


def ask(node: Origin, path: str) -> Any:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(node.app)
        async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
            return await client.get(path)

    return asyncio.run(send())


def test_readers_see_that_nothing_changed(origin: Origin, company: Company) -> None:
    """K01. SIG-52: no difference, the same facets and freshness; the history says what happened."""
    path = "/subjects/" + company(number=1)["id"].removeprefix("https://").replace("/id/", "/")
    statistics = origin.store.statistics(now=0.0)
    order = [hit.subject for hit in origin.store.search(SearchQuery(sort="newest"), now=0.0).hits]

    origin.rotate()

    assert ask(origin, f"/api/v1{path}/difference?from=2&to=3").json()["changes"] == []
    assert origin.store.statistics(now=0.0) == statistics
    assert [hit.subject for hit in origin.store.search(SearchQuery(sort="newest"), now=0.0).hits] == order
    page = ask(origin, f"/record/{company(number=1)['id']}/history")
    assert "Signed again; the profile is the same as before." in page.text


def marks(store: SqlStore) -> list[tuple[str, int, bool]]:
    """Of each change: the feed, the index, and whether only the signature is new."""
    return [(row.feed_name, row.index, row.resigned) for row in store.changes(after=-1, limit=100)]


def test_what_was_signed_again_is_marked_among_the_changes(
    origin: Origin, follower: Follower, company: Company
) -> None:
    """FED-73: also at followers; what changed with the new key is not, nor what changed in a record signed again."""
    size = origin.feed.size
    origin.rotate()
    follower.pull()
    origin.publish(company("Company 2, renamed", 2), company("New", 4))
    follower.pull()

    signed_again = {size + 1, size + 2, size + 3}
    for store in (origin.store, follower.store):
        told = {index for _, index, resigned in marks(store) if resigned}
        assert told == signed_again
    items = ask(origin, "/api/v1/changes").json()["items"]
    assert {item["index"] for item in items if item["resigned"]} == signed_again


def test_what_opens_a_new_feed_is_signed_again_too(origin: Origin, follower: Follower) -> None:
    """FED-73, SIG-65: the version before stands in the lower feed."""
    origin.rotate(new_feed=True)
    follower.pull()

    new = f"{ORIGIN}/feed/2"
    for store in (origin.store, follower.store):
        told = [(name, index) for name, index, resigned in marks(store) if resigned]
        assert told == [(new, 2), (new, 3), (new, 4)]


def test_another_licence_is_a_change_and_so_is_what_was_withdrawn(origin: Origin, company: Company) -> None:
    """FED-73: what was erased cannot be compared."""
    origin.publish(company("Company 0", 0))
    first = origin.store.live_records(after=(-1, -1), limit=1)[0][1]
    settle_keys(origin.home, origin.feed.key_log)
    keyring = origin.home.keyring(origin.number)
    publisher = Publisher(origin.store, origin.feed.name, keyring, now=origin.clock, random_bytes=origin.draw)
    publisher.publish([Publication(company("Company 0", 0), "CC0-1.0")])
    publisher.withdraw([first.subject])
    publisher.publish([Publication(company("Company 0", 0), "CC0-1.0")])

    assert not any(resigned for _, _, resigned in marks(origin.store))


def test_the_start_page_shows_no_record_as_new_that_was_signed_again(
    origin: Origin, company: Company
) -> None:
    """FED-73: where there is nothing newer, records are listed without a time of publication."""
    origin.clock.move(days=10)
    origin.rotate()
    assert "published 3 December 2026" not in ask(origin, "/").text
    assert len(ask(origin, "/index.json").json()["newest"]) == 3

    origin.publish(company("New", 4))
    assert "published 3 December 2026" in ask(origin, "/").text
    (newest,) = ask(origin, "/index.json").json()["newest"]
    assert newest["id"] == company(number=4)["id"]


def test_followers_take_a_rotation_with_their_next_pull(origin: Origin, follower: Follower) -> None:
    """K01. SIG-49, SIG-52."""
    before = profiles(follower.store)
    origin.rotate()

    report = follower.pull()

    assert (report.stored, report.refused, report.missing) == (3, 0, 0)
    assert follower.feed.key_log == origin.feed.key_log
    assert profiles(follower.store) == before == profiles(origin.store)
    check_store(follower.store, follower.feed)


def test_s05_a_stolen_record_key_signs_nothing_more(
    origin: Origin, follower: Follower, company: Company
) -> None:
    """K02. SIG-25, SIG-50: what the old key signs behind the new line is refused by ourselves and by every follower."""
    stolen = origin.home.keyring(1)
    origin.rotate()
    follower.pull()
    publisher = Publisher(origin.store, origin.feed.name, stolen, now=origin.clock, random_bytes=origin.draw)

    with pytest.raises(Misuse) as error:
        publisher.publish([Publication(company("Forged", 2), "CC0-1.0")])

    assert "key.unknown" in error.value.message


def test_a_card_is_used_once(origin: Origin) -> None:
    """K08. SIG-43, SIG-51: a replayed card is refused here, and a line it signs by everybody."""
    card = origin.card("card-a")
    changed = origin.rotate("a")

    with pytest.raises(Misuse, match="used for an earlier"):
        origin.changer().rotate(card, Wanted())
    state = build_state(ORIGIN, SigningKey.from_seed(bytes(32)).public, changed.key_log.latest.feeds)
    with pytest.raises(EntrepotError) as error:
        extend_key_log(
            changed.key_log,
            state,
            card=card,
            next_cards=(card.public, card.public),
            time="2027-01-01T00:00:00Z",
        )
    assert error.value.code == "key.log-prerotation"


def test_a_thief_of_the_server_has_no_card(origin: Origin) -> None:
    """K06. SIG-43: what lies on the server signs no line."""
    thief = origin.home.keyring(1).record

    with pytest.raises(Misuse) as error:
        origin.changer().rotate(thief, Wanted())

    assert error.value.code == "key.card"
    assert len(origin.feed.key_log.lines) == 1


def test_a_fresh_card_takes_the_place_of_the_used_one_and_the_other_stays(origin: Origin) -> None:
    """K07. SIG-51: one card lost: the other rotates."""
    other = card_hash(origin.card("card-b").public)

    changed = origin.rotate("a")

    (path,) = changed.cards
    assert path.stat().st_mode & 0o777 == 0o600
    fresh = read_card(path.read_text())
    assert set(committed_cards(changed.key_log)) == {other, card_hash(fresh.public)}
    assert len(origin.rotate("2").key_log.lines) == 3
    assert len(origin.rotate("b").key_log.lines) == 4


def test_a_fresh_pair_gives_up_a_lost_card(origin: Origin) -> None:
    """K07. SIG-51: whoever finds the lost one can do nothing with it."""
    lost = origin.card("card-b")

    changed = origin.rotate("a", fresh_pair=True)

    assert len(changed.cards) == 2
    assert set(committed_cards(changed.key_log)) == {
        card_hash(read_card(path.read_text()).public) for path in changed.cards
    }
    with pytest.raises(Misuse) as error:
        origin.changer().rotate(lost, Wanted())
    assert error.value.code == "key.card"


@pytest.mark.parametrize("wanted", [{}, {"log_key": True}, {"new_feed": True}, {"fresh_pair": True}, None])
def test_every_change_of_keys_moves_the_mark(
    origin: Origin, company: Company, wanted: dict[str, bool] | None
) -> None:
    """FED-42, FED-75: records that are signed again, a new log key, the next feed, a new identity (None)."""
    origin.publish(company("One", 1), company("Two", 2))

    if wanted is None:
        origin.changer().renew_identity()
    else:
        origin.rotate(**wanted)

    feed = origin.feed
    mark = origin.home.mark_file(feed.name).read()
    assert mark is not None
    assert (mark.feed_name, mark.size, mark.root) == (feed.name, feed.head.size, feed.head.root)


@pytest.mark.parametrize("text", ["", "zz", "ab" * 31, "ab" * 33, "Card key (secret): x"])
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(Misuse) as error:
        read_card(text)
    assert error.value.code == "key.card"


def test_a_secret_may_be_typed_in_groups(origin: Origin) -> None:
    secret = origin.card("card-a").seed.hex()
    typed = " ".join(secret[begin : begin + 4] for begin in range(0, 64, 4)).upper()

    assert read_card(typed + "\n") == origin.card("card-a")


# --- killed anywhere


class Killed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("wanted", [{}, {"log_key": True}, {"new_feed": True}, {"fresh_pair": True}])
@pytest.mark.parametrize("committed", [False, True])
def test_d01_a_rotation_that_is_killed_leaves_the_old_keys_or_the_new_ones(
    origin: Origin,
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
    wanted: dict[str, bool],
    *,
    committed: bool,
) -> None:
    """K11. SIG-54: after the next start the node publishes, and followers take it."""
    card = origin.card("card-a")
    real = origin.store.change_keys

    def change_keys(change: KeyChange) -> FeedRow:
        if committed:
            real(change)
        raise Killed

    monkeypatch.setattr(origin.store, "change_keys", change_keys)
    with pytest.raises(Killed):
        origin.changer().rotate(card, Wanted(**wanted))
    monkeypatch.undo()
    again = Origin(origin.home, origin.clock)

    again.publish(company("After", 7))

    assert len(again.feed.key_log.lines) == 1 + committed
    assert not list(origin.home.path.glob("*/*.next"))
    check_store(again.store, again.feed)
    cards = {card_hash(read_card(path.read_text()).public) for path in origin.home.cards.glob("*.txt")}
    assert set(committed_cards(again.feed.key_log)) <= cards
    if not committed:
        again.changer().rotate(card, Wanted(**wanted))
    again.store.close()


# --- the log key


def test_the_head_of_a_log_rotation_carries_both_keys_and_later_ones_the_new_key(
    origin: Origin, company: Company
) -> None:
    """K03. SIG-60."""
    old = log_keys(origin.feed.key_log, origin.feed.name)

    origin.rotate(log_key=True)

    feed = origin.feed
    new = log_keys(feed.key_log, feed.name)
    both = all_log_keys(feed.key_log, feed.name)
    assert new != old
    assert set(open_checkpoint(feed.head.note, feed.name, both).signers) == {*old, *new}
    origin.publish(company("Later", 8))
    assert list(open_checkpoint(origin.feed.head.note, feed.name, both).signers) == new


@pytest.mark.parametrize("later", [False, True])
def test_followers_go_on_over_a_log_rotation(
    origin: Origin, follower: Follower, company: Company, *, later: bool
) -> None:
    """K03. SIG-60: also those who miss the head with both signatures."""
    origin.rotate(log_key=True)
    if later:
        origin.publish(company("Later", 8))

    follower.pull()

    assert follower.feed.head == origin.feed.head
    assert follower.feed.key_log == origin.feed.key_log
    check_store(follower.store, follower.feed)


def test_f11_with_two_keys_publishing_the_key_log_decides(
    origin: Origin, follower: Follower, tmp_path: Path, company: Company
) -> None:
    """SIG-61: a copy of the server that missed the rotation is not believed any more."""
    copy = Home(shutil.copytree(origin.home.path, tmp_path / "copy"))
    origin.rotate(log_key=True)
    follower.pull()
    stray = Origin(copy, origin.clock)
    stray.publish(*(company(f"Stray {number}", number) for number in range(20, 40)))

    follower.source = stray
    assert follower.fault() == "log.replaced-key"
    follower.source = origin
    origin.publish(company("Goes on", 8))
    follower.pull()

    assert follower.feed.state == "live"
    assert "Goes on" in follower.names()
    assert not any(name.startswith("Stray") for name in follower.names())
    stray.store.close()


# --- a new feed after a theft


def test_a_new_feed_opens_with_the_whole_key_log_and_all_live_records(origin: Origin) -> None:
    """K04. SIG-65, SIG-66: revisions count anew."""
    before = profiles(origin.store)

    changed = origin.rotate(new_feed=True)

    feed = origin.feed
    assert (changed.feed_name, feed.name, feed.size) == (f"{ORIGIN}/feed/2",) * 2 + (2 + 3,)
    assert profiles(origin.store) == before
    rows = [row for _, row in origin.store.live_records(after=(-1, -1), limit=9)]
    assert {(row.feed_name, row.revision) for row in rows} == {(feed.name, 1)}
    assert feed.key_log.scid == changed.key_log.scid
    check_store(origin.store, feed)


def test_only_live_feeds_are_listed(origin: Origin) -> None:
    """SIG-65: history is kept and checked, and shown nowhere as if it counted."""
    origin.rotate(new_feed=True)

    assert [item["feed"] for item in ask(origin, "/api/v1/peers").json()["items"]] == [f"{ORIGIN}/feed/2"]
    statistics = ask(origin, "/api/v1/statistics").json()
    assert (statistics["total"], statistics["feeds"]) == (3, 1)
    for feed in origin.store.feeds():
        assert "yield the signed root" in check_store(origin.store, feed)


def test_a_running_node_serves_the_new_feed_at_once(origin: Origin, follower: Follower) -> None:
    """SIG-65: the application was made before; another process rotates."""
    origin.rotate(new_feed=True)

    met = asyncio.run(meet(URL, follower.transport()))

    assert met.feed_name == f"{ORIGIN}/feed/2"


def test_followers_move_to_the_new_feed_and_show_nothing_twice(
    origin: Origin, follower: Follower, company: Company
) -> None:
    """K04. SIG-65, SIG-49: pinned to the same fingerprint."""
    scid = follower.row.scid
    origin.rotate(new_feed=True)

    report = follower.pull()

    new = f"{ORIGIN}/feed/2"
    assert (report.feed_name, follower.row.feed_name, follower.row.scid) == (new, new, scid)
    assert sorted(follower.names()) == ["Company 0", "Company 1, renamed", "Company 2"]
    assert follower.searched() == [new] * 3
    assert [feed.name for feed in follower.store.feeds()] == [f"{ORIGIN}/feed/1", new]
    live = [row for row in follower.store.versions(company(number=0)["id"]) if row.live]
    assert [row.feed_name for row in live] == [new]
    origin.publish(company("Goes on", 8))
    assert follower.pull().stored == 1


def test_a_thief_of_the_log_key_is_ignored_once_a_new_feed_is_known(
    origin: Origin, follower: Follower, tmp_path: Path, company: Company
) -> None:
    """K04. SIG-65: further heads of the old feed, however signed, bring nothing; the alarm names it."""
    thief = Origin(Home(shutil.copytree(origin.home.path, tmp_path / "thief")), origin.clock)
    origin.rotate(new_feed=True)
    follower.pull()
    thief.publish(company("Forged", 9))

    follower.source = thief
    code = follower.fault()

    assert code == "key.log-history"
    assert follower.row.last_code == code
    assert "Forged" not in follower.names()
    thief.store.close()


def test_a_new_feed_heals_a_fork(
    origin: Origin, follower: Follower, tmp_path: Path, company: Company
) -> None:
    """K05. SIG-65, LOG-61: the forked feed stays stopped, its successor goes on."""
    thief = Origin(Home(shutil.copytree(origin.home.path, tmp_path / "thief")), origin.clock)
    thief.publish(company("Forged", 9))
    origin.publish(company("Honest", 10))
    follower.source = thief
    follower.pull()
    follower.source = origin
    assert follower.fault() == "log.fork"
    assert follower.fault() == "log.fork"

    origin.rotate(new_feed=True)
    follower.pull()

    assert follower.feed.state == "live"
    assert "Honest" in follower.names()
    assert "Forged" not in follower.names()
    thief.store.close()


def test_unfollowing_drops_the_history_too(origin: Origin, follower: Follower) -> None:
    origin.rotate(new_feed=True)
    follower.pull()

    follower.store.remove_follow(follower.row.feed_id)

    assert follower.store.feeds() == []


def test_keys_can_change_again_after_a_new_feed(origin: Origin, follower: Follower, company: Company) -> None:
    """SIG-65: two feeds are named, the highest counts."""
    origin.rotate("a", new_feed=True)
    origin.rotate("b", log_key=True)
    origin.publish(company("Goes on", 8))
    origin.rotate("2", new_feed=True)

    follower.pull()

    assert origin.feed.name == follower.row.feed_name == f"{ORIGIN}/feed/3"
    assert profiles(follower.store) == profiles(origin.store)
    assert len(profiles(origin.store)) == 4


# --- another key log for the same name


def test_f10_a_second_key_log_for_a_pinned_origin_is_refused_with_an_alarm(
    origin: Origin, follower: Follower, tmp_path: Path
) -> None:
    """K10. SIG-49: somebody else founded a node of the same name."""
    other = claimant(origin, tmp_path)
    follower.source = other

    with pytest.raises(Misuse) as error:
        follower.follow()
    with pytest.raises(Misuse) as again:
        follower.follow(repin=True)

    assert (error.value.code, again.value.code) == ("key.log-history", "follow.feed-number")
    assert follower.fault() == "key.log-history"
    assert follower.row.last_code
    assert follower.feed.key_log.scid == origin.feed.key_log.scid
    other.store.close()


def claimant(origin: Origin, tmp_path: Path) -> Origin:
    home = Home(tmp_path / "claimant")
    found_node(home, origin.settings, now=origin.clock, random_bytes=random.Random(99).randbytes)
    other = Origin(home, origin.clock)
    other.refresh_node_document()
    return other


def test_both_cards_lost_a_new_identity_opens_the_next_feed_and_peers_pin_it_again(
    origin: Origin, follower: Follower
) -> None:
    """K09. SIG-67: no follower moves by itself."""
    scid = origin.feed.key_log.scid

    changed = origin.changer().renew_identity()

    assert changed.key_log.scid != scid
    assert (changed.feed_name, changed.signed, len(changed.cards)) == (f"{ORIGIN}/feed/2", 3, 2)
    check_store(origin.store, origin.feed)
    assert follower.fault() == "key.log-history"
    assert follower.row.feed_name == f"{ORIGIN}/feed/1"
    with pytest.raises(Misuse, match="is followed under the fingerprint"):
        follower.follow()
    follower.follow(repin=True)
    follower.pull()
    assert (follower.row.scid, follower.row.feed_name) == (changed.key_log.scid, changed.feed_name)
    assert profiles(follower.store) == profiles(origin.store)


def test_a_renewed_identity_can_rotate_by_its_own_cards_only(origin: Origin) -> None:
    """K09. SIG-67."""
    changed = origin.changer().renew_identity()

    with pytest.raises(Misuse):
        origin.rotate("a")
    origin.changer().rotate(read_card(changed.cards[0].read_text()), Wanted())

    assert (len(origin.feed.key_log.lines), origin.feed.name) == (2, f"{ORIGIN}/feed/2")
