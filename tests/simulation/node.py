"""One node: a real folder with keys, store and cosigner states, and the process that runs on it.

`start` and `stop` are those of the process. All it keeps in memory goes with it: who has answered at the gate, limits of
the witness, what pushes have asked for.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from entrepot_node.comparing import Comparer
from entrepot_node.cosigner import Cosigner, make_missing_cosigners
from entrepot_node.cosigner_states import StateFolder
from entrepot_node.following import Puller, meet, pin
from entrepot_node.gate_keeper import GateKeeper
from entrepot_node.head_gate import WitnessGate
from entrepot_node.home import Home
from entrepot_node.keyring import MIRROR, WITNESS
from entrepot_node.live_feed import live_feed
from entrepot_node.mirroring import Mirrors
from entrepot_node.node_document import refresh_node_document
from entrepot_node.orders import Publication
from entrepot_node.publish import Publisher
from entrepot_node.pushing import Pusher
from entrepot_node.receipts import ReceiptReader
from entrepot_node.settings import Settings
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.interface import Store
from entrepot_node.witnessing import Witness
from entrepot_schema.errors import EntrepotError
from entrepot_sync.feed_store import FeedRow

from .clocks import Clock
from .crashes import Crash, Crashed, CrashingStore
from .network import Network
from .serving import Place, Process
from .stores import open_store
from .template import ORIGINS, mirrors_of, settings_of


@dataclass
class Node:
    """One node on one machine. `signed` is told when it may have signed; a liar is not `gated`: it asks nobody before."""

    origin: str
    machine: str
    home: Home
    network: Network
    clock: Clock
    draw: random.Random
    signed: Callable[[Node], None]
    gated: bool = True
    place: Place | None = None
    news: list[str] = field(default_factory=list)
    starts: int = 0

    # the process

    @property
    def up(self) -> bool:
        return self.place is not None

    def start(self) -> None:
        """Start as `entrepot serve` does."""
        self.starts += 1
        self.settings = self.own_settings()
        self.disk = open_store(self.home, self.clock)
        self.crash = Crash()
        self.store = cast(Store, CrashingStore(self.disk, self.crash))
        self.answered: set[str] = set()
        self.news = []
        self.disk.sweep_withdrawn()
        self.disk.erase_held(due=self.clock.seconds())
        make_missing_cosigners(
            self.home.keys, StateFolder(self.home.states), random_bytes=self.draw.randbytes
        )
        self.keyring = self.home.keyring(1)
        refresh_node_document(
            self.disk, self.settings, self.feed, self.keyring, now=self.clock,
            random_bytes=self.draw.randbytes, lost=True,
        )  # fmt: skip
        self.witness_key = self._cosigner(WITNESS)
        self.mirrors = Mirrors(self.store, self._cosigner(MIRROR), origin=self.origin, now=self.clock.seconds)
        self.keeper = GateKeeper(self.home, self.store, self.gate())
        process = Process(
            self.disk,
            self.settings,
            Witness(self.disk, self.witness_key, now=self.clock.seconds, news=self._tell),
            Mirrors(self.disk, self._cosigner(MIRROR), origin=self.origin, now=self.clock.seconds),
            self.keeper.let_leave,
            self.clock,
        )
        self.comparer = Comparer(self.store, self.witness_key, self.open_transport, now=self.clock.seconds)
        self.place = self.network.server.serve(self.machine, process)
        self.signed(self)

    def own_settings(self) -> Settings:
        return settings_of(self.origin)

    def stop(self) -> None:
        if self.up:
            self.place = None
            self.disk.close()

    def _cosigner(self, role: str) -> Cosigner:
        cosigner = self.home.cosigner(role, self.origin)
        assert cosigner is not None
        return cosigner

    def _tell(self, feed: FeedRow) -> None:
        if feed.name not in self.news:
            self.news.append(feed.name)

    # what it is made of

    @property
    def feed(self) -> FeedRow:
        return live_feed(self.disk)

    @property
    def open_transport(self) -> Callable:
        return self.network.opener(self.origin, self.clock)

    @property
    def owner(self) -> str:
        return f"{self.machine} {self.starts}"

    def gate(self) -> SigningGate:
        return SigningGate(self.store, self.home.mark_file, self.open_transport, self.answered)

    def puller(self) -> Puller:
        return Puller(
            self.store, self.open_transport, owner=self.owner, now=self.clock.seconds,
            random=self.draw.random, poll_seconds=300,
            gate=WitnessGate(self.store, self.witness_key, now=self.clock.seconds), mirrors=self.mirrors,
        )  # fmt: skip

    def pusher(self) -> Pusher:
        return Pusher(
            self.store, self.open_transport, self.keeper.let_leave, owner=self.owner, now=self.clock.seconds,
            random=self.draw.random,
        )  # fmt: skip

    def receipts(self) -> ReceiptReader:
        return ReceiptReader(self.store, self.open_transport, now=self.clock.seconds, random=self.draw.random)

    @contextmanager
    def publisher(self) -> Iterator[Publisher]:
        with self.home.append_lock(1, wait_seconds=0):
            yield Publisher(
                self.store, self.feed.name, self.keyring, now=self.clock, random_bytes=self.draw.randbytes,
                gate=self.gate() if self.gated else None,
            )  # fmt: skip
            self.signed(self)

    # what it does; each answers in a word how that went

    def attempt(self, deed: Callable[[], object]) -> str:
        """Do something; a refusal is an outcome, and a crash ends the process."""
        try:
            done = deed()
        except EntrepotError as error:
            return error.code
        except Crashed:
            self.stop()
            return "crashed"
        return "done" if done is None else str(done)

    def publish(self, *profiles: dict[str, Any]) -> str:
        def run() -> str:
            with self.publisher() as publisher:
                receipts = publisher.publish([Publication(profile, "CC0-1.0") for profile in profiles])
            return " ".join(str(receipt.index) for receipt in receipts)

        return self.attempt(run)

    def follow(self, origin: str, fingerprint: str) -> str:
        """Meet a node and follow it if its fingerprint is the one that was told by phone."""

        async def introduce() -> str:
            url = f"https://{origin}"
            transport = self.open_transport(url, False)
            met = await meet(url, transport)
            if met.fingerprint != fingerprint:
                return "another fingerprint"
            pin(
                self.store, met, allow_private=False, growth_limit=10_000, now=self.clock.seconds(),
                own_origin=self.origin, mirror=origin in mirrors_of(self.origin),
            )  # fmt: skip
            return "pinned"

        return self.attempt(lambda: asyncio.run(introduce()))

    def follow_missing(self, fingerprints: dict[str, str]) -> str:
        followed = {row.origin for row in self.disk.follows()}
        missing = [one for one in ORIGINS if one not in followed and one != self.origin]
        return " ".join(self.follow(origin, fingerprints[origin]) for origin in missing)

    def row(self, origin: str) -> FollowRow | None:
        return next((row for row in self.disk.follows() if row.origin == origin), None)

    def pull(self, origin: str, *, pushed: bool = False) -> str:
        row = self.row(origin)
        if row is None:
            return "not followed"

        def run() -> str:
            report = asyncio.run(self.puller().pull(row, pushed=pushed))
            return f"{report.size_before} to {report.size_after}, {report.missing} missing {report.source}".strip()

        return self.attempt(run)

    def push(self, origin: str) -> str:
        pusher = self.pusher()
        target = next((one for one in pusher.targets() if one.origin == origin), None)
        if target is None:
            return "no witness"
        return self.attempt(lambda: "cosigned" if asyncio.run(pusher.push(target)) else "leased")

    def hear_news(self) -> str:
        """Pull what pushes have asked for."""
        asked, self.news = self.news, []
        said = []
        for name in asked:
            found = next((row for row in self.disk.follows() if row.feed_name == name), None)
            said.append(self.pull(found.origin, pushed=True) if found else "not followed")
            if not self.up:
                break
        return "; ".join(said)

    def tend(self) -> str:
        """Finish erasures, vouch for mirrors, and ask for the right to sign."""
        if self.gated:
            self.attempt(self.keeper.tend)
        return self.attempt(self.mirrors.tend) if self.up else "crashed"

    def compare(self) -> str:
        return self.attempt(lambda: asyncio.run(self.comparer.round()))

    def collect_receipts(self) -> str:
        return self.attempt(lambda: asyncio.run(self.receipts().round()))
