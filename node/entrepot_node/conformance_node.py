"""One node that the conformance suite drives: how it begins, ends and comes back. Its clock is the suite's."""

from __future__ import annotations

import sys
import time as real
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import Any

from entrepot_node.commands.node import Node
from entrepot_node.commands.recover import run_recover
from entrepot_node.conformance_databases import Databases
from entrepot_node.home import Home
from entrepot_node.served_node import ServedNode
from entrepot_schema.errors import Misuse

FEATURES = [
    "publish",
    "withdraw",
    "set-time",
    "push",
    "recover",
    "lose-store",
    "witness",
    "mirror",
    "hello",
    "api",
    "pages",
    "judge",
]
Message = dict[str, Any]


class DrivenNode:
    """Each `do_…` is a request of NODE-CONTRACT.md, and returns the members of its answer."""

    def __init__(self, databases: Databases | None = None) -> None:
        self._ahead, self._databases = 0.0, databases
        self._served: ServedNode | None = None

    @property
    def _node(self) -> Node:
        if self._served is None:
            raise Misuse("settings.missing", "no node is open")
        return self._served.node

    def do_init(self, home: str, origin: str, time: str = "", mirroring: str = "none") -> Message:
        self.end()
        if time:
            self.do_set_time(time)
        self._home, contact = Home(Path(home)), f"privacy@{origin}"
        founded_with = {"origin": origin, "mirroring": mirroring, "takedown_email": contact}
        if self._databases:
            founded_with |= self._databases.settings_for(self._home.path)
        self._served = ServedNode(self._home, lambda: real.time() + self._ahead, **founded_with)
        fingerprint = self._node.feed.key_log.scid
        return {"url": self._served.url, "fingerprint": fingerprint, "features": FEATURES}

    def do_set_time(self, time: str) -> Message:
        self._ahead = datetime.fromisoformat(time).timestamp() - real.time()
        return {}

    def do_recover(self, url: str) -> Message:
        self.end()
        with redirect_stdout(sys.stderr):
            run_recover(self._home.path, url, allow_private=True, as_json=True)
        self.do_init(str(self._home.path), self._home.settings().origin)
        return {"size": self._node.feed.size}

    def do_lose_store(self) -> Message:
        self.end()
        if self._databases:
            self._databases.lose(self._home.path)
        for path in self._home.path.glob(f"{self._home.store_file.name}*"):
            path.unlink()
        return {}

    def do_stop(self) -> Message:
        if self.end() and self._databases:
            self._databases.save(self._home.path)
        return {}

    def end(self) -> bool:
        """End the node in order; answer whether one was open."""
        served, self._served = self._served, None
        if served is not None:
            served.stop()
        return served is not None
