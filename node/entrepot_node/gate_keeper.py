"""The gate of a serving node: it says at the start, and whenever that changes, whether the node may sign (FED-43)."""

from __future__ import annotations

import structlog

from entrepot_node.append_right import append_right
from entrepot_node.health import note_gate
from entrepot_node.home import Home
from entrepot_node.live_feed import live_feed
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Conflict, EntrepotError, Unavailable
from entrepot_sync.feed_store import FeedRow

RETRY_SECONDS = 20

log = structlog.get_logger()


class GateKeeper:
    """Asks for the right to sign until it is given; the node serves and pulls meanwhile."""

    def __init__(self, home: Home, store: Store, gate: SigningGate) -> None:
        self._home = home
        self._store = store
        self._gate = gate
        self._said = ""

    def tend(self) -> None:
        """Ask once; leave it to whoever holds the lock just now."""
        feed = live_feed(self._store)
        try:
            with append_right(self._home, self._store, feed.name, wait_seconds=0):
                self._gate.require(live_feed(self._store))
        except Conflict:
            return
        except EntrepotError as error:
            self._say("read-only: no head is signed", error)
            note_gate(self._store, error.code)
        else:
            if self._said:
                log.info("may sign again", feed=feed.name)
            self._said = ""
            note_gate(self._store, "")

    def let_leave(self, feed: FeedRow) -> None:
        """Let a head of ours leave this node (FED-75); raise `Unavailable` where it must not."""
        try:
            self._gate.keep(feed)
        except Unavailable as error:
            self._say("read-only: the head is not served", error)
            # Strangers ask for it: what lies where on this machine is for the log.
            message = f"{feed.name} is not served now; the log of this node says why"
            raise Unavailable(error.code, message) from error

    def _say(self, event: str, error: EntrepotError) -> None:
        if error.code != self._said:
            log.warning(event, code=error.code, reason=error.message, hint=error.hint)
        self._said = error.code
