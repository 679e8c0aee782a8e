"""The mirror that is judged: a driven node, and simulated origins that let it mirror them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from entrepot_conformance.lying.peer import Peer
from entrepot_conformance.making.profiles import sign
from entrepot_conformance.making.seeds import TestKey
from entrepot_conformance.profiles.cosigner import cosigner_of, own_line, text_of
from entrepot_conformance.profiles.tables import ACCEPT, BOTH, REFUSE, DrivenScene
from entrepot_conformance.profiles.tables import Row as AnyRow
from entrepot_conformance.reader.cosignatures import Counted
from entrepot_conformance.reader.notes import open_checkpoint, parse_vkey
from entrepot_conformance.reader.strict_json import canonical, parse_object
from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.shim.verdict import Kind, Verdict

from .copy import CopyUnderTest, mirror_path

__all__ = ["ACCEPT", "BOTH", "MIRROR", "REFUSE", "MirrorScene", "Origin", "Row"]

MIRROR = "mirror.example"


class Origin:
    """A simulated origin. Its node document says `mirroring`; later ones may say otherwise."""

    def __init__(self, peer: Peer, **document: Any) -> None:
        self.peer, self.feed, self.name = peer, peer.feed, peer.feed.name
        self.document: dict[str, Any] = document
        self.path = mirror_path(self.name)
        self.forger: TestKey | None = None
        self.show()

    def raw_document(self) -> bytes:
        """The node document, signed by the origin, or by whoever forges it."""
        identity = self.peer.identity
        honest = identity.other_document(self.peer.url, **self.document)
        if self.forger is None:
            return honest
        record = {name: value for name, value in parse_object(honest).items() if name != "proof"}
        method = f"did:web:{identity.origin}#{identity.records[-1].multikey}"
        return canonical(sign(record, self.forger, verificationMethod=method))

    def show(self, **document: Any) -> None:
        """Show the feed as it is now; members of the node document stay until they are replaced."""
        self.document |= document
        self.peer.tell(replace(self.feed.shown(self.peer.url), node_document=self.raw_document()))

    def publish(self, name: str, **members: Any) -> bytes:
        """Publish and show one record; return its digest."""
        before = set(self.feed.contents)
        self.feed.publish(name, **members)
        self.show()
        return (set(self.feed.contents) - before).pop()

    def withdraw(self, *names: str) -> None:
        """Take subjects back, and show that."""
        for name in names:
            self.feed.withdraw(name)
        self.show()


class MirrorScene(DrivenScene):
    """One mirror."""

    def open(self) -> None:
        """Found the node, or open its folder again; read its mirror key."""
        self.node.init(MIRROR)
        self.node.require("mirror")
        self.key = cosigner_of(self.node.url, "mirror")

    def restart(self, *, kill: bool) -> None:
        """End the node and open its folder again; it must vouch with the same key."""
        before = self.key
        self.reopen(kill=kill)
        assert self.key == before, (
            f"after a restart the mirror is {self.key.name}, before it was {before.name}"
        )

    def origin(self, records: int = 0, **document: Any) -> Origin:
        """An origin that is not followed so far."""
        return Origin(self.peer(f"origin-{len(self._peers)}.example", records), **document)

    def mirrored(self, records: int = 3, **document: Any) -> Origin:
        """An origin that is mirrored, whole."""
        origin = self.origin(records, **document)
        self.follow(origin)
        self.sync(origin)
        self.require_vouched(origin)
        return origin

    def follow(self, origin: Origin, *, mirror: bool = True) -> None:
        """Follow an origin; it must be possible."""
        self.node.must("add-peer", **self._named(origin), mirror=mirror)

    def ask_to_mirror(self, origin: Origin) -> Verdict:
        """Ask it to mirror an origin, whatever it answers."""
        return self.node.ask("add-peer", **self._named(origin), mirror=True)

    def _named(self, origin: Origin) -> dict[str, Any]:
        return {"url": origin.peer.url, "fingerprint": origin.peer.identity.scid}

    def sync(self, origin: Origin, *, missing: int = 0, refused: int = 0) -> None:
        """Pull; all of it must be believed."""
        told = self.node.must("sync-once", origin=origin.peer.origin).details
        seen = (told.get("size"), told.get("missing"), len(told.get("refused", ())))
        due = (origin.feed.size, missing, refused)
        assert seen == due, f"the pull gave size, missing and refused {seen}, due were {due}"

    def refuse_sync(self, origin: Origin, *codes: str) -> None:
        """Pull; it must be refused with one of these codes."""
        verdict = self.node.ask("sync-once", origin=origin.peer.origin)
        assert verdict.kind is Kind.REFUSED, (
            f"the pull was accepted, a refusal with {' or '.join(codes)} was due"
        )
        require_code(verdict.code, codes, "the pull")

    def copy(self, origin: Origin) -> CopyUnderTest:
        """The copy it serves."""
        return CopyUnderTest(self.node.url, origin.peer.origin, origin.name, self.target.traffic)

    def status(self, origin: Origin, path: str) -> int:
        """The status of a path below the copy, such as `checkpoint`."""
        return self.copy(origin).http.get(f"/feed/{path}").status

    def checkpoint(self, origin: Origin) -> bytes | None:
        """The head it serves, signed by the log; None where it serves none."""
        answer = self.copy(origin).http.get("/feed/checkpoint")
        if answer.status == 404:
            return None
        assert answer.status == 200, f"GET {origin.path}/checkpoint: {answer.status}"
        open_checkpoint(answer.body, parse_vkey(origin.feed.log.vkey(origin.name)))
        return answer.body

    def vouched(self, origin: Origin) -> tuple[int, Counted] | None:
        """The size under which its line stands now, with what that states."""
        raw = self.checkpoint(origin)
        line = own_line(raw, self.key) if raw else None
        return (int(text_of(raw).split("\n")[1]), line) if raw and line else None

    def require_vouched(self, origin: Origin) -> Counted:
        """It must serve the head of the origin, with its line under it."""
        raw = self.checkpoint(origin)
        assert raw is not None, f"GET {origin.path}/checkpoint: 404 where the feed is mirrored"
        due = text_of(origin.feed.head())
        assert text_of(raw) == due, f"the mirror serves the head {text_of(raw)!r}, due is {due!r}"
        line = own_line(raw, self.key)
        assert line is not None, f"no line of {self.key.name} stands under the head that is mirrored whole"
        return line

    def require_not_vouched(self, origin: Origin, size: int) -> None:
        """No line of it may stand under a head of this size or more."""
        found = self.vouched(origin)
        assert found is None or found[0] < size, (
            f"{self.key.name} vouches for size {found[0] if found else 0}, which it must not"
        )

    def require_not_served(self, origin: Origin) -> None:
        """Nothing of the feed may be served."""
        for path in ("checkpoint", "keys.jsonl", "tile/0/000.p/1", "tile/entries/000.p/1", "contents/0"):
            found = self.status(origin, path)
            assert found == 404, (
                f"GET {origin.path}/{path}: {found} where 404 was due: it may not be mirrored"
            )

    def move_clock(self, seconds: float, *, now: float) -> None:
        """Set the clock of the node to so many seconds after `now`."""
        moment = datetime.fromtimestamp(now + seconds, UTC)
        self.node.must("set-time", time=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


Row = AnyRow[MirrorScene]
