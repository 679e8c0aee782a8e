"""The lease of a pull: who has it pulls the feed, and nobody else meanwhile (EXC-29).

A transaction of another process, or the pull's own, may keep the lease from being renewed until its time is over, and
another process may take it then. That loses work and nothing else, since a feed grows only from where it ends; so whoever
is about to store asks first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

import structlog

from entrepot_node.storage.follows import FollowRow, FollowsStore
from entrepot_schema.errors import Conflict, EntrepotError

LEASE_SECONDS = 20.0
"""How long a process that died keeps others from pulling a peer; a living one renews its lease."""
LEASED = "pull.leased"

# Who waits for the store to write has one of its few connections: of all leases of a process one waits at a time.
_renewing = threading.Lock()

log = structlog.get_logger()


def leased(origin: str) -> Conflict:
    """What is said where another process has the lease."""
    return Conflict(LEASED, f"{origin} is being pulled by another process")


class PullLease:
    """A lease that was taken, kept for as long as it is entered. `owner` names this process.

    A thread renews it: the loop of the pull must not wait while others write, nor the lease while the loop is busy.
    """

    def __init__(
        self,
        store: FollowsStore,
        follow: FollowRow,
        owner: str,
        *,
        now: Callable[[], float],
        seconds: float = LEASE_SECONDS,
    ) -> None:
        self._store = store
        self._follow = follow
        self._owner = owner
        self._now = now
        self._seconds = seconds
        self._renewed_at = follow.lease_until - seconds
        self._lost = False
        self._ended = threading.Event()
        self._keeping = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> PullLease:
        self._keeping.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The caller gives the lease back now; a renewal that is under way would take it again.
        self._ended.set()
        self._keeping.join()

    def require(self) -> None:
        """Renew it if that is due; raise `Conflict` where another process has taken it. Any thread may ask."""
        if self._is_due():
            self._renew()
        if self._lost:
            raise leased(self._follow.origin)

    def _keep(self) -> None:
        while not (self._lost or self._ended.wait(self._seconds / 8)):
            if self._is_due() and _renewing.acquire(blocking=False):
                try:
                    self._renew()
                except EntrepotError as error:
                    # The store is busy or away. It is tried again: the lease lasts until somebody else takes it.
                    log.info("lease not renewed", peer=self._follow.origin, code=error.code)
                finally:
                    _renewing.release()

    def _is_due(self) -> bool:
        """Whether a quarter of it has passed, or the clock was set back by as much."""
        return not self._lost and abs(self._now() - self._renewed_at) >= self._seconds / 4

    def _renew(self) -> None:
        now = self._now()
        held = self._store.lease_follow(self._follow.feed_id, self._owner, now=now, until=now + self._seconds)
        if held:
            self._renewed_at = now
        elif not self._lost:
            self._lost = True
            log.info("lease lost to another process", peer=self._follow.origin)
