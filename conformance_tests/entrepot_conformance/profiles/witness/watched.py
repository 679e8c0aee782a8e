"""A log that the node is to cosign, and the requests about it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any

from entrepot_conformance.lying.peer import Peer
from entrepot_conformance.making.seeds import TestKey
from entrepot_conformance.making.witness_cases import LEAVES, Log, requests_about, write_request
from entrepot_conformance.reader import merkle
from entrepot_conformance.reader.notes import Verifier, parse_vkey


class WatchedLog:
    """The feed of a simulated peer. `size` and `leaves` are of the head that the node has cosigned last.

    A witness sees no entries, so heads may be of any tree: that of the vectors, unless the node pulls the peer.
    """

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.name = peer.feed.name
        self.log = Log(self.name, peer.feed.log)
        self.size = 0
        self.leaves: list[bytes] = list(LEAVES)

    @property
    def path(self) -> str:
        """Where the head stands that the node cosigned last."""
        return f"/witness/{sha256(self.name.encode()).hexdigest()}/checkpoint"

    @property
    def verifier(self) -> Verifier:
        """The key that signs the log, as it is known beforehand."""
        return parse_vkey(self.log.key.vkey(self.name))

    @cached_property
    def vectors(self) -> dict[str, dict[str, Any]]:
        """The requests of the golden vectors, about this log, by their names."""
        return {case["name"]: case for family in requests_about(self.log) for case in family}

    def head(self, size: int, leaves: Sequence[bytes] | None = None, *signers: TestKey) -> bytes:
        """A signed head of a tree."""
        tree = self.leaves if leaves is None else leaves
        return self.log.head(size, merkle.root(tree[:size]), None, *signers)

    def growth(
        self, size: int, leaves: Sequence[bytes] | None = None, *, old: int | None = None, **change: Any
    ) -> bytes:
        """A request to go on to a size, proven; `head` replaces the head that is sent."""
        tree = self.leaves if leaves is None else leaves
        before = self.size if old is None else old
        proof = merkle.consistency_proof(before, tree[:size]) if 0 < before < size else ()
        return write_request(before, proof, change.get("head") or self.head(size, tree))

    def use_key(self, key: TestKey) -> None:
        """Sign with another key from now on."""
        self.log = Log(self.name, key)

    def follow_feed(self) -> None:
        """Go over to the tree of the feed itself, for a node that also pulls."""
        self.leaves = [merkle.leaf_hash(entry) for entry in self.peer.feed.entries]


def rival(leaves: Sequence[bytes], kept: int, name: str = "") -> list[bytes]:
    """Another history that shares the first leaves."""
    other = [merkle.leaf_hash(f"rival {name} {index}".encode()) for index in range(kept, len(leaves))]
    return [*leaves[:kept], *other]


def body_of(case: dict[str, Any]) -> bytes:
    """The body of a request of the vectors."""
    return base64.b64decode(case["body"])
