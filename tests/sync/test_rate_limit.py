"""Turns: how many at once, how many in the long run, and whose are remembered."""

from __future__ import annotations

from entrepot_sync.rate_limit import RateLimit


def test_turns_are_used_up_and_come_back_with_time() -> None:
    limit = RateLimit(burst=2, per_second=0.5)

    assert [limit.wait("a", 0.0) for _ in range(3)] == [0.0, 0.0, 2.0]
    assert limit.wait("b", 0.0) == 0.0
    assert limit.wait("a", 2.0) == 0.0
    assert limit.wait("a", 2.0) == 2.0


def test_a_clock_that_is_set_back_gives_and_takes_nothing() -> None:
    limit = RateLimit(burst=1, per_second=1)
    limit.wait("a", 100.0)

    assert limit.wait("a", 50.0) == 1.0


def test_who_did_not_come_for_the_longest_is_forgotten_first() -> None:
    """FED-65: a flood from many addresses takes no more memory than the bound."""
    limit = RateLimit(burst=1, per_second=0.001, most=2)
    for key in ("a", "b", "a", "c"):
        limit.wait(key, 0.0)

    assert limit.wait("a", 0.0) > 0
    assert limit.wait("b", 0.0) == 0.0
