"""When a peer is asked again (EXC-29)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_sync.backoff import MAX_DELAY_SECONDS, next_delay

POLL = st.floats(5, 100_000)
FRACTION = st.floats(0, 1, exclude_max=True)
FAILURES = st.integers(0, 10**9)
RETRY_AFTER = st.one_of(st.none(), st.floats(1, 3_600))


@given(POLL, FRACTION)
def test_without_failures_a_peer_is_asked_about_once_a_period(poll: float, fraction: float) -> None:
    assert 0.8 * poll <= next_delay(poll, 0, fraction) <= 1.2 * poll


@given(POLL, st.integers(0, 40), FRACTION)
def test_each_failure_waits_at_least_as_long_as_the_one_before(
    poll: float, failures: int, fraction: float
) -> None:
    before, after = (next_delay(poll, count, fraction) for count in (failures, failures + 1))

    assert after >= before
    doubles = poll * 2 ** (failures + 1) <= MAX_DELAY_SECONDS
    assert not doubles or after == pytest.approx(2 * before)


@given(POLL, FAILURES, FRACTION, RETRY_AFTER)
def test_no_wait_is_endless_and_none_is_shorter_than_was_asked_for(
    poll: float, failures: int, fraction: float, retry_after: float | None
) -> None:
    delay = next_delay(poll, failures, fraction, retry_after=retry_after)

    assert delay >= max(0.8 * poll, retry_after or 0)
    assert delay <= max(1.2 * max(MAX_DELAY_SECONDS, poll), retry_after or 0)


@given(POLL, FAILURES)
def test_waits_are_spread_over_two_fifths_of_a_period(poll: float, failures: int) -> None:
    """EXC-29: nodes that failed together do not come back together."""
    early, late = (next_delay(poll, failures, fraction) for fraction in (0.0, 0.999_999))

    assert late / early == pytest.approx(1.5, rel=1e-3)


def test_a_period_longer_than_the_longest_wait_is_kept() -> None:
    """Who polls once a day is not asked more often for failing."""
    assert next_delay(86_400, 7, 0.5) == 86_400


def test_known_waits() -> None:
    assert [next_delay(300, failures, 0.5) for failures in (0, 1, 2, 6, 7, 60)] == [
        300,
        600,
        1_200,
        19_200,
        21_600,
        21_600,
    ]
    assert next_delay(300, 1, 0.5, retry_after=3_600) == 3_600
    assert next_delay(300, 7, 0.5, retry_after=3_600) == 21_600
