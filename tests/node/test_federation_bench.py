"""The model of a large federation (`bench.federation`) decides as nodes do, in virtual time."""

from __future__ import annotations

import pytest
from bench.federation import simulate
from bench.federation_costs import Cost, Costs
from bench.federation_world import Plan, quiet

ONE = Cost(1, 100)
COSTS = Costs(ONE, Cost(2, 1000), Cost(1, 500), Cost(1, 700), Cost(1, 2000), 0.001, 0.002, 0.01)
DAY = 86_400


@pytest.fixture(autouse=True)
def nothing_is_logged() -> None:
    quiet()


def plan(nodes: int, *, mirrors: int = 2, pushing: bool = True) -> Plan:
    return Plan(nodes, mirrors, pushing, poll_seconds=300.0, round_trip=0.1)


def test_a_push_reaches_all_within_seconds_and_costs_two_exchanges_each() -> None:
    """FED-01, FED-09: one push and one pull a follower."""
    found = simulate(plan(20), "pushed", COSTS, 900.0)

    assert found.all is not None
    assert found.all < 5
    assert (found.change_publisher.requests, found.change_followers.requests) == (19, 19)
    assert found.idle_follower.requests == pytest.approx(DAY / 300, rel=0.25)


def test_without_pushes_all_have_it_within_one_wait() -> None:
    """EXC-29: waits are spread by a fifth around the interval."""
    found = simulate(plan(20, pushing=False), "polled", COSTS, 900.0)

    assert found.all is not None
    assert 60 < found.all < 362
    assert found.idle_follower.requests == 0
    polls_and_documents = 19 * (DAY / 300 + DAY / 600)
    assert found.idle_publisher.requests == pytest.approx(polls_and_documents, rel=0.3)


def test_mirrors_hand_on_what_a_publisher_that_vanished_cannot() -> None:
    """FED-28: without mirrors those have it that were being answered when it vanished."""
    alone = simulate(plan(20, mirrors=0), "outage, no mirrors", COSTS, 0.0)
    mirrored = simulate(plan(20), "outage, mirrors", COSTS, 0.0)

    assert alone.all is None
    assert 6 <= alone.had_it < 19
    assert mirrored.had_it == 19
