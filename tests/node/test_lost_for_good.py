"""When the mark is gone, and when what was lost can be had from nobody: the way out is the next feed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.cards import read_card
from entrepot_node.live_feed import live_feed
from entrepot_node.rotation import KeyChanger, Wanted
from entrepot_node.self_check import check_store
from entrepot_schema.errors import EntrepotError
from entrepot_sync.checkpoint import Checkpoint, sign_checkpoint

from .test_signing_gate import FEED, Gated, gated

__all__ = ["gated"]
Company = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("answers", [True, False])
def test_a_key_without_its_mark_signs_once_a_peer_has_answered(
    gated: Gated, company: Company, *, answers: bool
) -> None:
    """K18. FED-43: nobody knows what left with a mark that is gone; silence keeps the gate closed."""
    gated.publish(company("One", 1))
    gated.cosigned_by("agri.example")
    (gated.node.home.keys / "feed-1.mark").unlink()
    gated.restart()
    if answers:
        gated.publish(company("Two", 2))
        assert gated.mark.size == 3
    else:
        gated.peers.seen.clear()
        assert gated.fault(company("Two", 2)) == "gate.no-answer"
    assert gated.peers.asked == ["https://agri.example"]


@pytest.mark.parametrize("root", [bytes(32), None])
def test_what_nobody_can_supply_is_left_behind_with_the_next_feed(
    gated: Gated, company: Company, root: bytes | None
) -> None:
    """K22. FED-47, SIG-66: neither a record nor other keys go into the feed that has lost something; a card opens the next."""
    gated.publish(company("One", 1))
    gated.cosigned_by("agri.example")
    node, feed = gated.node, gated.node.feed
    lost = Checkpoint(FEED, feed.size + (root is None), root or b"\1" * 32)
    gated.peers.seen["https://agri.example"] = sign_checkpoint(lost, FEED, node.home.keyring(1).log)
    gated.restart()
    changer = KeyChanger(
        node.home, node.store, node.home.settings(), now=node.clock, random_bytes=node.random_bytes, gate=gated.gate()
    )  # fmt: skip
    card = read_card(Path(node.home.cards / "card-a.txt").read_text("utf-8"))

    code = "gate.larger-head" if root is None else "gate.two-histories"
    assert gated.fault(company("Two", 2)) == code
    with pytest.raises(EntrepotError) as refused:
        changer.rotate(card, Wanted())
    assert refused.value.code == code
    changed = changer.rotate(card, Wanted(new_feed=True))

    assert (changed.feed_name, changed.signed) == ("biomed.example/feed/2", 1)
    assert "yield the signed root" in check_store(node.store, live_feed(node.store))
    assert node.store.feed(FEED).head == feed.head
