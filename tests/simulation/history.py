"""What really happened: the entries that each log key signed, whoever was told, and the contents they commit to.

A feed of an honest node has one branch for ever. A liar's feed, or that of a node that was cloned, may have several.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from entrepot_node.storage.interface import Store
from entrepot_sync.entry import KEYS, FeedState
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.merkle import EMPTY_ROOT, Frontier, leaf_hash


class Violation(AssertionError):
    """Something happened that never may."""


@dataclass
class Branch:
    """One history of a feed: its entries, and the root at each size."""

    entries: list[bytes] = field(default_factory=list)
    roots: list[bytes] = field(default_factory=lambda: [EMPTY_ROOT])
    frontier: Frontier = field(default_factory=Frontier)

    def extend(self, entries: list[bytes]) -> None:
        for raw in entries:
            self.entries.append(raw)
            self.frontier = self.frontier.append(leaf_hash(raw))
            self.roots.append(self.frontier.root())

    def has(self, size: int, root: bytes) -> bool:
        return size < len(self.roots) and self.roots[size] == root

    def fork(self) -> Branch:
        return Branch(list(self.entries), list(self.roots), self.frontier)


class History:
    """The branches of all feeds, by feed name."""

    def __init__(self) -> None:
        self.branches: dict[str, list[Branch]] = {}
        self.contents: dict[bytes, bytes] = {}
        self._states: dict[tuple[str, int], FeedState] = {}

    def observe(self, store: Store, feed: FeedRow, branch: int = 0) -> None:
        """Take in what a node has signed; it must go on from what its key has signed before."""
        known = self.branches.setdefault(feed.name, [Branch()])[branch]
        if feed.head.size < len(known.roots):
            if known.roots[feed.head.size] != feed.head.root:
                raise Violation(f"{feed.name} has signed two heads of size {feed.head.size}")
            return
        begin = len(known.entries)
        known.extend(store.entries(feed.id, begin, feed.size))
        for raw in store.contents(feed.id, begin, feed.size):
            self.contents[sha256(raw).digest()] = raw
        if known.frontier.root() != feed.head.root:
            raise Violation(f"{feed.name} has signed two histories: one with {begin} entries, and another")

    def fork(self, feed_name: str) -> int:
        """Begin another branch where the first stands; return its number."""
        branches = self.branches[feed_name]
        branches.append(branches[0].fork())
        return len(branches) - 1

    def size(self, feed_name: str) -> int:
        return len(self.branches[feed_name][0].entries)

    def holds(self, feed_name: str, size: int, root: bytes) -> bool:
        """Whether a head is one of those that were signed."""
        return any(branch.has(size, root) for branch in self.branches.get(feed_name, []))

    def agree(self, feed_name: str, one: tuple[int, bytes], other: tuple[int, bytes]) -> bool:
        """Whether two heads are of one history."""
        return any(branch.has(*one) and branch.has(*other) for branch in self.branches[feed_name])

    def state(self, feed_name: str) -> FeedState:
        """What the entries of the first branch say by now."""
        place = (feed_name, self.size(feed_name))
        if place not in self._states:
            self._states[place] = FeedState(feed_name.partition("/")[0])
            for index, raw in enumerate(self.branches[feed_name][0].entries):
                self._states[place].decide(index, raw)
        return self._states[place]

    def live(self, feed_name: str) -> set[tuple[int, str]]:
        """Index and subject of each live record of the first branch."""
        states = self.state(feed_name).subjects.values()
        return {
            (one.live_index, one.subject) for one in states if one.live_index is not None and one.type != KEYS
        }
