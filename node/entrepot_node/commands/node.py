"""A node opened for a command: settings, store, feed, keys; closed when the command ends."""

from __future__ import annotations

import random
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from entrepot_node.append_right import is_append_awaited
from entrepot_node.comparing import Comparer
from entrepot_node.cosigner import Cosigner
from entrepot_node.discovery import PeerListReader
from entrepot_node.followers import Followers
from entrepot_node.following import TURN_SECONDS, Puller
from entrepot_node.greeting import Greeter
from entrepot_node.head_gate import WitnessGate
from entrepot_node.home import Home
from entrepot_node.keyring import MIRROR, WITNESS
from entrepot_node.lease_owner import new_owner
from entrepot_node.live_feed import live_feed
from entrepot_node.locked_feed import locked_live_feed
from entrepot_node.mirroring import Mirrors
from entrepot_node.parallel_check import ParallelCheck
from entrepot_node.publish import Publisher
from entrepot_node.publish_desk import PublishDesk
from entrepot_node.push_targets import parse_witnesses
from entrepot_node.pushing import Pusher
from entrepot_node.receipts import ReceiptReader
from entrepot_node.served_checkpoint import Leaving
from entrepot_node.settings import Settings
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.sql_store import SqlStore
from entrepot_node.version import version
from entrepot_node.workers import Workers
from entrepot_schema.keys import SigningKey
from entrepot_schema.origin import parse_feed_name
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.peer_url import parse_base_url
from entrepot_sync.transport import HttpTransport

if TYPE_CHECKING:
    from entrepot_node.jobs import Rounds


def utc_now() -> datetime:
    """The clock of the command line; everything below takes it as an argument."""
    return datetime.now(UTC)


def open_transport(base_url: str, allow_private: bool) -> HttpTransport:
    """The real network."""
    url = parse_base_url(base_url, allow_private=allow_private)
    return HttpTransport(url, allow_private=allow_private, user_agent=f"entrepot/{version()}")


@dataclass(frozen=True, slots=True)
class Node:
    """A founded node."""

    home: Home
    settings: Settings
    store: SqlStore
    answered: set[str] = field(default_factory=set)
    """Feeds of ours for which a peer has answered since the process started (FED-43)."""
    clock: Callable[[], float] = time.time
    """POSIX seconds. Another one than the system's only where the node is tried at other times."""

    def now(self) -> datetime:
        """The time by the clock of the node."""
        return datetime.fromtimestamp(self.clock(), UTC)

    @property
    def feed(self) -> FeedRow:
        """Our live feed."""
        return live_feed(self.store)

    @contextmanager
    def read_store(self) -> Iterator[SqlStore]:
        """What is read for visitors and peers: the replica, where there is one. It shows all that the store has confirmed."""
        if not self.settings.database_replica:
            yield self.store
            return
        replica = SqlStore.open_replica(self.settings.database_replica, now=self.clock)
        try:
            yield replica
        finally:
            replica.close()

    def locked_feed(self) -> AbstractContextManager[FeedRow]:
        """Our live feed, with the append lock held."""
        return locked_live_feed(self.home, self.store, self.settings.passphrase)

    @contextmanager
    def publisher(self) -> Iterator[Publisher]:
        """The write path, with the append lock held."""
        with self.locked_feed() as feed:
            keyring = self.home.keyring(parse_feed_name(feed.name).number, self.settings.passphrase)
            keyring.require_secret()
            yield Publisher(
                self.store,
                feed.name,
                keyring,
                now=self.now,
                random_bytes=secrets.token_bytes,
                gate=self.signing_gate(),
                open_workers=lambda: Workers("entrepot_node.publishable"),
            )

    def publish_desk(self) -> PublishDesk:
        """Where the orders of those who publish over HTTP are carried out."""
        return PublishDesk(self.publisher, lambda: is_append_awaited(self.home, self.store, self.feed.name))

    def signing_gate(self) -> SigningGate:
        """What is asked before the first head is signed."""
        return SigningGate(self.store, self.home.mark_file, open_transport, self.answered)

    def witness(self) -> Cosigner | None:
        """Our witness; None in a folder founded before there were any, until it is served once."""
        return self.home.cosigner(WITNESS, self.settings.origin, self.settings.passphrase)

    def mirrors(self, store: SqlStore | None = None) -> Mirrors:
        """The feeds we mirror; without a key in a folder founded before there were any, until it is served once.

        `store`: where they are read from to be served, if not from our own.
        """
        cosigner = self.home.cosigner(MIRROR, self.settings.origin, self.settings.passphrase)
        return Mirrors(store or self.store, cosigner, origin=self.settings.origin, now=self.clock)

    def receipt_reader(self) -> ReceiptReader:
        """Asks mirrors for receipts with the real network."""
        return ReceiptReader(self.store, open_transport, now=self.clock, random=random.random)

    def puller(self, *, turn_seconds: float = TURN_SECONDS) -> Puller:
        """Pulls with the real network; what they believe passes our witness."""
        witness = self.witness()
        return Puller(
            self.store,
            open_transport,
            owner=new_owner(),
            now=self.clock,
            random=random.random,
            poll_seconds=self.settings.poll_seconds,
            gate=WitnessGate(self.store, witness, now=self.clock) if witness else None,
            mirrors=self.mirrors(),
            open_early=ParallelCheck,
            bytes_limit=self.settings.feed_bytes_limit,
            turn_seconds=turn_seconds,
        )

    def pusher(self, leaving: Leaving) -> Pusher:
        """Pushes with the real network."""
        return Pusher(
            self.store,
            open_transport,
            leaving,
            owner=new_owner(),
            now=self.clock,
            random=random.random,
            witnesses=parse_witnesses(self.settings.witnesses),
        )

    def greeter(self) -> Greeter:
        """Says hello with the real network."""

        def record_key() -> SigningKey:
            number = parse_feed_name(self.feed.name).number
            return self.home.keyring(number, self.settings.passphrase).record

        return Greeter(
            self.store,
            self.settings.base_url,
            record_key,
            open_transport,
            now=self.now,
            random=random.random,
        )

    def followers(self) -> Followers:
        """Fetches what approved followers say of themselves, with the real network."""
        return Followers(self.store, open_transport, now=self.clock, random=random.random)

    def peer_lists(self) -> PeerListReader:
        """Reads whom peers follow, with the real network."""
        return PeerListReader(
            self.store, self.settings.origin, open_transport, now=self.clock, random=random.random
        )

    def works(self) -> list[Rounds]:
        """What a running server does in rounds, beside pulling and pushing."""
        witness = self.witness()
        works: list[Rounds] = [self.receipt_reader(), self.followers(), self.peer_lists()]
        if witness:
            works.append(Comparer(self.store, witness, open_transport, now=self.clock))
        if self.settings.hello:
            works.append(self.greeter())
        return works


@contextmanager
def open_node(path: Path, *, clock: Callable[[], float] = time.time) -> Iterator[Node]:
    """Open the node in a folder. What is logged meanwhile goes to standard error: standard output is the result's alone."""
    if not structlog.is_configured():
        structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    home = Home(path)
    settings = home.settings()
    store = home.open_store(now=clock)
    try:
        yield Node(home, settings, store, clock=clock)
    finally:
        store.close()
