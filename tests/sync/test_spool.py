"""Entries that are fetched but not yet believed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot_sync import spool
from entrepot_sync.spool import EntrySpool

GROUPS = st.lists(st.lists(st.binary(min_size=1, max_size=300), max_size=12), max_size=8)


@given(GROUPS)
def test_groups_come_back_as_they_were_put(groups: list[list[bytes]]) -> None:
    with EntrySpool() as held:
        for group in groups:
            held.put(group)

        assert list(held.groups()) == groups


@settings(deadline=None)
@given(GROUPS)
def test_groups_can_be_read_twice(groups: list[list[bytes]]) -> None:
    """LOG-62: once to recompute the root, once to believe."""
    with EntrySpool() as held:
        for group in groups:
            held.put(group)

        assert list(held.groups()) == list(held.groups())


def test_more_than_memory_may_hold_comes_back_from_the_file() -> None:
    """F04: a peer's first sync may be long; memory stays bounded."""
    entry = bytes(range(1, 255)) * 250
    group = [entry] * 16
    groups = spool._MEMORY_BYTES // sum(map(len, group)) + 2

    with EntrySpool() as held:
        for _ in range(groups):
            held.put(group)

        assert all(read == group for read in held.groups())
        assert held._file._rolled  # type: ignore[attr-defined]  it did leave memory


def test_the_file_goes_with_the_pull() -> None:
    with EntrySpool() as held:
        held.put([b"entry"])

    assert held._file.closed
