"""What signatures of others, and checks that break down, do to a follower: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from entrepot_schema.record import Statement, sign_record
from entrepot_sync.feed_store import Status
from entrepot_sync.testing.simulated_peer import SimulatedPeer
from entrepot_sync.testing.small_feed import LICENSE, SmallFeed

if TYPE_CHECKING:
    from tests.sync.conftest import Follower


def test_s04_a_record_that_another_followed_peer_signed_is_refused(follower: Follower) -> None:
    """SIG-25: its key is pinned, for its own origin alone."""
    feed, other = SmallFeed("peer.example"), SmallFeed("other.example")
    follower.follow(other)
    follower.pull(SimulatedPeer(other))
    raw = sign_record(
        feed.profile(1), Statement(feed.subject(1), "company", feed.time, 1), key=other.record_key,
        origin=feed.origin, license=LICENSE, nonce="A" * 22,
    )  # fmt: skip
    bad, good = feed.publish_raw(1, raw), feed.publish(2)
    follower.follow(feed)

    follower.pull(SimulatedPeer(feed))

    refused = follower.version(feed, bad)
    assert (refused.status, refused.code, refused.raw) == (Status.REFUSED, "key.unknown", None)
    assert follower.version(feed, good).status is Status.STORED


@pytest.mark.parametrize("error", [MemoryError, RuntimeError, ValueError])
def test_s14_a_check_that_breaks_down_lets_nothing_through(
    follower: Follower, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """LOG-67: the chunk is not stored, and the next pull checks it anew."""
    feed = SmallFeed()
    feed.publish(1)
    index = feed.publish_raw(2, b"{}")
    follower.follow(feed)
    peer = SimulatedPeer(feed)

    def break_down(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("entrepot_sync.content_check.verify_record", break_down)
        with pytest.raises(error):
            follower.pull(peer)
    assert (follower.feed(feed).size, follower.copy(feed).versions) == (0, {})

    follower.pull(peer)
    assert follower.version(feed, index).status is Status.REFUSED
