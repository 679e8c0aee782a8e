"""A tiny mirror behind the suite's channel: honest, or with one fault of a name, to see each case of the profile fail.

It pulls by reading a whole feed anew with the reader of the suite, and serves it through the toy node.
"""

from __future__ import annotations

import pickle
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from .checks import check_checkpoint, check_entries
from .lying.feed import Feed
from .lying.identity import Identity
from .making.cosignature_cases import cosignature_line, cosigner_vkey
from .making.seeds import TestKey
from .node_under_test import FEED, NodeUnderTest
from .profiles.mirror.copy import CopyUnderTest, mirror_path
from .reader import merkle
from .reader.notes import parse_checkpoint, parse_note
from .reader.rule_error import RuleError
from .reader.strict_json import parse_object
from .shim.driver import Launch, Message, ShimDriver
from .suite.traffic import Traffic
from .toy_feed import ToyFeed
from .toy_node import Response, ToyNode
from .toy_server import ToyServer

_LATER = threading.Event()  # never set: what waits for it, waits
_DAY = 24 * 3600.0
_DOCUMENT_SECONDS = 600.0


@dataclass
class ToyCopy:
    """One feed that the toy follows, and mirrors perhaps. `keeps`: it serves what was withdrawn, too."""

    url: str
    origin: str
    mirror: bool
    document: dict[str, Any]
    asked_at: float
    feed: ToyFeed | None = None
    missing: int = 0
    line: str = ""
    line_time: int = 1
    braked_until: float = 0.0
    stopped: str = ""
    keeps: bool = False
    claimed: tuple[int, int] | None = None
    _shown: tuple[ToyFeed, ToyNode] | None = None

    def row(self) -> Message:
        """What `status` says of it."""
        held = self.feed.contents if self.feed else {}
        live = sum(entry.digest in held for entry in self.node().live()) if self.feed else 0
        size, live = self.claimed or (len(self.feed.entries) if self.feed else 0, live)
        return {"origin": self.origin, "size": size, "live": live}

    def node(self) -> ToyNode:
        """What serves the feed as it is."""
        assert self.feed is not None
        if self._shown is None or self._shown[0] is not self.feed:
            self._shown = (self.feed, ToyNode(self.feed))
        return self._shown[1]


class ToyMirror:
    """One mirror. It does what the standard says but for the fault that is named."""

    pid = None

    def __init__(self, home: Path, fault: str = "") -> None:
        self.fault, self._home = fault, home
        self._ahead = 0.0
        self._copies: dict[str, ToyCopy] = {}
        self._server: ToyServer | None = None
        self._memory: dict[str, Response] = {}

    # --- the channel

    def ask(self, request: Message, patience: float) -> Message:
        do = getattr(self, "do_" + request["do"].replace("-", "_"), None)
        try:
            return {"verdict": "accepted", **do(request)} if do else {"verdict": "unsupported"}
        except RuleError as error:
            return {"verdict": "refused", "code": error.code}

    def kill(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def close(self) -> None:
        self.kill()

    def do_stop(self, request: Message) -> Message:
        self._keep()
        self.kill()
        return {}

    def do_init(self, request: Message) -> Message:
        origin = request["origin"]
        kept = self._home / "toy.pickle"
        starts, self._copies = 1, {}
        if kept.exists() and self.fault != "forgets":
            starts, self._copies = pickle.loads(kept.read_bytes())  # noqa: S301 - the toy wrote it
            starts += 1
        self._starts = starts
        number = starts if self.fault == "new key" else 1
        self.key, self.name, self._origin = (
            TestKey(f"toy mirror {number}"),
            f"{origin}/mirror/{number}",
            origin,
        )
        self._server = ToyServer(self._respond)
        self._own = self._own_node(self._server.url)
        self._keep()
        scid = Identity(origin).scid
        return {"url": self._server.url, "fingerprint": scid, "features": ["mirror", "set-time"]}

    def do_set_time(self, request: Message) -> Message:
        self._ahead = datetime.fromisoformat(request["time"]).timestamp() - time.time()
        return {}

    def do_status(self, request: Message) -> Message:
        return {"peers": [one.row() for one in self._copies.values()]}

    def do_add_peer(self, request: Message) -> Message:
        node = NodeUnderTest(request["url"])
        document = _document(node)
        if request.get("mirror") and not self._allows(document):
            raise RuleError("mirror.not-allowed", node.origin)
        copy = self._copies.get(node.origin)
        if copy is None:
            copy = self._copies[node.origin] = ToyCopy(
                request["url"], node.origin, False, document, self._now()
            )
        if document["revision"] > copy.document["revision"]:
            copy.document = document
        copy.mirror = bool(request.get("mirror")) or self.fault == "serves all"
        if self.fault == "serves at once":
            self._pull(copy, node)
        self._keep()
        return {"origin": node.origin}

    def do_sync_once(self, request: Message) -> Message:
        copy = self._copies[request["origin"]]
        if copy.stopped:
            raise RuleError(copy.stopped, "it has stopped")
        try:
            node = NodeUnderTest(copy.url)
            told = self._pull(copy, node)
            self._refresh(copy, node)
        except (AssertionError, ValueError) as fault:
            if self.fault == "goes with its origin":
                copy.feed = None
            elsewhere = self._pull_elsewhere(copy)
            if elsewhere is None:
                raise RuleError("peer.status", str(fault)) from fault
            told = elsewhere
        self._keep()
        return told

    # --- pulling

    def _pull_elsewhere(self, copy: ToyCopy) -> Message | None:
        """Ask those that are followed whether they mirror it."""
        found = [
            CopyUnderTest(other.url, copy.origin, f"{copy.origin}/feed/1", Traffic())
            for other in self._copies.values()
            if other is not copy and self.fault != "helps nobody"
        ]
        if self.fault != "takes the first":
            found.sort(key=_size_shown, reverse=True)
        for node in found:
            try:
                return self._trust(copy, node) if self.fault == "trusts mirrors" else self._pull(copy, node)
            except (AssertionError, RuleError, ValueError):
                continue
        return None

    def _trust(self, copy: ToyCopy, node: NodeUnderTest) -> Message:
        """Take a mirror at its word."""
        lines = node.get(f"{FEED}/contents/0").body.count(b"\n")
        copy.claimed = (_size_shown(node), lines)
        return {}

    def _pull(self, copy: ToyCopy, node: NodeUnderTest) -> Message:
        check_checkpoint(node)
        if copy.feed is not None:
            self._compare(copy, copy.feed, node)
        if self.fault == "half" and copy.feed is not None:
            copy.feed = replace(copy.feed, checkpoint=node.checkpoint)
            self._vouch(copy, node.checkpoint)
        check_entries(node)
        if node.state.size < node.size and self.fault != "never stops":
            raise RuleError("log.needs-newer-software", "an entry stops the feed")
        refused = self._hold(copy, node)
        live = [entry.digest for entry in node.state.live() if entry.index not in refused]
        held = copy.feed.contents if copy.feed else {}
        told = [{"index": index, "code": "key.signature"} for index in refused]
        missing = sum(digest not in held for digest in live)
        return {"size": node.size, "stored": 0, "missing": missing, "refused": told}

    def _compare(self, copy: ToyCopy, held: ToyFeed, node: NodeUnderTest) -> None:
        """Refuse a head that does not go on from the one held."""
        size, root = len(held.entries), merkle.root([merkle.leaf_hash(entry) for entry in held.entries])
        if node.size < size and self.fault != "goes back":
            raise RuleError("log.rollback", f"size {node.size} after {size}")
        if node.size == size and node.head.root != root:
            copy.stopped = "log.fork"
            if self.fault == "forks":
                copy.feed = replace(held, checkpoint=node.checkpoint)
                self._vouch(copy, node.checkpoint)
            raise RuleError("log.fork", "two roots of one size")

    def _hold(self, copy: ToyCopy, node: NodeUnderTest) -> list[int]:
        """Take what is live and good, and let go of what was withdrawn; return the indices of refused records."""
        held = dict(copy.feed.contents) if copy.feed else {}
        gone = {entry.digest for entry in node.state.withdrawn()}
        fresh = gone & set(held)
        offered, refused = _offered(node), []
        for entry in node.state.live():
            digest = entry.digest or b""
            if digest in held or digest not in offered:
                continue
            try:
                node.verify_live_record(entry, offered[digest])
            except RuleError:
                refused.append(entry.index)
                if self.fault == "falls over":
                    raise
                if self.fault != "serves refused":
                    continue
            held[digest] = offered[digest]
        if len(fresh) > 50 and self.fault != "no brake":
            copy.braked_until = self._now() + _DAY
        copy.keeps = self.fault == "keeps withdrawn" or (self.fault == "vouches first" and bool(fresh))
        copy.feed = ToyFeed(tuple(node.entries), held, node.checkpoint, node.key_log, b"{}", b"", copy.origin)
        copy.missing = len(node.state.live()) - sum(entry.digest in held for entry in node.state.live())
        if self.fault == "stores half" and copy.missing:
            copy.feed = replace(copy.feed, entries=tuple(node.entries[: node.size // 2]))
        self._vouch(copy, node.checkpoint)
        if self.fault == "vouches first" and fresh:
            _LATER.wait(0.2)
        copy.keeps = self.fault == "keeps withdrawn"
        if not copy.keeps:
            kept = {digest: raw for digest, raw in held.items() if digest not in gone}
            copy.feed = replace(copy.feed, contents=kept)
        return refused

    def _vouch(self, copy: ToyCopy, checkpoint: bytes) -> None:
        copy.line = ""
        afraid = self.fault == "afraid" and copy.missing > 0
        fooled = self.fault == "fooled" and f"— {self.name} ".encode() in checkpoint
        if copy.braked_until > self._now() or self.fault == "no line" or afraid or fooled:
            return
        back = self.fault == "time goes back"
        copy.line_time = int(self._now()) if back else max(int(self._now()), copy.line_time)
        text = checkpoint.decode().partition("\n\n")[0] + "\n"
        signed = f"{text}more\n" if self.fault == "wrong line" else text
        line = cosignature_line(self.key, self.name, copy.line_time, signed)
        copy.line = line * (2 if self.fault == "two lines" else 1)

    def _refresh(self, copy: ToyCopy, node: NodeUnderTest) -> None:
        if self._now() - copy.asked_at < _DOCUMENT_SECONDS or self.fault == "asks once":
            return
        try:
            document = _document(node)
        except RuleError:
            if self.fault == "believes forgers":
                copy.document = {"mirroring": "any", "revision": 9}
            return
        copy.asked_at = self._now()
        if document["revision"] > copy.document["revision"] or self.fault == "takes older documents":
            copy.document = document

    def _allows(self, document: dict[str, Any]) -> bool:
        if self.fault in ("asks nobody", "allows nobody"):
            return self.fault == "asks nobody"
        if document["mirroring"] == "listed":
            return self._origin in document.get("mirrorFor", []) and self.fault != "knows no lists"
        return bool(document["mirroring"] == "any")

    # --- serving

    def _respond(self, method: str, path: str, body: bytes) -> Response:
        asked = path.lower() if self.fault == "loose paths" else path
        for copy in list(self._copies.values()):
            prefix = mirror_path(f"{copy.origin}/feed/1")
            if asked.startswith(f"{prefix}/") and copy.feed and copy.mirror and self._allows(copy.document):
                return self._serve(copy, copy.feed, FEED + asked.removeprefix(prefix))
        return self._own.respond(path)

    def _serve(self, copy: ToyCopy, feed: ToyFeed, path: str) -> Response:
        told = copy.node().respond(path)
        if path == f"{FEED}/checkpoint":
            first, rest = told.body[:9], told.body[9:]
            head = first + (rest.replace(b"A", b"B") if self.fault == "spoils heads" else rest)
            return replace(told, body=_without(head, self.name) + copy.line.encode())
        if self.fault == "spoils" and told.status == 200 and told.body:
            return replace(told, body=told.body[:-2] + b"??")
        if self.fault == "never 404" and told.status == 404:
            return Response(200)
        if self.fault == "any delta" and path.startswith(f"{FEED}/delta"):
            return Response(200, told.body)
        if self.fault == "from memory":
            return self._memory.setdefault(path, told)
        raw = feed.contents.get(bytes.fromhex(path[-64:])) if copy.keeps and "/addenda/" in path else None
        return Response(200, raw) if raw else told

    def _own_node(self, url: str) -> ToyNode:
        identity = Identity(self._origin)
        named = {"name": self.name, "vkey": cosigner_vkey(self.key, self.name)}
        document = identity.other_document(url, mirror=named, capabilities=["mirror"])
        return ToyNode(replace(Feed(identity).shown(url), node_document=document))

    def _keep(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        (self._home / "toy.pickle").write_bytes(pickle.dumps((self._starts, self._copies)))

    def _now(self) -> float:
        return time.time() + self._ahead


def _document(node: NodeUnderTest) -> dict[str, Any]:
    """The verified node document of a node, with its revision."""
    return {**node.verify_node_document(), "revision": parse_object(node.node_document)["revision"]}


def _offered(node: NodeUnderTest) -> dict[bytes, bytes]:
    try:
        return node.contents
    except AssertionError:  # withheld
        return {}


def _size_shown(node: NodeUnderTest) -> int:
    """The size of the head it shows, by whomever it is signed; -1 if it shows none."""
    try:
        return parse_checkpoint(parse_note(node.get(f"{FEED}/checkpoint").body).text).size
    except (AssertionError, RuleError):
        return -1


def _without(head: bytes, name: str) -> bytes:
    """A head without the lines that somebody wrote in this name."""
    lines = head.decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(f"— {name} ")).encode()


def toy_mirror_launch(fault: str, work: Path) -> Launch:
    """Start a new toy for each name; of one name a toy comes back to its folder."""
    return lambda name: ShimDriver(name, ToyMirror(work / name, fault), work / name)
