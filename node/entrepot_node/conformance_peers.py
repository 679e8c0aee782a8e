"""What a driven node does with its peers: it follows, pulls and pushes when it is told to, and says what it knows."""

from __future__ import annotations

import asyncio
from functools import partial

from entrepot_node.commands.follow import introduce
from entrepot_node.commands.peers import feed_rows
from entrepot_node.conformance_node import DrivenNode, Message
from entrepot_node.following import pin
from entrepot_node.gate_keeper import GateKeeper
from entrepot_schema.errors import Misuse


class PeeringNode(DrivenNode):
    """The requests that name a peer, and `status`."""

    def do_add_peer(self, url: str, fingerprint: str = "", mirror: bool = False) -> Message:
        node, own = self._node, self._node.settings
        met = introduce(node, url, allow_private=True, fingerprint=fingerprint, mirror=mirror)
        pin_it = partial(pin, node.store, met, allow_private=True, growth_limit=own.growth_limit)
        pin_it(now=node.clock(), own_origin=own.origin, mirror=mirror)
        return {"origin": met.origin}

    def do_sync_once(self, origin: str) -> Message:
        store = self._node.store
        follow = store.follow_of(origin)
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
