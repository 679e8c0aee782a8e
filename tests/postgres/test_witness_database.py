"""What a cosigner has seen, in a database that several machines share: the promises of the file (LOG-78)."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import psycopg
import pytest

from entrepot_node.cosigner import cosigner_standing, make_cosigner, make_missing_cosigners, open_cosigner
from entrepot_node.cosigner_states import CosignerStates, HeadsSeen, StateFolder
from entrepot_node.keyring import WITNESS
from entrepot_node.witness_database import StateDatabase
from entrepot_node.witness_state import SeenNote
from entrepot_schema.errors import Misuse, Unavailable
from entrepot_sync.merkle import EMPTY_ROOT
from entrepot_sync.witness import LogHead

from ..postgresql_server import PostgresqlServer
from .conftest import found
from .pair import Pair, cancel_waiting

ORIGIN = "biomed.example"
LOG = "lifepark.example/feed/1"
NOTHING = LogHead(LOG, 0, EMPTY_ROOT)


def head(size: int, letter: bytes = b"a") -> LogHead:
    return LogHead(LOG, size, letter * 32)


@pytest.fixture(scope="module")
def url(postgresql_server: PostgresqlServer) -> str:
    return postgresql_server.new_database()


@pytest.fixture(params=["folder", "database"])
def states(request: pytest.FixtureRequest, tmp_path: Path) -> CosignerStates:
    """Where states lie; each test has a node of its own in the database."""
    if request.param == "folder":
        return StateFolder(tmp_path / "state")
    return StateDatabase(request.getfixturevalue("url"), f"{tmp_path.name.replace('_', '-')}.example")


@pytest.fixture
def state(states: CosignerStates) -> HeadsSeen:
    return states.create(WITNESS, 1)


def test_what_was_advanced_to_is_seen_by_whoever_opens_the_state(
    state: HeadsSeen, states: CosignerStates
) -> None:
    assert (state.seen(LOG), state.newest(LOG)) == (NOTHING, None)

    assert state.advance(NOTHING, head(5), b"note", now=100.9) == 100

    again = states.open(WITNESS, 1)
    assert (again.seen(LOG), again.newest(LOG)) == (head(5), SeenNote(b"note", 100))
    assert again.seen("other.example/feed/1") == LogHead("other.example/feed/1", 0, EMPTY_ROOT)


@pytest.mark.parametrize("before", [NOTHING, head(4), head(5, b"b"), head(6)])
def test_a_judgement_on_another_head_moves_nothing(state: HeadsSeen, before: LogHead) -> None:
    state.advance(NOTHING, head(5), b"note", now=100)

    assert state.advance(before, head(7), b"other", now=200) is None
    assert (state.seen(LOG), state.newest(LOG)) == (head(5), SeenNote(b"note", 100))


def test_a_clock_that_is_set_back_does_not_turn_time_back(state: HeadsSeen) -> None:
    state.advance(NOTHING, head(5), b"note", now=100)

    assert state.advance(head(5), head(6), b"next", now=50) == 100


def test_of_many_that_judged_the_same_head_one_moves_it(state: HeadsSeen, states: CosignerStates) -> None:
    together, moved = threading.Barrier(4), list[int]()

    def advance(number: int) -> None:
        own = states.open(WITNESS, 1)
        together.wait()
        if own.advance(NOTHING, head(number), b"note %d" % number, now=100) is not None:
            moved.append(number)

    threads = [threading.Thread(target=partial(advance, number)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (winner,) = moved
    assert state.seen(LOG) == head(winner)


def test_a_key_without_state_is_refused_and_its_number_never_used_again(
    states: CosignerStates, tmp_path: Path
) -> None:
    """LOG-78: opening makes none, be it that there was none or that its key is of before a backup."""
    states.use_up(WITNESS, 2)
    for number in (1, 2):
        with pytest.raises(Misuse) as refused:
            states.open(WITNESS, number)
        assert refused.value.code == "witness.no-state"

    (tmp_path / "keys").mkdir()
    made = make_cosigner(tmp_path / "keys", states, WITNESS)

    assert made.number == 3
    assert cosigner_standing(tmp_path / "keys", states, WITNESS) == "ready"
    assert open_cosigner(ORIGIN, made, states).seen(LOG) == NOTHING


def test_the_database_itself_refuses_to_go_back(url: str) -> None:
    state = StateDatabase(url, "back.example").create(WITNESS, 1)
    state.advance(NOTHING, head(5), b"note", now=100)

    for statement in (
        "UPDATE cosigner_heads SET size = 4 WHERE origin = 'back.example'",
        "UPDATE cosigner_heads SET root = 'b' WHERE origin = 'back.example'",
        "UPDATE cosigner_heads SET time = 99 WHERE origin = 'back.example'",
        "DELETE FROM cosigner_heads WHERE origin = 'back.example'",
        "TRUNCATE cosigner_heads",
    ):
        with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.RaiseException):
            connection.execute(statement.encode())
    assert state.seen(LOG) == head(5)


def test_a_node_makes_its_cosigner_keys_with_states_in_the_database(
    url: str, tmp_path: Path, postgresql_server: PostgresqlServer
) -> None:
    """Two machines with one witness: what one has cosigned the other has seen."""
    shared = found(tmp_path, postgresql_server.new_database(), origin="two.example", witness_database=url)
    homes = [shared.open(machine).home for machine in ("one", "two")]
    assert make_missing_cosigners(homes[0].keys, homes[0].cosigner_states(homes[0].settings())) == []
    one, two = (home.cosigner(WITNESS, "two.example") for home in homes)
    assert one is not None
    assert two is not None

    assert one.cosign(NOTHING, head(5), b"note", now=100) is not None
    assert two.cosign(NOTHING, head(6), b"note", now=100) is None

    assert two.seen(LOG) == head(5)
    assert not list(homes[0].states.glob("*"))
    for node in shared.opened:
        node.store.close()


def test_what_the_replica_has_not_confirmed_is_not_signed(pair: Pair) -> None:
    """LOG-78: it would be forgotten when the replica takes over."""
    url = pair.url(pair.new_database())
    state = StateDatabase(url, ORIGIN).create(WITNESS, 1)
    state.advance(NOTHING, head(5), b"note", now=100)

    pair.replica.execute("SELECT pg_wal_replay_pause()")
    try:
        give_up = threading.Thread(target=partial(cancel_waiting, pair))
        give_up.start()
        with pytest.raises(Unavailable) as refused:
            state.advance(head(5), head(6), b"note", now=101)
        give_up.join()
        assert refused.value.code == "witness.busy"
        # It is there by now, and confirmed by nobody: it is not signed for whoever asks, either.
        give_up = threading.Thread(target=partial(cancel_waiting, pair))
        give_up.start()
        with pytest.raises(Unavailable):
            state.newest(LOG)
        give_up.join()
    finally:
        pair.replica.execute("SELECT pg_wal_replay_resume()")
    assert state.newest(LOG) == SeenNote(b"note", 101)
