"""A replica that is read, and takes over: what was confirmed is there, what was not is signed by nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from entrepot_node.app import create_app
from entrepot_node.append_right import append_right
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.errors import EntrepotError, Unavailable

from ..node.federation import company
from ..node.static_copies import no_network
from ..node.store_soundness import require_sound_contents, require_sound_log
from .conftest import FEED, Shared, found
from .pair import Pair, cancel_waiting


@pytest.fixture
def both(pair: Pair, tmp_path: Path) -> Iterator[tuple[Shared, str]]:
    """A node on the primary, and the URL of its database on the replica."""
    database = pair.new_database()
    node = found(tmp_path, pair.url(database))
    yield node, pair.replica_url(database)
    for one in node.opened:
        one.store.close()


def test_what_was_published_is_read_from_the_replica_at_once(both: tuple[Shared, str]) -> None:
    """Read your writes: feed, API and pages, of a store that can be written by nobody who reads it."""
    shared, url = both
    node = shared.open()
    with closing(SqlStore.open_replica(url)) as replica:
        node.app = create_app(replica, node.settings, now=node.clock, written=node.store)
        node.served = (node.store, node.settings)
        for number in range(5):
            (receipt,) = node.publish(company(f"Fern {number}"))

            assert f"\n{node.feed.size}\n".encode() in node.get("/feed/checkpoint").body
            assert node.get(f"/feed/delta?from={node.feed.size - 1}&to={node.feed.size}").status == 200
            found = node.get(f"/api/v1/search?q=fern+{number}").json()["items"]
            assert [receipt.subject in str(item) for item in found] == [True]
            assert f"Fern {number}".encode() in node.get(f"/search?q=fern+{number}").body
        node.withdraw(receipt.subject)
        assert node.get("/api/v1/search?q=fern+4").json()["items"] == []
        assert node.get("/health").json()["store"]["writable"]
        with pytest.raises(SQLAlchemyError):
            replica.put_document("mine", b"x")


def test_what_the_replica_has_not_confirmed_is_no_acknowledgement(
    both: tuple[Shared, str], pair: Pair
) -> None:
    """LOG-37: a commit that ends with a warning is unconfirmed; the log goes on from what the store says."""
    shared, _ = both
    node = shared.open()
    pair.replica.execute("SELECT pg_wal_replay_pause()")
    try:
        give_up = threading.Thread(target=partial(cancel_waiting, pair))
        give_up.start()
        with append_right(node.home, node.store, FEED), pytest.raises(Unavailable) as refused:
            node.publish(company("Unconfirmed"))
        give_up.join()
    finally:
        pair.replica.execute("SELECT pg_wal_replay_resume()")
    assert refused.value.code == "store.unconfirmed"

    with append_right(node.home, node.store, FEED):
        node.publish(company("Confirmed"))
    require_sound_contents(node, require_sound_log(node))
    assert node.feed.size == 3


def test_a_node_goes_on_with_the_server_that_has_taken_over(tmp_path: Path) -> None:
    """LOG-37, FED-43: by itself, with all that was acknowledged; who held the right has lost it, and peers are asked anew."""
    with Pair.made() as pair:
        shared = found(tmp_path, pair.url(pair.new_database()))
        one, two = shared.open("one"), shared.open("two")
        with append_right(one.home, one.store, FEED):
            one.publish(company("Before"))
            before, epoch = one.feed, one.store.epoch()
            pair.fail_over()
            with pytest.raises(Unavailable):
                one.publish(company("Under a right of the server that is gone"))

        assert (one.feed, two.feed) == (before, before)
        assert one.store.epoch() != epoch
        with append_right(two.home, two.store, FEED):
            two.publish(company("After"))
        require_sound_contents(one, require_sound_log(one))
        assert one.feed.size == before.size + 1
        for node in shared.opened:
            node.store.close()


def test_d07_a_server_that_took_over_with_less_than_was_acknowledged_signs_nothing(tmp_path: Path) -> None:
    """FED-42, FED-43: as when a backup was put back, the mark beside the log key tells. Nothing forks."""
    with Pair.made() as pair:
        shared = found(tmp_path, pair.url(pair.new_database()))
        node = shared.open()
        gate = SigningGate(node.store, node.home.mark_file, no_network)
        gate.require(node.feed)
        pair.part()
        node.publish(company("Lost with the primary"))
        gate.signed(node.feed, node.feed.head)
        size = node.feed.size

        pair.fail_over()

        assert node.feed.size == size - 1
        with pytest.raises(EntrepotError) as refused:
            gate.require(node.feed)
        assert refused.value.code == "gate.behind"
        node.store.close()
