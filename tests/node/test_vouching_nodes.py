"""Two nodes as two operators run them: heads are pushed, cosigned, pulled and found, without anybody polling."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .served_nodes import Served, entrepot, until


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[Served, Served]]:
    one, two = Served(tmp_path, "a"), Served(tmp_path, "b")
    one.start()
    two.start()
    try:
        one.follow(two)
        two.follow(one)
        yield one, two
    finally:
        one.stop()
        two.stop()


def test_what_one_publishes_is_found_at_the_other_and_both_vouch(nodes: tuple[Served, Served]) -> None:
    """FED-01, FED-06, FED-09: another process publishes, the server notices, the peer cosigns and pulls at once."""
    one, two = nodes
    assert until(lambda: one.cosigners() == ["b.example/witness/1"])

    one.publish("Novelty")

    assert until(lambda: two.finds("Novelty"))
    assert until(lambda: one.cosigners() == ["b.example/witness/1"])
    peers = entrepot(one.folder, "peers", "--home", "a")
    assert [voucher["origin"] for voucher in peers[0]["cosigned"]["by"]] == ["b.example"]


def test_a_peer_that_was_killed_vouches_again_when_it_is_back(nodes: tuple[Served, Served]) -> None:
    """FED-03, FED-05, FED-43: nothing is signed while the only peer that vouched is silent; its state has survived."""
    one, two = nodes
    assert until(lambda: one.cosigners() == ["b.example/witness/1"])
    two.kill()
    with pytest.raises(AssertionError, match=r"gate\.no-answer"):
        one.publish("Meanwhile")

    two.start()
    one.publish("Later")
    two.publish("Back")

    assert until(lambda: one.finds("Back"))
    assert until(lambda: one.cosigners() == ["b.example/witness/1"])
    assert until(lambda: two.finds("Later"))
