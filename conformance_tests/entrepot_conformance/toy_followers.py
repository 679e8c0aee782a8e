"""Followers that are broken on purpose, behind the suite's channel: one trusts, one doubts, one falls over.

Each reads honest peers, and the first pull of any other, with the reader of the suite. What comes later is
judged by what the toy is there to show.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .node_under_test import NodeUnderTest
from .reader import tiles
from .reader.entries import FeedState
from .reader.notes import parse_checkpoint, parse_note
from .shim.driver import Launch, Message, ShimDriver

HONEST = "honest.example"


class ToyFollower:
    """Answers the requests of the protocol without a node."""

    pid = None

    def __init__(self) -> None:
        self.urls: dict[str, str] = {}
        self.rows: dict[str, dict[str, Any]] = {}

    def ask(self, request: Message, patience: float) -> Message:
        do = getattr(self, "do_" + request["do"].replace("-", "_"), None)
        return {"verdict": "accepted", **do(request)} if do else {"verdict": "unsupported"}

    def kill(self) -> None: ...

    def close(self) -> None: ...

    def do_init(self, request: Message) -> Message:
        return {"url": "http://127.0.0.1:1", "fingerprint": "Qm", "features": []}

    def do_add_peer(self, request: Message) -> Message:
        try:
            origin = NodeUnderTest(request["url"]).origin  # as it claims
        except Exception:
            origin = "nobody.example"
        self.urls[origin] = request["url"]
        return {"origin": origin}

    def do_sync_once(self, request: Message) -> Message:
        origin = request["origin"]
        if origin == HONEST or origin not in self.rows:
            self.rows[origin] = {"origin": origin, "code": "", **_read_unverified(self.urls[origin])}
            return self.pulled(origin)
        return self.lied_to(origin)

    def pulled(self, origin: str) -> Message:
        return {"size": self.rows[origin]["size"], "stored": 0, "missing": 0, "refused": []}

    def do_status(self, request: Message) -> Message:
        return {"peers": list(self.rows.values())}

    def do_publish(self, request: Message) -> Message:
        return {"ids": [], "size": 1}

    def lied_to(self, origin: str) -> Message:
        raise NotImplementedError


class Gullible(ToyFollower):
    """Accepts whatever comes, unseen."""

    def lied_to(self, origin: str) -> Message:
        return self.pulled(origin)


class Paranoid(ToyFollower):
    """Refuses whatever comes."""

    def lied_to(self, origin: str) -> Message:
        return {"verdict": "refused", "code": "log.damaged"}


class Hermit(ToyFollower):
    """Refuses all but the one peer it knows to be honest, from the first pull on."""

    def do_sync_once(self, request: Message) -> Message:
        if request["origin"] != HONEST:
            return {"verdict": "refused", "code": "log.damaged"}
        return super().do_sync_once(request)


class OfItsOwn(ToyFollower):
    """Refuses with a code that no standard knows."""

    def lied_to(self, origin: str) -> Message:
        return {"verdict": "refused", "code": "log.nonsense"}


class Crashing(ToyFollower):
    """Falls over where something is wrong, and where it has to think."""

    def lied_to(self, origin: str) -> Message:
        raise AssertionError("the node has ended: Traceback")

    def do_add_peer(self, request: Message) -> Message:
        told = super().do_add_peer(request)
        if told["origin"] != HONEST:
            raise AssertionError("the node has ended: Traceback")
        return told


def _read_unverified(url: str) -> dict[str, Any]:
    """Count what a feed says; no signature is checked, since checking keys in plain Python takes long."""
    node = NodeUnderTest(url)
    head = parse_checkpoint(parse_note(node.checkpoint).text)
    state = FeedState(node.origin)
    for index, width in tiles.implied_bundles(head.size):
        for entry in node.bundle(index, width):
            state.take(entry)
    return {"size": head.size, "root": head.root.hex(), "live": len(state.live())}


def launch_of(toy: type[ToyFollower], work: Path) -> Launch:
    """Start a new toy for each name."""
    return lambda name: ShimDriver(name, toy(), work / name)
