"""Pulls on a schedule: whatever a peer or we ourselves do wrong, the others get their turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from entrepot_node.following import Puller
from entrepot_node.jobs import pull_and_log, start_jobs
from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.errors import EntrepotError, Misuse, PeerFault, Refused, Unavailable
from entrepot_sync.testing.simulated_peer import SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed
from entrepot_sync.transport import PeerTransport

NOW = 1_795_426_200.0
PATIENCE_SECONDS = 60.0  # for a schedule that ticks every second; only a broken one takes so long


class Node:
    """A store with follows, and the peers behind their base URLs."""

    def __init__(self, path: Path) -> None:
        self.store = SqlStore.open(path, now=lambda: NOW)
        self.peers: dict[str, SimulatedPeer] = {}

    def follow(self, origin: str) -> SimulatedPeer:
        feed = SmallFeed(origin)
        row = self.store.add_feed(feed.name, feed.key_log, own=False)
        url = f"https://{origin}"
        self.store.add_follow(row.id, url, allow_private=False, growth_limit=1_000, now=NOW)
        self.peers[url] = SimulatedPeer(feed)
        return self.peers[url]

    def row(self, origin: str) -> FollowRow:
        return next(follow for follow in self.store.follows() if follow.origin == origin)

    def puller(self) -> Puller:
        def open_transport(url: str, allow_private: bool) -> PeerTransport:
            return self.peers[url]

        return Puller(
            self.store, open_transport, owner="test", now=lambda: NOW, random=lambda: 0.5, poll_seconds=300
        )


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path / "entrepot.db")
    yield node
    node.store.close()


def test_a_pull_that_brings_something_is_logged(node: Node) -> None:
    peer = node.follow("peer.example")
    peer.feed.publish(1)
    with capture_logs() as logs:
        pull_and_log(node.puller(), node.row("peer.example"))
        pull_and_log(node.puller(), node.row("peer.example"))

    assert [(line["event"], line["peer"], line["size"], line["stored"]) for line in logs] == [
        ("pulled", "peer.example", 2, 1)
    ]


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("peer.unreachable", "down"),
        PeerFault("peer.too-large", "much"),
        Refused("log.note", "no note"),
        Misuse("peer.url", "no address"),
    ],
)
def test_exc29_a_fault_is_logged_with_its_code_and_never_raised(node: Node, error: EntrepotError) -> None:
    """EXC-29."""
    peer = node.follow("peer.example")

    def fail(path: str) -> None:
        raise error

    peer.before = fail
    with capture_logs() as logs:
        pull_and_log(node.puller(), node.row("peer.example"))

    assert [(line["event"], line["code"], line["reason"]) for line in logs] == [
        ("pull failed", error.code, error.message)
    ]
    assert (node.row("peer.example").failures, node.row("peer.example").last_code) == (1, error.code)
    assert peer.closed


@pytest.mark.parametrize(
    "bug", [KeyError("a"), RecursionError(), AssertionError(), MemoryError(), OSError("disk")]
)
def test_exc29_our_own_bug_is_logged_whole_and_never_raised(node: Node, bug: Exception) -> None:
    """EXC-29: the lease goes back, and the peer is not blamed."""
    peer = node.follow("peer.example")

    def crash(path: str) -> None:
        raise bug

    peer.before = crash
    with capture_logs() as logs:
        pull_and_log(node.puller(), node.row("peer.example"))

    assert [(line["event"], line["exc_info"]) for line in logs] == [("pull crashed", True)]
    row = node.row("peer.example")
    assert (row.failures, row.last_code) == (0, "pull.ended")
    assert node.store.lease_follow(row.feed_id, "another", now=NOW, until=NOW + 1)
    assert peer.closed


def test_a_follow_that_ended_meanwhile_is_no_crash(node: Node) -> None:
    node.follow("peer.example")
    row = node.row("peer.example")
    node.store.remove_follow(row.feed_id)
    with capture_logs() as logs:
        pull_and_log(node.puller(), row)

    assert [line["log_level"] for line in logs] == ["warning"]


def test_exc29_the_schedule_serves_honest_peers_beside_broken_and_hanging_ones(node: Node) -> None:
    """EXC-29: one crashes us, one hangs until the end, one lies; the honest ones are pulled all the same."""
    honest = [node.follow(f"honest{number}.example") for number in range(3)]
    hanging, crashing, lying = (node.follow(f"{name}.example") for name in ("hanging", "crashing", "lying"))
    end, erased = threading.Event(), threading.Event()
    done = [threading.Event() for _ in honest]
    for peer, event in zip(honest, done, strict=True):
        peer.feed.publish(1)
        peer.before = lambda path, event=event: event.set() if "delta" in path else None  # type: ignore[misc]  mypy infers no type for a default of a lambda

    def crash(path: str) -> None:
        raise ZeroDivisionError

    def hang(path: str) -> None:
        end.wait(PATIENCE_SECONDS)

    hanging.before = hang
    crashing.before = crash
    lying.tamper = lambda path, body: b"nonsense"

    scheduler = start_jobs(node.puller(), lambda: bool(erased.set()), lambda: None)
    try:
        served = [event.wait(PATIENCE_SECONDS) for event in done]
    finally:
        end.set()
        scheduler.shutdown()

    assert served == [True] * 3
    assert [node.row(f"honest{number}.example").failures for number in range(3)] == [0] * 3
    assert [node.store.feed(f"honest{number}.example/feed/1").size for number in range(3)] == [2] * 3  # type: ignore[union-attr]  a missing feed fails the test as well


def test_what_is_paused_or_not_yet_due_is_not_pulled(node: Node) -> None:
    node.follow("peer.example")
    assert [row.origin for row in node.puller().due()] == ["peer.example"]

    pull_and_log(node.puller(), node.row("peer.example"))

    assert node.puller().due() == []
