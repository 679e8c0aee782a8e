"""One node over many starts: it publishes, is killed at some moment, copied, started again, and held to its history."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from entrepot_conformance.lying.peer import Peer
from entrepot_conformance.lying.vouching import VouchingPeer
from entrepot_conformance.making.seeds import subject_id
from entrepot_conformance.node_under_test import NodeUnderTest
from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.shim.driver import ShimDriver
from entrepot_conformance.shim.verdict import Kind, Verdict
from entrepot_conformance.suite.outcome import Skipped
from entrepot_conformance.suite.target import Target

from .history import History

ORIGIN = "keeper.example"
Profile = dict[str, Any]


class Keeper:
    """A node with a home of its own. `history` is what it must not go back on."""

    def __init__(self, target: Target, name: str, home: Path | None = None) -> None:
        self.target, self.name = target, name
        self.random = Random(f"{target.seed} {name}")  # noqa: S311 - moments of kills, which anybody can repeat
        self.history = History()
        self._numbers = count(1)
        self._peers: list[Peer] = []
        self._home = home
        self.node = self._shim()

    @property
    def home(self) -> Path:
        """Where the node keeps all it has."""
        return self.node.home

    def start(self, *features: str) -> None:
        """Start, for the first time or again; skip the case where the node lacks a feature."""
        self.node.close()
        self.node = self._shim()
        self.node.init(ORIGIN)
        self.node.require("publish", *features)

    def try_start(self) -> Verdict:
        """Start again where a refusal may be due."""
        self.node.close()
        self.node = self._shim()
        verdict = self.node.ask("init", home=str(self.home), origin=ORIGIN)
        if verdict.kind is Kind.ACCEPTED:
            self.node.url = str(verdict.details["url"])
        return verdict

    def kill(self) -> None:
        """End it as a power cut would."""
        self.require_command()
        self.node.kill()

    def require_command(self) -> None:
        """Skip where the suite can't reach the process: behind a URL kills and copies would be pretended."""
        if self.node.usage() is None:
            raise Skipped("only a shim that is a command can be killed and have its home copied")

    def batch(self, size: int) -> list[Profile]:
        """New profiles, each with an id, so that it is known whether they came through."""
        return [cluster(str(next(self._numbers))) for _ in range(size)]

    def publish(self, size: int = 3) -> tuple[str, ...]:
        """Publish new records: they must be acknowledged."""
        profiles = self.batch(size)
        told = self.node.must("publish", profiles=profiles).details
        subjects = ids_of(profiles)
        self.history.published(subjects, told.get("size"))
        return subjects

    def refuse(self, *codes: str) -> None:
        """Publish: the node must refuse with one of these codes, and show nothing of it."""
        profiles = self.batch(1)
        verdict = self.node.ask("publish", profiles=profiles)
        assert verdict.kind is Kind.REFUSED, (
            f"it signed a head where that makes two histories; due was {' or '.join(codes)}"
        )
        require_code(verdict.code, codes, "publish")

    def publish_until_killed(self, size: int, delay: float) -> None:
        """Publish a batch and kill the node so many seconds later, whatever it does then; heads are watched meanwhile."""
        profiles = self.batch(size)
        timer = threading.Timer(delay, self.kill)
        with self.history.watched(self.node.url):
            timer.start()
            verdict = _asked(self.node, profiles)
            timer.join()
        if verdict is None:
            self.history.unknown(ids_of(profiles))
            return
        assert verdict.kind is Kind.ACCEPTED, f"publish was refused ({verdict.code}) where nothing was wrong"
        self.history.published(ids_of(profiles), verdict.details.get("size"))

    def timed(self, size: int) -> float:
        """How long a batch takes."""
        started = time.perf_counter()
        self.publish(size)
        return time.perf_counter() - started

    def check(self) -> NodeUnderTest:
        """Read the feed: nothing that was seen or acknowledged is lost or otherwise, and `status` says the same."""
        node = self.history.check(self.node.url)
        told = self.node.must("status").details
        seen = (told.get("size"), told.get("root"))
        due = (node.size, node.head.root.hex())
        assert seen == due, f"status says size and root {seen}, served is {due}"
        return node

    def witness(self, name: str) -> VouchingPeer:
        """Make a witness that the node follows, and that has cosigned its head."""
        peer = self.peer(name)
        self.meet(peer)
        return peer

    def peer(self, name: str) -> VouchingPeer:
        """Make a witness that nobody follows."""
        peer = VouchingPeer(f"{name}.example")
        self._peers.append(peer)
        return peer

    def meet(self, peer: VouchingPeer) -> None:
        """Follow a witness, and have it cosign the newest head."""
        self.follow(peer)
        peer.meet(self.check())
        self.push(peer)

    def follow(self, peer: Peer) -> None:
        """Follow a peer and pull it."""
        self.node.must("add-peer", url=peer.url, fingerprint=peer.identity.scid)
        self.node.must("sync-once", origin=peer.origin)

    def push(self, peer: VouchingPeer) -> None:
        """Have the newest head pushed to a witness, which must cosign it."""
        told = self.node.must("push-once", origin=peer.origin).details
        size = peer.seen[f"{ORIGIN}/feed/1"].size if peer.seen else 0
        assert told.get("size") == size, f"{told.get('size')} entries were pushed, the witness saw {size}"

    def saved(self, name: str) -> Path:
        """Stop, copy the home, and start again."""
        self.require_command()
        self.node.must("stop")
        self.node.close()
        copy = self.home.with_name(f"{self.home.name}-{name}")
        shutil.copytree(self.home, copy)
        self.start()
        return copy

    def put_back(self, copy: Path) -> None:
        """Stop, and put a copy in the place of the home, as whoever restores a snapshot does."""
        self.node.must("stop")
        self.node.close()
        shutil.rmtree(self.home)
        shutil.copytree(copy, self.home)
        self.start()

    def close(self) -> None:
        """End the node and its peers."""
        self.node.close()
        for peer in self._peers:
            peer.close()

    def _shim(self) -> ShimDriver:
        driver = self.target.start_shim(f"durable-{self.name}")
        driver.home = self._home or driver.home
        return driver


def cluster(name: str) -> Profile:
    """A profile that no rule minds; its date is of late, whenever this runs."""
    return {
        "id": subject_id(name, ORIGIN),
        "type": "cluster",
        "kind": "clusterOrganisation",
        "name": {"en": f"Cluster number {name}"},
        "locations": [{"country": "DE"}],
        "status": "active",
        "updated": (datetime.now(UTC) - timedelta(days=30)).date().isoformat(),
    }


def ids_of(profiles: Sequence[Profile]) -> tuple[str, ...]:
    """The ids of some profiles."""
    return tuple(profile["id"] for profile in profiles)


def _asked(node: ShimDriver, profiles: Sequence[Profile]) -> Verdict | None:
    """Publish; None where the node was killed before it answered."""
    try:
        return node.ask("publish", profiles=profiles)
    except AssertionError:
        return None
