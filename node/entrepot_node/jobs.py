"""When things happen in a running node: APScheduler decides when, leases in the store decide who.

Pulls and pushes run in the scheduler's own threads, each with its own event loop, so that pages stay quick while a
feed is checked. A new head of ours, whichever process published it, is seen within a tenth of a second and pushed; a
head that a peer pushes to us starts the pull of its feed at once.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from entrepot_node.following import Puller
from entrepot_node.pull_lease import LEASED
from entrepot_node.push_targets import PushTarget
from entrepot_node.pushing import Pusher
from entrepot_node.storage.follows import FollowRow
from entrepot_schema.errors import EntrepotError
from entrepot_sync.feed_store import FeedRow

_TICK_SECONDS = 1
_LOOK_SECONDS = 0.1  # how soon a new head of ours is seen
_ERASURE_SECONDS = 60
_COUNT_SECONDS = 1  # it rests by itself
_PULLS_AT_ONCE = 16  # they wait for peers most of the time; each has a deadline
_PUSHES_AT_ONCE = 16
_ASKED_SECONDS = 1.0  # a push starts a pull of its feed at most this often (FED-09)

log = structlog.get_logger()


class Rounds(Protocol):
    """A work that is done in rounds, and knows what is due in each."""

    every_seconds: int
    """The time from one round to the next."""

    async def round(self) -> None:
        """Do what is due now."""
        ...


def start_jobs(
    puller: Puller,
    finish_erasures: Callable[[], None],
    count_findings: Callable[[], object],
    *,
    pusher: Pusher | None = None,
    asked: AskedPulls | None = None,
    works: Sequence[Rounds] = (),
    is_our_turn: Callable[[], bool] = lambda: True,
) -> BackgroundScheduler:
    """Start polling and pushing; the caller ends it with `shutdown()`.

    `is_our_turn` says whether this process of several does what only one should do.
    """
    scheduler = _scheduler()
    pulls = _Pulls(scheduler, puller)
    scheduler.add_job(quietly(pulls.start_due), "interval", seconds=_TICK_SECONDS)
    erasing, counting = quietly(finish_erasures, is_our_turn), quietly(count_findings, is_our_turn)
    scheduler.add_job(erasing, "interval", seconds=_ERASURE_SECONDS)
    scheduler.add_job(counting, "interval", seconds=_COUNT_SECONDS, executor="counting")
    if asked is not None:
        asked.start = pulls.start_asked
    if pusher is not None:
        pushes = _Pushes(scheduler, pusher)
        pushing, looking = quietly(pushes.start_due), quietly(pushes.look)
        scheduler.add_job(pushing, "interval", seconds=_TICK_SECONDS, executor="looking")
        scheduler.add_job(looking, "interval", seconds=_LOOK_SECONDS, executor="looking")
    for work in works:
        going_round = quietly(partial(run_round, work), is_our_turn)
        scheduler.add_job(going_round, "interval", seconds=work.every_seconds, executor="pulls")
    scheduler.start()
    return scheduler


def _scheduler() -> BackgroundScheduler:
    """A scheduler with threads of its own for each kind of job, so that none waits for another."""
    threads = {
        "default": 2,
        "looking": 1,
        "counting": 1,
        "pulls": _PULLS_AT_ONCE,
        "pushes": _PUSHES_AT_ONCE,
    }
    return BackgroundScheduler(
        executors={name: {"type": "threadpool", "max_workers": most} for name, most in threads.items()},
        job_defaults={"max_instances": 1, "coalesce": True},
        timezone="UTC",
    )


def quietly(job: Callable[[], object], is_our_turn: Callable[[], bool] = lambda: True) -> Callable[[], None]:
    """Let a job that comes again soon wait for its next time while the store can't be reached, and say so once."""
    failing = ""

    def run() -> None:
        nonlocal failing
        try:
            if is_our_turn():
                job()
        except EntrepotError as error:
            if error.code != failing:
                log.warning("nothing is done for now", code=error.code, reason=error.message)
            failing = error.code
        else:
            failing = ""

    return run


class AskedPulls:
    """Pulls that pushes of peers ask for; they start once there are jobs, here or in another process."""

    def __init__(self) -> None:
        self.start: Callable[[str], None] = lambda feed_name: None

    def __call__(self, feed: FeedRow) -> None:
        """Ask for a pull of a feed; any thread may."""
        self.start(feed.name)


class _Pulls:
    """Pulls of this process: one at a time for each feed."""

    def __init__(self, scheduler: BackgroundScheduler, puller: Puller) -> None:
        self._scheduler = scheduler
        self._puller = puller
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._asked_again: set[str] = set()
        self._asked_at: dict[str, float] = {}

    def start_due(self) -> None:
        for follow in self._puller.due():
            if self._begin(follow.feed_name):
                self._add(follow.feed_name, time.time(), pushed=False)

    def start_asked(self, feed_name: str) -> None:
        """Pull at once, but a second after the last pull that was asked for; what is asked meanwhile is one pull."""
        if not self._begin(feed_name):
            with self._lock:
                self._asked_again.add(feed_name)
            return
        now = time.time()
        due = max(now, self._asked_at.get(feed_name, 0.0) + _ASKED_SECONDS)
        self._asked_at[feed_name] = due = min(due, now + _ASKED_SECONDS)  # the clock may have been set back
        self._add(feed_name, due, pushed=True)

    def _begin(self, feed_name: str) -> bool:
        with self._lock:
            if feed_name in self._running:
                return False
            self._running.add(feed_name)
            return True

    def _add(self, feed_name: str, due: float, *, pushed: bool) -> None:
        self._scheduler.add_job(
            self._run, "date", run_date=datetime.fromtimestamp(due, UTC), args=[feed_name, pushed],
            misfire_grace_time=None, executor="pulls",
        )  # fmt: skip

    def _run(self, feed_name: str, pushed: bool) -> None:
        try:
            follow = self._puller.find(feed_name, pushed=pushed)
            if follow is not None:
                pull_and_log(self._puller, follow, pushed=pushed)
        finally:
            with self._lock:
                self._running.discard(feed_name)
                again = feed_name in self._asked_again
                self._asked_again.discard(feed_name)
            if again:
                self.start_asked(feed_name)


class _Pushes:
    """Pushes of this process: one at a time to each peer."""

    def __init__(self, scheduler: BackgroundScheduler, pusher: Pusher) -> None:
        self._scheduler = scheduler
        self._pusher = pusher
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._newest = ("", 0)

    def look(self) -> None:
        """See whether there is a new head, which another process may have made."""
        newest = self._pusher.newest()
        if newest != self._newest:
            self._newest = newest
            self.start_due()

    def start_due(self) -> None:
        for target in self._pusher.due():
            self._start(target)

    def _start(self, target: PushTarget) -> None:
        with self._lock:
            if target.origin in self._running:
                return
            self._running.add(target.origin)
        self._scheduler.add_job(self._run, args=[target], misfire_grace_time=None, executor="pushes")

    def _run(self, target: PushTarget) -> None:
        ended = False
        try:
            ended = push_and_log(self._pusher, target)
        finally:
            with self._lock:
                self._running.discard(target.origin)
        # What was published meanwhile goes out now, as one head. Others have been looked at for it: to look at all of
        # them after each push would be work that grows with the square of the followers.
        if ended and self._pusher.is_due_again(target):
            self._start(target)


def run_round(work: Rounds) -> None:
    """Do what is due of a work; a busy store is for the next round."""
    try:
        asyncio.run(work.round())
    except EntrepotError as error:
        log.warning("a round ended early", work=type(work).__name__, code=error.code, reason=error.message)


def pull_and_log(puller: Puller, follow: FollowRow, *, pushed: bool = False) -> None:
    """Pull once; a fault of the peer is noted and logged, and ends nothing else."""
    try:
        report = asyncio.run(puller.pull(follow, pushed=pushed))
    except EntrepotError as error:
        if error.code == LEASED:
            return  # another process was quicker
        log.warning("pull failed", peer=follow.origin, code=error.code, reason=error.message)
    except Exception:
        # The outermost edge of a pull: a bug of ours must not end the scheduler or other peers' pulls.
        log.exception("pull crashed", peer=follow.origin)
    else:
        if report.size_after != report.size_before:
            log.info(
                "pulled",
                peer=follow.origin,
                size=report.size_after,
                stored=report.stored,
                refused=report.refused,
            )


def push_and_log(pusher: Pusher, target: PushTarget) -> bool:
    """Push once; a peer that does not cosign is noted and logged, and ends nothing else. False if nothing was noted."""
    try:
        cosignature = asyncio.run(pusher.push(target))
    except EntrepotError as error:
        log.info("not cosigned", peer=target.origin, code=error.code, reason=error.message)
        return True
    except Exception:
        log.exception("push crashed", peer=target.origin)
        return False
    return cosignature is not None
