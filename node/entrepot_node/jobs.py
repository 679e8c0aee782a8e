"""When things happen in a running node: APScheduler decides when, leases in the store decide who.

Pulls run in the scheduler's own threads, each with its own event loop, so that pages stay quick while a feed is
checked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from entrepot_node.following import Puller
from entrepot_node.storage.interface import FollowRow
from entrepot_schema.errors import EntrepotError

_TICK_SECONDS = 1
_ERASURE_SECONDS = 60
_COUNT_SECONDS = 20
_PULLS_AT_ONCE = 16  # they wait for peers most of the time; each has a deadline

log = structlog.get_logger()


def start_jobs(
    puller: Puller, finish_erasures: Callable[[], None], count_findings: Callable[[], None]
) -> BackgroundScheduler:
    """Start polling peers; the caller ends it with `shutdown()`."""
    scheduler = BackgroundScheduler(
        executors={
            "default": {"type": "threadpool", "max_workers": 2},
            "counting": {"type": "threadpool", "max_workers": 1},
            "pulls": {"type": "threadpool", "max_workers": _PULLS_AT_ONCE},
        },
        timezone="UTC",
    )

    def start_due() -> None:
        for follow in puller.due():
            name = f"pull {follow.feed_id}"
            if scheduler.get_job(name) is None and name not in running:
                running.add(name)
                scheduler.add_job(
                    run, id=name, args=[follow, name], misfire_grace_time=None, executor="pulls"
                )

    def run(follow: FollowRow, name: str) -> None:
        try:
            pull_and_log(puller, follow)
        finally:
            running.discard(name)

    running: set[str] = set()
    scheduler.add_job(start_due, "interval", seconds=_TICK_SECONDS, max_instances=1, coalesce=True)
    scheduler.add_job(finish_erasures, "interval", seconds=_ERASURE_SECONDS, max_instances=1, coalesce=True)
    scheduler.add_job(
        count_findings,
        "interval",
        seconds=_COUNT_SECONDS,
        max_instances=1,
        coalesce=True,
        executor="counting",
    )
    scheduler.start()
    return scheduler


def pull_and_log(puller: Puller, follow: FollowRow) -> None:
    """Pull once; a fault of the peer is noted and logged, and ends nothing else."""
    try:
        report = asyncio.run(puller.pull(follow))
    except EntrepotError as error:
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
