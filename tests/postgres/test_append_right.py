"""One appender at a time for each log key, over machines that share a database (LOG-37)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from entrepot_node.append_right import append_right, is_append_awaited
from entrepot_schema.errors import Conflict, Unavailable

from ..node.children import Child
from ..node.conftest import OwnNode
from ..node.federation import company
from ..node.store_soundness import require_acknowledged, require_sound_contents, require_sound_log
from .conftest import FEED, ORIGIN, Shared

Administer = Callable[[str], list[Any]]
# Ends the session of the database that holds the right to append, as the loss of its machine does.
END_HOLDERS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted"


def test_another_machine_appends_only_when_the_first_has_given_the_right_back(shared: Shared) -> None:
    """LOG-37: with a code that says so; a right to another feed is another right."""
    one, two = shared.open("one"), shared.open("two")

    with append_right(one.home, one.store, FEED):
        for node in (one, two):
            with (
                pytest.raises(Conflict) as refused,
                append_right(node.home, node.store, FEED, wait_seconds=0),
            ):
                raise AssertionError
            assert refused.value.code == "publish.locked"
        with append_right(two.home, two.store, f"{ORIGIN}/feed/2", wait_seconds=0):
            pass
    with append_right(two.home, two.store, FEED, wait_seconds=0):
        pass


def test_who_has_the_right_for_long_sees_that_another_machine_waits(shared: Shared) -> None:
    """So that a server that publishes without end gives others their turn."""
    one, two = shared.open("one"), shared.open("two")

    with append_right(one.home, one.store, FEED):
        assert not is_append_awaited(one.home, one.store, FEED)
        waiting = threading.Thread(target=take_and_give_back, args=[two])
        waiting.start()
        while not is_append_awaited(one.home, one.store, FEED):
            pass
    waiting.join()
    assert not is_append_awaited(one.home, one.store, FEED)


def take_and_give_back(node: OwnNode) -> None:
    with append_right(node.home, node.store, FEED):
        pass


def test_d01_a_machine_that_is_killed_while_it_publishes_is_followed_by_another(shared: Shared) -> None:
    """LOG-37: the database frees the lock of a process that is gone; nothing it acknowledged is lost."""
    child = Child.start("publish.py", shared.home("one"), "killed", 0)
    assert child.kill_after(6, 0.0)

    two = shared.open("two")
    with append_right(two.home, two.store, FEED):
        (receipt,) = two.publish(company("After the kill"))
    state = require_sound_log(two)
    require_sound_contents(two, state)
    require_acknowledged(two, child.lines, state)
    assert receipt.index == two.feed.size - 1


@pytest.mark.parametrize("mode", ["locked", pytest.param("unlocked", marks=pytest.mark.long)])
def test_d08_two_machines_that_publish_at_once_make_one_history(shared: Shared, mode: str) -> None:
    """LOG-37: with the right one waits; without it compare-and-swap refuses the slower."""
    children = [Child.start("publish.py", shared.home(name), name, 6, mode) for name in ("one", "two")]
    for child in children:
        child.read_all()

    node = shared.open()
    state = require_sound_log(node)
    require_sound_contents(node, state)
    lines = [line for child in children for line in child.lines]
    require_acknowledged(node, lines, state)
    acknowledged = [line for line in lines if line[0] in ("published", "withdrew")]
    assert len(acknowledged) == node.feed.size - 1
    refused = {line[1] for line in lines if line[0] == "refused"}
    assert refused <= ({"store.moved"} if mode == "unlocked" else set())
    assert [child.process.returncode for child in children] == [0, 0]


def test_who_has_lost_the_connection_commits_nothing_more(shared: Shared, administer: Administer) -> None:
    """LOG-37: although all its other connections are whole; what was signed is dropped. Then it may try anew."""
    one, two = shared.open("one"), shared.open("two")
    before = one.feed

    with append_right(one.home, one.store, FEED):
        administer(END_HOLDERS)
        with append_right(two.home, two.store, FEED, wait_seconds=0):
            pass  # it is free at once
        for name in ("Under a right that is gone", "And once more"):
            with pytest.raises(Unavailable) as refused:
                one.publish(company(name))
            assert refused.value.code == "store.unreachable"
    assert one.feed == before
    with append_right(one.home, one.store, FEED, wait_seconds=0):
        one.publish(company("Under a new one"))
    assert two.feed.size == before.size + 1


def test_a_connection_that_is_lost_in_commit_is_no_acknowledgement(
    shared: Shared, administer: Administer
) -> None:
    """Nobody knows what became of it; the log goes on from what the store says."""
    one = shared.open()
    store_sql(
        shared,
        "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON entries DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION cut()",
    )

    with append_right(one.home, one.store, FEED), pytest.raises(Unavailable) as refused:
        one.publish(company("Lost in commit"))
    assert refused.value.code == "store.unconfirmed"
    store_sql(shared, "DROP TRIGGER cut ON entries")
    with append_right(one.home, one.store, FEED, wait_seconds=0):
        one.publish(company("After it"))
    require_sound_contents(one, require_sound_log(one))
    assert one.feed.size == 2


def store_sql(shared: Shared, *statements: str) -> None:
    import psycopg

    with psycopg.connect(shared.url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
