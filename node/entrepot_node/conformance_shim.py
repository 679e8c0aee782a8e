"""Our shim for the conformance suite: `python -m entrepot_node.conformance_shim`, JSON lines in and out.

The node lives in this process and does what the command line does; nothing runs in the background, since the suite says
when. An exception that is no refusal of the node ends the process: that counts as a crash.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time as real
from contextlib import redirect_stdout
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from entrepot_node.commands.follow import introduce
from entrepot_node.commands.node import Node
from entrepot_node.commands.peers import feed_rows
from entrepot_node.commands.recover import run_recover
from entrepot_node.commands.serve import log_to_stderr
from entrepot_node.conformance_judge import judge
from entrepot_node.following import pin
from entrepot_node.gate_keeper import GateKeeper
from entrepot_node.home import Home
from entrepot_node.orders import Publication
from entrepot_node.served_node import ServedNode
from entrepot_schema.errors import EntrepotError, Misuse

FEATURES = [
    "publish",
    "withdraw",
    "set-time",
    "push",
    "recover",
    "lose-store",
    "witness",
    "mirror",
    "api",
    "pages",
    "judge",
]
Message = dict[str, Any]


class Shim:
    """One node; each `do_…` is a request of NODE-CONTRACT.md, and returns the members of its answer."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._served: ServedNode | None = None

    def answer(self, request: Message) -> Message:
        """Do one request; an error of the node is a refusal, any other exception goes on."""
        do = getattr(self, "do_" + str(request["do"]).replace("-", "_"), None)
        members = {name: request[name] for name in request if name != "do"}
        try:
            return {"verdict": "accepted", **do(**members)} if do else {"verdict": "unsupported"}
        except EntrepotError as error:
            return {"verdict": "refused", "code": error.code, "message": error.message}

    @property
    def _node(self) -> Node:
        if self._served is None:
            raise Misuse("settings.missing", "no node is open")
        return self._served.node

    def do_init(self, home: str, origin: str, time: str = "", mirroring: str = "none") -> Message:
        self.do_stop()
        if time:
            self.do_set_time(time)
        self._home, contact = Home(Path(home)), f"privacy@{origin}"
        founded_with = {"origin": origin, "mirroring": mirroring, "takedown_email": contact}
        self._served = ServedNode(self._home, lambda: real.time() + self._ahead, **founded_with)
        fingerprint = self._node.feed.key_log.scid
        return {"url": self._served.url, "fingerprint": fingerprint, "features": FEATURES}

    def do_add_peer(self, url: str, fingerprint: str = "", mirror: bool = False) -> Message:
        node, own = self._node, self._node.settings
        met = introduce(node, url, allow_private=True, fingerprint=fingerprint, mirror=mirror)
        pin_it = partial(pin, node.store, met, allow_private=True, growth_limit=own.growth_limit)
        pin_it(now=node.clock(), own_origin=own.origin, mirror=mirror)
        return {"origin": met.origin}

    def do_sync_once(self, origin: str) -> Message:
        store = self._node.store
        follow = next((one for one in store.follows() if one.origin == origin), None)
        if follow is None:
            raise Misuse("follow.unknown", f"{origin} is not followed")
        report = asyncio.run(self._node.puller().pull(follow))
        rows = [row for _, row in store.refused(limit=10_000) if row.feed_name == report.feed_name]
        refused = [{"index": row.index, "code": row.code} for row in rows]
        counts = {"stored": report.stored, "missing": report.missing}
        return {"size": report.size_after, **counts, "refused": refused}

    def do_push_once(self, origin: str) -> Message:
        node = self._node
        leaving = GateKeeper(node.home, node.store, node.signing_gate()).let_leave
        pusher = node.pusher(leaving)
        target = next((one for one in pusher.targets() if one.origin == origin), None)
        if target is None:
            raise Misuse("follow.unknown", f"{origin} names no witness, or is not followed")
        asyncio.run(pusher.push(target))
        return {"size": node.feed.size}

    def do_status(self) -> Message:
        names = {"origin": "origin", "size": "stored", "root": "root", "live": "records", "code": "code"}
        own, *peers = feed_rows(self._node)
        told = [{name: row[ours] for name, ours in names.items()} for row in peers]
        return {"feed": own["feed"], "size": own["size"], "root": own["root"], "peers": told}

    def do_publish(self, profiles: list[Message]) -> Message:
        license = self._node.settings.license
        with self._node.publisher() as publisher:
            receipts = publisher.publish([Publication(profile, license) for profile in profiles])
        return {"ids": [receipt.subject for receipt in receipts], "size": self._node.feed.size}

    def do_withdraw(self, ids: list[str]) -> Message:
        with self._node.publisher() as publisher:
            publisher.withdraw(ids)
        return {"size": self._node.feed.size}

    def do_set_time(self, time: str) -> Message:
        self._ahead = datetime.fromisoformat(time).timestamp() - real.time()
        return {}

    def do_recover(self, url: str) -> Message:
        self.do_stop()
        with redirect_stdout(sys.stderr):
            run_recover(self._home.path, url, allow_private=True, as_json=True)
        self.do_init(str(self._home.path), self._home.settings().origin)
        return {"size": self._node.feed.size}

    def do_judge(self, what: str, **members: Any) -> Message:
        return judge(what, members)

    def do_lose_store(self) -> Message:
        self.do_stop()
        for path in self._home.path.glob(f"{self._home.store_file.name}*"):
            path.unlink()
        return {}

    def do_stop(self) -> Message:
        served, self._served = self._served, None
        if served is not None:
            served.stop()
        return {}


def main() -> None:
    """Answer one request a line until the input ends."""
    log_to_stderr()
    shim = Shim()
    for line in sys.stdin:
        print(json.dumps(shim.answer(json.loads(line))), flush=True)  # noqa: T201
    shim.do_stop()


if __name__ == "__main__":
    main()
