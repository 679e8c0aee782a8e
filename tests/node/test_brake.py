"""The brake on mass withdrawal: hidden at once, deleted a day later or on the operator's word."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.storage.search import SearchQuery
from entrepot_sync.brake import is_mass
from entrepot_sync.feed_store import Status
from entrepot_sync.pull import PullReport

from .mirror_nodes import Member, profile_of
from .test_mirroring import Found, found_member, vouched

__all__ = ["found_member"]
MANY = range(60)
DAY = 24 * 3600.0


@pytest.fixture
def pair(found_member: Found) -> tuple[Member, Member]:
    origin, mirror = found_member("a.example", mirroring="any"), found_member("m.example")
    origin.publish(*MANY, *range(60, 100))
    mirror.follow(origin, mirror=True)
    mirror.pull(origin)
    return origin, mirror


def withdraw_many(origin: Member, mirror: Member) -> PullReport:
    origin.withdraw(*MANY)
    return mirror.pull(origin)


def needle() -> bytes:
    return b"Company 7 of a.example"


def in_files(member: Member) -> bool:
    member.store.finish_erasures(anew=True)
    return any(needle() in path.read_bytes() for path in member.home.path.glob("entrepot.db*"))


@pytest.mark.parametrize(
    ("withdrawn", "live", "mass"),
    [
        (50, 50, False),
        (51, 51, True),
        (51, 254, True),
        (51, 255, False),
        (200, 1000, False),
        (201, 1000, True),
    ],
)
def test_the_brake_takes_both_a_number_and_a_share(withdrawn: int, live: int, mass: bool) -> None:
    """FED-31: more than 50 and more than a fifth."""
    assert is_mass(withdrawn, live) is mass


def test_f23_a_mass_withdrawal_hides_at_once_and_deletes_after_a_day(pair: tuple[Member, Member]) -> None:
    """FED-31, FED-32."""
    origin, mirror = pair
    withdraw_many(origin, mirror)
    feed = mirror.copy_of(origin)

    (version,) = mirror.store.versions(str(profile_of("a.example", 7)["id"]))
    assert (version.status, version.raw, version.live) == (Status.ERASED, None, False)
    assert mirror.store.search(SearchQuery("Company"), now=0.0).total == 40
    digest = version.digest.hex()
    path = f"{mirror.mirror_path(origin)}/addenda/{digest[:2]}/{digest[2:4]}/{digest}"
    assert mirror.get(path).status_code == 410
    assert mirror.store.held(feed.id).subjects == 60
    assert vouched(mirror, origin) == 0
    assert in_files(mirror)

    mirror.clock.move(hours=23, minutes=59)
    mirror.mirrors.tend()
    assert mirror.store.held(feed.id).subjects == 60
    mirror.clock.move(minutes=2)
    mirror.mirrors.tend()

    assert mirror.store.held(feed.id).subjects == 0
    assert not in_files(mirror)
    assert vouched(mirror, origin) == origin.feed.head.size


def test_a_restart_keeps_what_is_held(pair: tuple[Member, Member]) -> None:
    """FED-31: the sweep at start leaves it alone until it is due."""
    origin, mirror = pair
    withdraw_many(origin, mirror)
    store = mirror.home.open_store()
    feed = store.feed(origin.feed.name)
    assert feed is not None

    assert store.sweep_withdrawn() == 0
    held = store.held(feed.id)
    now = mirror.clock().timestamp()
    assert (held.subjects, held.due_at) == (60, now + DAY)
    assert store.erase_held(due=now + DAY - 1) == 0
    assert store.erase_held(due=now + DAY) == 60
    store.close()


def test_fewer_withdrawals_are_erased_at_once(pair: tuple[Member, Member]) -> None:
    """FED-31."""
    origin, mirror = pair
    origin.withdraw(*range(50))
    mirror.pull(origin)

    assert mirror.store.held(mirror.copy_of(origin).id).subjects == 0
    assert not in_files(mirror)


def test_a_pull_that_was_cut_in_two_is_one_mass_withdrawal(pair: tuple[Member, Member]) -> None:
    """FED-31: what is held already counts with what comes."""
    origin, mirror = pair
    origin.withdraw(*range(55))
    mirror.pull(origin)
    origin.withdraw(*range(55, 60))
    mirror.pull(origin)

    assert mirror.store.held(mirror.copy_of(origin).id).subjects == 60


def test_f23_withdrawals_a_few_at_a_time_are_one_mass_withdrawal(pair: tuple[Member, Member]) -> None:
    """FED-31: a thief with the log key stays beneath the number in each pull; a day counts, wherever it begins."""
    origin, mirror = pair
    mirror.clock.move(hours=30)
    for number in range(0, 60, 20):
        mirror.clock.move(hours=7)
        origin.withdraw(*range(number, number + 20))
        mirror.pull(origin)

    assert mirror.store.held(mirror.copy_of(origin).id).subjects == 20


def test_withdrawals_of_more_than_a_day_are_no_mass_withdrawal(pair: tuple[Member, Member]) -> None:
    """FED-31."""
    origin, mirror = pair
    for number in (0, 40):
        origin.withdraw(*range(number, number + 40))
        mirror.pull(origin)
        mirror.clock.move(hours=24, minutes=1)

    assert mirror.store.held(mirror.copy_of(origin).id).subjects == 0


@pytest.mark.parametrize(
    ("hours_followed", "held"),
    [
        pytest.param(
            25, 60, id="published just before: whoever withdraws everything may publish anything first"
        ),
        pytest.param(1, 0, id="on the first day of a follow: 60 of 400 is no fifth"),
    ],
)
def test_what_is_new_counts_as_live_on_the_first_day_of_a_follow_alone(
    pair: tuple[Member, Member], hours_followed: int, held: int
) -> None:
    """FED-31."""
    origin, mirror = pair
    mirror.clock.move(hours=hours_followed)
    origin.publish(*range(100, 400))
    mirror.pull(origin)
    withdraw_many(origin, mirror)

    assert mirror.store.held(mirror.copy_of(origin).id).subjects == held


def test_unfollowing_drops_what_is_held(pair: tuple[Member, Member]) -> None:
    origin, mirror = pair
    withdraw_many(origin, mirror)
    mirror.store.remove_follow(mirror.copy_of(origin).id)

    assert not in_files(mirror)


def test_the_operator_saves_or_deletes_what_is_held(pair: tuple[Member, Member], tmp_path: Path) -> None:
    """FED-31: at the operator's word."""
    origin, mirror = pair
    withdraw_many(origin, mirror)

    def held(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "entrepot_node.cli", "held", *arguments, "--json"]
        command += ["--home", str(mirror.home.path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    file = tmp_path / "records.jsonl"
    (row,) = held()["held"]
    assert (row["origin"], row["subjects"]) == ("a.example", 60)
    held("a.example", "--save", str(file))
    assert (len(file.read_bytes().splitlines()), file.stat().st_mode & 0o077) == (60, 0)
    assert held("a.example", "--erase", "--yes")["erased"] is True
    assert held()["held"] == []
    assert not in_files(mirror)
