"""What a cosigner has seen is durable, moves only forward, and is never made by opening."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from entrepot_node.witness_state import CosignerState, SeenNote
from entrepot_schema.errors import Misuse, Unavailable
from entrepot_sync.merkle import EMPTY_ROOT
from entrepot_sync.witness import LogHead

LOG = "lifepark.example/feed/1"
NOTHING = LogHead(LOG, 0, EMPTY_ROOT)


def head(size: int, letter: bytes = b"a") -> LogHead:
    return LogHead(LOG, size, letter * 32)


@pytest.fixture
def state(tmp_path: Path) -> CosignerState:
    return CosignerState.create(tmp_path / "state" / "witness-1.db")


def test_a_new_state_has_seen_nothing(state: CosignerState) -> None:
    assert state.seen(LOG) == NOTHING
    assert state.newest(LOG) is None


def test_what_was_advanced_to_is_seen_by_whoever_opens_the_file(state: CosignerState, tmp_path: Path) -> None:
    assert state.advance(NOTHING, head(5), b"note", now=100.9) == 100

    again = CosignerState.open(tmp_path / "state" / "witness-1.db")
    assert (again.seen(LOG), again.newest(LOG)) == (head(5), SeenNote(b"note", 100))


def test_a_state_that_goes_while_its_key_is_in_use_is_not_made_anew(
    state: CosignerState, tmp_path: Path
) -> None:
    """LOG-78: an empty one would let the key cosign a second history."""
    (tmp_path / "state" / "witness-1.db").unlink()

    for ask in (state.seen, state.newest):
        with pytest.raises(Unavailable) as refused:
            ask(LOG)
        assert refused.value.code == "witness.no-state"
    assert not (tmp_path / "state" / "witness-1.db").exists()


def test_the_same_head_may_be_cosigned_again_with_a_fresh_time(state: CosignerState) -> None:
    state.advance(NOTHING, head(5), b"note", now=100)

    assert state.advance(head(5), head(5), b"note", now=160) == 160


@pytest.mark.parametrize("before", [NOTHING, head(4), head(5, b"b"), head(6)])
def test_a_judgement_on_another_head_moves_nothing(state: CosignerState, before: LogHead) -> None:
    """LOG-78: check and store are one step."""
    state.advance(NOTHING, head(5), b"note", now=100)

    assert state.advance(before, head(9), b"other", now=101) is None
    assert state.newest(LOG) == SeenNote(b"note", 100)


def test_a_clock_that_is_set_back_does_not_turn_time_back(state: CosignerState) -> None:
    """D14."""
    state.advance(NOTHING, head(5), b"note", now=1_000)

    assert state.advance(head(5), head(6), b"note", now=10) == 1_000


@pytest.mark.parametrize(("after", "why"), [(head(4), "smaller"), (head(5, b"b"), "other root")])
def test_the_file_itself_refuses_to_go_back(state: CosignerState, after: LogHead, why: str) -> None:
    """K13. Even a bug of ours that judged wrongly cannot lower a size or change a root."""
    state.advance(NOTHING, head(5), b"note", now=100)

    with pytest.raises(sqlite3.IntegrityError, match="never goes back"):
        state.advance(head(5), after, b"note", now=101)

    assert state.seen(LOG) == head(5)


def test_a_head_is_never_deleted(state: CosignerState, tmp_path: Path) -> None:
    state.advance(NOTHING, head(5), b"note", now=100)
    connection = sqlite3.connect(tmp_path / "state" / "witness-1.db")

    with pytest.raises(sqlite3.IntegrityError, match="never forgotten"):
        connection.execute("DELETE FROM heads")

    connection.close()


def test_of_many_that_judged_the_same_head_one_moves_it(state: CosignerState) -> None:
    """LOG-78 with real threads: the race that makes a witness sign two histories."""
    outcomes: list[int | None] = []

    def move(number: int) -> None:
        outcomes.append(state.advance(NOTHING, head(number, bytes([number])), b"n", now=100))

    threads = [threading.Thread(target=move, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes, key=str) == [100, *[None] * 7]


def test_a_key_whose_state_is_gone_is_refused(tmp_path: Path) -> None:
    """D12: never made anew under the same key."""
    with pytest.raises(Misuse) as misuse:
        CosignerState.open(tmp_path / "witness-1.db")

    assert misuse.value.code == "witness.no-state"
    assert not (tmp_path / "witness-1.db").exists()


@pytest.mark.parametrize("raw", [b"", b"SQLite format 3\0" + b"x" * 500, b"text"])
def test_another_file_is_not_taken_for_a_state(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "witness-1.db").write_bytes(raw)

    with pytest.raises(Misuse) as misuse:
        CosignerState.open(tmp_path / "witness-1.db")

    assert misuse.value.code == "witness.no-state"


def test_a_state_is_never_made_over_an_old_one(state: CosignerState, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        CosignerState.create(tmp_path / "state" / "witness-1.db")
