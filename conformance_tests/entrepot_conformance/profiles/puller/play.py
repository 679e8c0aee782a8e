"""One attack: a peer of an origin of its own turns on the node, and all that must hold afterwards."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from entrepot_conformance.lying.identity import Identity
from entrepot_conformance.lying.peer import Peer
from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.shim.verdict import Kind, Verdict
from entrepot_conformance.suite.case import Case, Level, Side
from entrepot_conformance.suite.target import Target
from entrepot_conformance.suite.usage import Budget

from .scene import Scene, retire, scene_for


class Play:
    """The peer that lies, and the node it lies to."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene = scene
        self.origin = f"{name[:60].strip('-')}.example"
        self._peers: list[Peer] = []
        self._looked = False

    def peer(
        self, records: int = 3, identity: Identity | None = None, *, tls: ssl.SSLContext | None = None
    ) -> Peer:
        """Make a peer that is honest so far."""
        peer = Peer(identity or self.origin, records, dump=self.scene.target.dump, tls=tls)
        self._peers.append(peer)
        return peer

    def followed(self, records: int = 3, identity: Identity | None = None) -> Peer:
        """Make a peer, follow it and pull it once: all of it must be believed."""
        peer = self.peer(records, identity)
        self.meet(peer)
        return peer

    def meet(
        self,
        peer: Peer,
        *,
        refused: Mapping[int, tuple[str, ...]] | None = None,
        live: int | None = None,
    ) -> None:
        """Follow a peer and pull it once: all of it must be believed, but for these records; `live` as in `accept`."""
        self.scene.follow(peer)
        self.accept(peer, refused=refused, live=live)

    def sync(self, peer: Peer) -> Verdict:
        """Pull the peer now."""
        return self.scene.sync(peer)

    def accept(
        self,
        peer: Peer,
        *,
        missing: int = 0,
        refused: Mapping[int, tuple[str, ...]] | None = None,
        live: int | None = None,
    ) -> dict[str, Any]:
        """Pull; the node must come to the size of the feed, without some contents, and refuse just these records.

        With `live`: and hold the whole feed afterwards, with so many live records.
        """
        verdict = self.sync(peer)
        assert verdict.kind is Kind.ACCEPTED, f"the pull was refused ({verdict.code}) where it was good"
        told = dict(verdict.details)
        size = peer.feed.size
        assert told.get("size") == size, f"the pull came to {told.get('size')} entries, {size} were due"
        assert told.get("missing") == missing, (
            f"{told.get('missing')} contents are missing, {missing} were due"
        )
        check_refused(told.get("refused"), refused or {})
        if live is not None:
            self.look_whole(peer, live=live)
        return told

    def refuse(self, peer: Peer, *codes: str) -> None:
        """Pull; the node must refuse with one of these codes."""
        verdict = self.sync(peer)
        assert verdict.kind is Kind.REFUSED, (
            f"the pull was accepted, a refusal with {' or '.join(codes)} was due"
        )
        require_code(verdict.code, codes, "the pull")

    def reject(self, peer: Peer, *codes: str, fingerprint: str = "") -> None:
        """Ask the node to follow the peer; it must refuse with one of these codes, and hold nothing of it."""
        verdict = self.scene.node.ask("add-peer", url=peer.url, fingerprint=fingerprint or peer.identity.scid)
        assert verdict.kind is Kind.REFUSED, (
            f"it follows the node; a refusal with {' or '.join(codes)} was due"
        )
        require_code(verdict.code, codes, "the node")
        assert peer.origin not in self.look_around(), (
            f"it refused to follow {peer.origin}, but holds something of it"
        )

    def look(self, peer: Peer, *, size: int, root: bytes | None = None, live: int | None = None) -> None:
        """The honest peer goes on; then the node must say this of the peer that lied."""
        row = self.look_around().get(peer.origin, {})
        due: dict[str, Any] = {"size": size}
        due |= {"root": root.hex()} if root is not None else {}
        due |= {"live": live} if live is not None else {}
        seen = {name: row.get(name) for name in due}
        assert seen == due, f"of {peer.origin} the node says {seen} afterwards, due is {due}"

    def look_whole(self, peer: Peer, *, live: int | None = None) -> None:
        """The honest peer goes on; then the node must hold the whole feed of the other, with so many live records."""
        self.look(peer, size=peer.feed.size, root=peer.feed.root(), live=live)

    def look_around(self) -> dict[str, dict[str, Any]]:
        """The honest peer goes on; return what the node says of all peers."""
        self._looked = True
        return self.scene.check_beside()

    def finish(self) -> None:
        """Check what must hold after any attack."""
        if not self._looked:
            self.scene.check_beside()
        asked = self.scene.canary.connections
        assert asked == 0, "the node went to a host that only a peer had named"

    def close(self) -> None:
        """End the peers of this play."""
        for peer in self._peers:
            peer.close()


def check_refused(told: object, due: Mapping[int, tuple[str, ...]]) -> None:
    """Require that just these records were refused, each with one of its codes."""
    assert isinstance(told, list), f"a pull answers a list of refused records, not {told!r}"
    seen = {row.get("index"): str(row.get("code")) for row in told if isinstance(row, dict)}
    assert set(seen) == set(due), (
        f"the records at {sorted(map(str, seen))} were refused, due were {sorted(due)}"
    )
    for index, codes in due.items():
        require_code(seen[index], codes, f"the record at {index}")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of attacks. `act` is what the peer does and what the node owes."""

    name: str
    title: str
    ids: str
    act: Callable[[Play], None]
    attack: str = ""
    side: Side = Side.REFUSE
    level: Level = Level.MUST
    budget: Budget = field(default_factory=Budget)

    def case(self, run: Callable[[Target, Row], None]) -> Case:
        """Make a case of the profile."""
        ids, sides = tuple(self.ids.split()), frozenset({self.side})
        return Case(
            f"puller.{self.name}",
            self.title,
            ids,
            lambda target: run(target, self),
            sides,
            self.level,
            self.attack,
        )


def run_row(target: Target, row: Row) -> None:
    """Play a row against the node that stands; one that fails is not used again."""
    scene = scene_for(target)
    try:
        play_in(scene, row)
    except BaseException:
        retire(scene)
        raise


def play_in(scene: Scene, row: Row) -> None:
    """Play a row, then check the honest peer, the canary and what it cost."""
    before = scene.usage()
    play = Play(scene, row.name)
    try:
        row.act(play)
        play.finish()
        after = scene.usage()
        if before is not None and after is not None:
            asked = sum(len(peer.requests) for peer in play._peers)
            faults = row.budget.faults(replace(after.since(before), requests=asked))
            assert not faults, f"the attack cost too much: {'; '.join(faults)}"
    finally:
        play.close()


def slug(text: str) -> str:
    """Make words with hyphens of a text, for a name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
