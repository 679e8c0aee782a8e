"""The gate of a serving node: it says at the start, and whenever that changes, whether the node may sign (FED-43)."""

from __future__ import annotations

import structlog

from entrepot_node.home import Home
from entrepot_node.live_feed import live_feed
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Conflict, EntrepotError
from entrepot_schema.origin import parse_feed_name

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
            with self._home.append_lock(parse_feed_name(feed.name).number, wait_seconds=0):
                self._gate.require(live_feed(self._store))
        except Conflict:
            return
        except EntrepotError as error:
            if error.code != self._said:
                log.warning(
                    "read-only: no head is signed", code=error.code, reason=error.message, hint=error.hint
                )
            self._said = error.code
        else:
            if self._said:
                log.info("may sign again", feed=feed.name)
            self._said = ""
