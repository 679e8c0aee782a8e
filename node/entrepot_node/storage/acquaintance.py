"""The part of the storage contract about nodes that are not followed: who said hello to us, who may be pushed to, whom peers know.

A *follower* is here a node that the operator approved after its hello.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from entrepot_sync.peer_list import ListedNode


@dataclass(frozen=True, slots=True)
class HelloRow:
    """A verified hello that waits for the operator, or that was refused. `said_at` is its own time, `key_log` as served."""

    origin: str
    scid: str
    base_url: str
    key_log: bytes
    said_at: int
    received_at: float
    refused: bool


@dataclass(frozen=True, slots=True)
class FollowerRow:
    """A node that follows us and that the operator approved, and how it goes with its documents."""

    origin: str
    scid: str
    base_url: str
    allow_private: bool
    key_log: bytes
    approved_at: float
    next_at: float
    failures: int
    code: str


@dataclass(frozen=True, slots=True)
class RivalRow:
    """Another fingerprint that claimed the name of a node we know, and when it did last."""

    origin: str
    scid: str
    seen_at: float


@dataclass(frozen=True, slots=True)
class GreetingRow:
    """The hello that we said to a peer: a hash of what it said, what became of it, and when it is said again."""

    origin: str
    said: str
    state: str
    said_at: float
    next_at: float
    failures: int
    code: str


@dataclass(frozen=True, slots=True)
class KnownNode:
    """A node that a peer says it follows. `place` is where it stands in the list of all."""

    place: int
    origin: str
    scid: str
    base_url: str
    through: str


@dataclass(frozen=True, slots=True)
class ListReading:
    """When the list of a peer is read again, and why it was not read last."""

    through: str
    next_at: float
    failures: int
    code: str


class AcquaintanceStore(Protocol):
    """See `interface` for what all methods promise."""

    def hello(self, origin: str) -> HelloRow | None:
        """The hello of an origin that is held."""
        ...

    def hellos(self) -> list[HelloRow]:
        """All hellos, by origin."""
        ...

    def put_hello(self, hello: HelloRow, *, most: int, since: float) -> bool:
        """Keep a hello in place of the one of its origin; False, and nothing kept, if `most` others wait.

        Those that wait from before `since` are dropped, and so are the oldest of `most` refused ones.
        """
        ...

    def count_hellos(self, *, since: float) -> int:
        """How many hellos wait that came since then; cheap."""
        ...

    def remove_hello(self, origin: str) -> None:
        """Forget the hello of an origin, and who else claimed its name."""
        ...

    def followers(self) -> list[FollowerRow]:
        """The approved followers, by origin."""
        ...

    def put_follower(self, follower: FollowerRow) -> None:
        """Keep a follower; its hello waits no more."""
        ...

    def note_follower(self, follower: FollowerRow) -> None:
        """Note how it goes with a follower; nothing if it was removed meanwhile, or approved for another place."""
        ...

    def remove_follower(self, origin: str) -> bool:
        """Push to a follower no more; False if there is none."""
        ...

    def rivals(self) -> list[RivalRow]:
        """Who else claimed which name, by origin."""
        ...

    def put_rival(self, rival: RivalRow) -> None:
        """Keep the last other claim to a name."""
        ...

    def greetings(self) -> list[GreetingRow]:
        """The hellos that were said, by origin."""
        ...

    def put_greeting(self, greeting: GreetingRow) -> None:
        """Keep what became of a hello."""
        ...

    def known_nodes(self, *, after: int = 0, limit: int) -> list[KnownNode]:
        """Nodes that peers name and that are not held here, behind a place, in a fixed order; one row for each peer that names it."""
        ...

    def put_known_nodes(self, through: str, nodes: Sequence[ListedNode]) -> None:
        """Keep what the list of a peer names by now, in place of what it named before."""
        ...

    def list_readings(self) -> list[ListReading]:
        """How reading the lists of peers goes, by origin."""
        ...

    def put_list_reading(self, outcome: ListReading) -> None:
        """Note how reading a list went."""
        ...
