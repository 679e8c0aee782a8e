"""A peer that is a witness and a mirror: it cosigns heads of the node under test, remembers them, and keeps a copy of its feed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

from entrepot_conformance.making.cosignature_cases import cosignature_line, cosigner_vkey
from entrepot_conformance.making.seeds import TestKey
from entrepot_conformance.node_under_test import NodeUnderTest
from entrepot_conformance.reader import merkle
from entrepot_conformance.reader.notes import Verifier, parse_checkpoint, parse_note
from entrepot_conformance.reader.rule_error import RuleError
from entrepot_conformance.reader.witness import State, answer
from entrepot_conformance.toy_feed import ToyFeed
from entrepot_conformance.toy_node import Response, ToyNode

from .peer import Peer
from .server import Request
from .wire import Send

_PUSH = "/witness/add-checkpoint"
_LATER = threading.Event()
"""Never set: to wait for it is to be late."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The head of a log that was cosigned last, as the log signed it."""

    size: int = 0
    root: bytes = merkle.EMPTY_ROOT
    note: bytes = b""


class VouchingPeer(Peer):
    """An honest witness and mirror. `silent` hides what it cosigned, `answers_after` tells it late; `bend` changes the copy it hands out.

    `answered` changes a line with which it would cosign; `pushed` are the bodies that came;
    `says_it_is_at` is a base URL that its node document names instead of its own.
    """

    def __init__(self, origin: str) -> None:
        self._logs: dict[str, Verifier] = {}
        self._copies: dict[str, ToyNode] = {}
        self.seen: dict[str, Seen] = {}
        self.copied = 0
        """How many entries the newest copy has."""
        self.silent = False
        self.answers_after = 0.0
        self.answered: Callable[[str], str] = lambda line: line
        self.pushed: list[bytes] = []
        self.says_it_is_at = ""
        super().__init__(origin, 1)

    def tell(self, shown: ToyFeed | None = None) -> None:
        """Show the feed, with a node document that names the witness."""
        key = {"name": self.name, "vkey": cosigner_vkey(self.key, self.name)}
        place = self.says_it_is_at or self.url
        document = self.identity.other_document(place, capabilities=["delta", "witness"], witness=key)
        super().tell(replace(shown or self.feed.shown(self.url), node_document=document))

    def meet(self, node: NodeUnderTest) -> None:
        """Become a witness of a node's live feed."""
        self._logs[node.log_key.name] = node.log_key

    def see(self, node: NodeUnderTest) -> None:
        """Cosign the newest head of a node without being asked, as if it had been pushed."""
        self.meet(node)
        self.seen[node.log_key.name] = Seen(node.size, node.head.root, node.checkpoint)

    def copy(self, node: NodeUnderTest, bend: Callable[[ToyFeed], ToyFeed] = lambda feed: feed) -> None:
        """Take a copy of a node's feed, and serve it as a mirror does."""
        feed = ToyFeed(
            tuple(node.entries), dict(node.contents), node.checkpoint, node.key_log,
            node.get("/.well-known/did.json").body, node.node_document, node.origin,
        )  # fmt: skip
        self._copies[_hash(node.log_key.name)] = ToyNode(bend(feed))
        self.copied = len(feed.entries)

    @property
    def name(self) -> str:
        """The name of its witness key."""
        return f"{self.origin}/witness/1"

    @property
    def key(self) -> TestKey:
        """Its witness key."""
        return self.identity.key("witness")

    def _answer(self, request: Request) -> Response | Send:
        if request.target == _PUSH and request.method == "POST":
            return self._cosign(request.body)
        for name, seen in self.seen.items():
            if request.target == f"/witness/{_hash(name)}/checkpoint":
                _LATER.wait(self.answers_after)
                return (
                    Response(503)
                    if self.silent
                    else Response(200, seen.note + self._line(seen.note).encode())
                )
        _, _, rest = request.target.partition("/mirror/")
        digest, _, path = rest.partition("/")
        if digest in self._copies:
            return self._copies[digest].respond(f"/feed/{path}", request.headers.get("if-none-match"))
        return super()._answer(request)

    def _cosign(self, body: bytes) -> Response:
        self.pushed.append(body)
        raw = body.partition(b"\n\n")[2]
        try:
            head = parse_checkpoint(parse_note(raw).text)
        except RuleError:
            return Response(400)
        seen = self.seen.get(head.feed, Seen())
        judged = answer(body, self._logs, State(seen.size, seen.root))
        if judged.size is not None:
            return Response(409, f"{judged.size}\n".encode(), {"Content-Type": "text/x.tlog.size"})
        if judged.status != 200:
            return Response(judged.status)
        self.seen[head.feed] = Seen(head.size, head.root, raw)
        return Response(200, self.answered(self._line(raw)).encode())

    def _line(self, raw: bytes) -> str:
        text = parse_note(raw).text
        return cosignature_line(self.key, self.name, int(time.time()), text)


def _hash(name: str) -> str:
    return sha256(name.encode()).hexdigest()
