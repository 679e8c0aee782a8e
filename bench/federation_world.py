"""One feed, the node that publishes it and all that follow it, in virtual time.

What is real: when a follow is polled and how it backs off (`Puller`), whom a head is pushed to, how often, and when again
(`Pusher`), what counts as silence, which mirrors are then asked, and which of them is believed to be newest (`MirrorPull`).
What is not: the bytes. An exchange is its measured cost, one round trip a request, and a turn at the server that
answers, which computes one thing at a time.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from dataclasses import dataclass, field, replace
from typing import Any, cast

import structlog

from bench.federation_books import NEVER, Books
from bench.federation_costs import Cost, Costs
from entrepot_node.follow_pulls import FollowPulls
from entrepot_node.following import Puller
from entrepot_node.mirror_pull import MirrorPull, MirrorSource
from entrepot_node.peer_document import REFRESH_SECONDS
from entrepot_node.push_targets import PushTarget
from entrepot_node.pushing import Pusher
from entrepot_node.storage.follows import FollowRow
from entrepot_node.storage.interface import Store
from entrepot_node.storage.vouching import PushRow
from entrepot_schema.errors import EntrepotError, Unavailable
from entrepot_schema.key_log import KeyLog
from entrepot_schema.keys import SigningKey
from entrepot_sync.cosignature import Cosignature, CosignerKey
from entrepot_sync.feed_store import FeedRow, Head
from entrepot_sync.merkle import Frontier
from entrepot_sync.note import SignatureLine
from entrepot_sync.pull import Progress, PullReport

ORIGIN = "publisher.example"
FEED = f"{ORIGIN}/feed/1"
_EPOCH = 1_800_000_000.0
_AT_ONCE = 16  # pulls, and pushes, of one process (entrepot_node.jobs)
_LOOK_SECONDS = 0.1
_PUBLISHER_ID = 1
_DOCUMENT = b'{"credentialSubject":{"profile":{"capabilities":["mirror"]}}}'


@dataclass(slots=True)
class Load:
    """What a node was asked, and the CPU seconds that took."""

    requests: int = 0
    bytes: int = 0
    cpu: float = 0.0

    def add(self, cost: Cost, cpu: float) -> None:
        self.requests += cost.requests
        self.bytes += cost.bytes
        self.cpu += cpu


@dataclass(slots=True)
class Machine:
    """A server: it computes one answer at a time, the next waits."""

    down: bool = False
    load: Load = field(default_factory=Load)
    free_at: float = 0.0

    async def answer(self, cost: Cost, cpu: float, round_trip: float) -> None:
        """Answer the requests of one exchange; raise where the machine is down."""
        await asyncio.sleep(round_trip)
        if self.down:
            raise Unavailable("peer.unreachable", "nobody answers")
        self.load.add(cost, cpu)
        now = asyncio.get_running_loop().time()
        self.free_at = max(self.free_at, now) + cpu
        await asyncio.sleep(self.free_at - now + round_trip * (cost.requests - 1))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a world is made of. `mirrors` of the followers serve copies; `pushing`: the publisher runs a node."""

    nodes: int
    mirrors: int
    pushing: bool
    poll_seconds: float
    round_trip: float
    seed: int = 1


class World:
    """The publisher and its followers. All of them know all mirrors."""

    def __init__(self, plan: Plan, costs: Costs) -> None:
        self.plan = plan
        self.costs = costs
        self.size = 1
        self.changed_at = 0.0
        self.vanishes_after: int | None = None
        self.publisher = Machine()
        self.draw = random.Random(plan.seed)
        self.reached: dict[str, float] = {}
        self.followers = [Follower(self, number) for number in range(plan.nodes - 1)]
        self.by_origin = {one.origin: one for one in self.followers}
        self.source = Source(self)
        self._tasks: set[asyncio.Task[None]] = set()

    def now(self) -> float:
        return _EPOCH + asyncio.get_running_loop().time()

    def spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def start(self) -> None:
        for one in self.followers:
            self.spawn(one.live())
        if self.plan.pushing:
            self.spawn(self.source.live())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def change(self) -> None:
        """Publish one change."""
        self.size += 1
        self.changed_at = self.now()
        self.reached.clear()
        self.source.wake()

    def note_reached(self, origin: str) -> None:
        """Note when a follower had the change; the publisher may vanish with that."""
        self.reached[origin] = self.now() - self.changed_at
        if self.vanishes_after is not None and len(self.reached) >= self.vanishes_after:
            self.publisher.down = True

    def loads(self) -> tuple[Load, Load]:
        """What the publisher was asked so far, and all followers together."""
        total = Load()
        for one in self.followers:
            total.requests += one.machine.load.requests
            total.bytes += one.machine.load.bytes
            total.cpu += one.machine.load.cpu
        return replace(self.publisher.load), total


def feed_row(size: int, *, own: bool) -> FeedRow:
    head = Head(size, b"", b"")
    log = KeyLog(ORIGIN, "", (), ())
    return FeedRow(
        _PUBLISHER_ID,
        FEED,
        ORIGIN,
        own,
        log,
        Frontier().extend([bytes(32)] * size),
        head,
        0.0,
        "live",
        "",
        "",
    )


class Follower:
    """One node that follows the publisher, and the mirrors it can turn to."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.origin = f"n{number:05}.example"
        self.is_mirror = number < world.plan.mirrors
        self.machine = Machine()
        self.key = CosignerKey(
            f"{self.origin}/witness/1", SigningKey.from_seed(world.draw.randbytes(32)).public
        )
        self.books = Books({FEED: feed_row(1, own=False)})
        first = _EPOCH + world.draw.random() * world.plan.poll_seconds  # they were started at any time
        self.books.add(ORIGIN, _PUBLISHER_ID, next_at=first)
        for mirror in range(min(world.plan.mirrors, world.plan.nodes - 1)):
            if mirror != number:
                self.books.add(f"n{mirror:05}.example", mirror + 2, next_at=NEVER, document=_DOCUMENT)
        self.document_at = -world.draw.random() * REFRESH_SECONDS
        self.puller = _Puller(self)
        self._phase = world.draw.random()
        self._room = asyncio.Semaphore(_AT_ONCE)

    @property
    def size(self) -> int:
        """How much of the feed it has."""
        return self.books.feeds[FEED].size

    def take(self, size: int) -> None:
        """Have the feed up to a size."""
        if size > self.size:
            self.books.feeds[FEED] = feed_row(size, own=False)
            self.world.note_reached(self.origin)

    async def live(self) -> None:
        """Poll when it is due, looked at once a second like a node does."""
        while True:
            due = min(row.next_at for row in self.books.follows())
            wait = max(due - self.world.now(), 0.0)
            await asyncio.sleep(math.ceil(wait) + self._phase if wait else 1.0)
            for follow in self.puller.due():
                await self._pull(follow, pushed=False)

    async def hear(self) -> None:
        """Pull at once, as our witness was shown a new head."""
        follow = self.puller.find(FEED, pushed=True)
        if follow is not None:
            await self._pull(follow, pushed=True)

    async def _pull(self, follow: FollowRow, *, pushed: bool) -> None:
        async with self._room:
            try:
                await self.puller.pull(follow, pushed=pushed)
            except EntrepotError:
                return  # it is in the books


class _Puller(Puller):
    """The puller of a node; what it fetches is counted instead."""

    def __init__(self, node: Follower) -> None:
        world = node.world
        super().__init__(
            cast(Store, node.books), _no_transport, owner=node.origin, now=world.now, random=world.draw.random,
            poll_seconds=world.plan.poll_seconds,
        )  # fmt: skip
        self._node = node
        self._elsewhere = _MirrorPull(node)

    async def _run(
        self, pulls: FollowPulls, follow: FollowRow, started: float, progress: Progress, pushed: bool
    ) -> PullReport:
        node, world = self._node, self._node.world
        costs, size = world.costs, world.size
        news = size > node.size
        cost = (costs.pushed if pushed else costs.polled) if news else costs.idle
        cpu = costs.poll_cpu + (cost.requests - 1) * costs.delta_cpu if not pushed else costs.delta_cpu
        await world.publisher.answer(cost, cpu, world.plan.round_trip)
        if not pushed and world.now() - _EPOCH - node.document_at >= REFRESH_SECONDS:
            await world.publisher.answer(costs.document, costs.poll_cpu, world.plan.round_trip)
            node.document_at = world.now() - _EPOCH
        before = node.size
        node.take(size)
        return _report(before, size)


class _MirrorPull(MirrorPull):
    """Asks mirrors; what it fetches is counted instead."""

    def __init__(self, node: Follower) -> None:
        super().__init__(cast(Store, node.books), _no_transport, now=node.world.now)
        self._node = node

    async def _look(self, peer: FollowRow, feed: FeedRow) -> MirrorSource | None:
        world, mirror = self._node.world, self._node.world.by_origin[peer.origin]
        try:
            await mirror.machine.answer(world.costs.idle, world.costs.poll_cpu, world.plan.round_trip)
        except Unavailable:
            return None
        return MirrorSource(peer, mirror.size)

    async def _pull_from(
        self, peer: FollowRow, pulls: FollowPulls, follow: FollowRow, progress: Progress
    ) -> PullReport:
        node, world = self._node, self._node.world
        mirror, before = world.by_origin[peer.origin], node.size
        cost = world.costs.polled if mirror.size > before else world.costs.idle
        await mirror.machine.answer(cost, cost.requests * world.costs.delta_cpu, world.plan.round_trip)
        node.take(mirror.size)
        return _report(before, mirror.size)


class Source:
    """The node that publishes: pushes its head to all whom it follows, which are all that follow it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.books = Books({FEED: feed_row(1, own=True)})
        for number, one in enumerate(world.followers):
            self.books.add(one.origin, number + 2, next_at=NEVER, witness=str(one.key))
        self.pusher = _Pusher(self)
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._running: set[str] = set()
        self._news = asyncio.Event()

    def wake(self) -> None:
        self.books.feeds[FEED] = feed_row(self.world.size, own=True)
        self._news.set()

    async def live(self) -> None:
        """Start what is due once a second, and within a tenth of one when there is a new head."""
        while True:
            self._start_due()
            try:
                await asyncio.wait_for(self._news.wait(), 1.0)
            except TimeoutError:
                continue
            self._news.clear()
            await asyncio.sleep(self.world.draw.random() * _LOOK_SECONDS)

    def _start_due(self) -> None:
        if self.world.publisher.down:
            return
        for target in self.pusher.due():
            if target.origin not in self._running:
                self._running.add(target.origin)
                self.world.spawn(self._push(target))

    async def _push(self, target: PushTarget) -> None:
        async with self._room:
            try:
                if not self.world.publisher.down:
                    await self.pusher.push(target)
            except EntrepotError:
                pass  # it is in the books
            finally:
                self._running.discard(target.origin)


class _Pusher(Pusher):
    """The pusher of the publisher; what it sends is counted instead."""

    def __init__(self, source: Source) -> None:
        super().__init__(
            cast(Store, source.books), _no_transport, lambda feed: None, owner=ORIGIN, now=source.world.now,
            random=source.world.draw.random,
        )  # fmt: skip
        self._source = source

    async def _ask(self, feed: FeedRow, target: PushTarget, row: PushRow) -> Cosignature:
        world = self._source.world
        follower = world.by_origin[target.origin]
        news = feed.head.size > row.size
        cpu = world.costs.follower_cpu if news else world.costs.poll_cpu
        await follower.machine.answer(world.costs.push, cpu, world.plan.round_trip)
        if feed.head.size > follower.size:
            world.spawn(follower.hear())
        line = SignatureLine(target.witness.name, target.witness.key_id, b"")
        return Cosignature(target.witness, int(world.now()), line)


def _report(before: int, after: int) -> PullReport:
    return PullReport(FEED, before, after, after - before, 0, 0, 0, 0, str(after))


def _no_transport(_base_url: str, _allow_private: bool) -> Any:
    raise AssertionError("nothing is fetched here")


def quiet() -> None:
    """Let nothing be logged: there are thousands of pulls."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
