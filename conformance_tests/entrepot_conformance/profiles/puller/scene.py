"""The node that is attacked, and what has to stay whole beside the attack: an honest peer, and hosts that nobody may ask."""

from __future__ import annotations

from typing import Any

from entrepot_conformance.lying.peer import Peer
from entrepot_conformance.lying.server import PeerServer
from entrepot_conformance.shim.verdict import Kind, Verdict
from entrepot_conformance.suite.target import Target
from entrepot_conformance.suite.usage import Usage
from entrepot_conformance.toy_node import Response

FOLLOWER = "follower.example"
MOST_PLAYS = 80
"""A node that follows many peers answers slowly; a new one takes its place after so many cases."""


class Scene:
    """One node that follows one honest peer. `canary` is a host that no request may reach."""

    def __init__(self, target: Target, name: str) -> None:
        self.target = target
        self.node = target.start_shim(name)
        self.honest = Peer("honest.example", 2)
        self.canary = PeerServer(lambda request: Response(200, b"nobody may ask"))
        target.at_close(self.close)
        self.plays = 0
        self.node.init(FOLLOWER)
        self.follow(self.honest)
        self.sync_honest()

    def follow(self, peer: Peer) -> None:
        """Follow a peer that has nothing to hide."""
        told = self.node.must("add-peer", url=peer.url, fingerprint=peer.identity.scid).details
        assert told.get("origin") == peer.origin, f"add-peer answered {told}, not the origin {peer.origin}"

    def sync(self, peer: Peer) -> Verdict:
        """Pull a peer now."""
        return self.node.ask("sync-once", origin=peer.origin)

    def sync_honest(self) -> None:
        """Pull the honest peer: all it has must arrive."""
        verdict = self.sync(self.honest)
        accepted = verdict.kind is Kind.ACCEPTED
        assert accepted, f"an honest peer was refused ({verdict.code}) beside the one that lied"
        told = verdict.details
        due = {"size": self.honest.feed.size, "missing": 0, "refused": []}
        seen = {name: told.get(name) for name in due}
        assert seen == due, f"the pull of an honest peer gave {seen}, due was {due}"

    def peers(self) -> dict[str, dict[str, Any]]:
        """What the node says of the peers it follows, by origin."""
        told = self.node.must("status").details.get("peers")
        good = isinstance(told, list) and all(isinstance(row, dict) and "origin" in row for row in told)
        assert good, f"status has no list of peers: {told!r}"
        assert isinstance(told, list)
        return {str(row["origin"]): row for row in told}

    def check_beside(self) -> dict[str, dict[str, Any]]:
        """The honest peer publishes one more record, which must arrive now; return what the node says of its peers."""
        feed = self.honest.feed
        self.honest.grow()
        self.sync_honest()
        peers = self.peers()
        due = {"size": feed.size, "root": feed.root().hex(), "live": feed.live(), "code": ""}
        row = peers.get(self.honest.origin, {})
        seen = {name: row.get(name) for name in due}
        assert seen == due, f"of an honest peer the node says {seen}, due is {due}"
        return peers

    def usage(self) -> Usage | None:
        """What the node has spent, where that can be measured."""
        return self.node.usage()

    def close(self) -> None:
        """End the peers."""
        self.honest.close()
        self.canary.close()


def scene_for(target: Target) -> Scene:
    """Return the node that stands, or a new one where it failed a case or follows too many."""
    scene = target.kept.get("puller")
    if not isinstance(scene, Scene) or scene.plays >= MOST_PLAYS:
        if isinstance(scene, Scene):
            retire(scene)
        number = target.kept["puller number"] = target.kept.get("puller number", 0) + 1
        scene = target.kept["puller"] = Scene(target, f"puller-{number}")
    scene.plays += 1
    return scene


def retire(scene: Scene) -> None:
    """Let a node go; the next case gets another."""
    if scene.target.kept.get("puller") is scene:
        del scene.target.kept["puller"]
    scene.close()
    scene.node.close()
