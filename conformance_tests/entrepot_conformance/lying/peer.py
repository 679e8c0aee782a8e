"""One simulated peer: an honest feed behind a server, and the lie through which its answers go."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from pathlib import Path

from entrepot_conformance.toy_feed import ToyFeed
from entrepot_conformance.toy_node import Response, ToyNode

from .feed import Feed
from .identity import Identity
from .server import PeerServer, Request
from .wire import Send

Lie = Callable[[str, Response], Response | Send]
"""Takes a path with query and the honest answer to it; returns what is sent instead."""
_SHOWN_BYTES = 2000


class Peer:
    """A peer of an origin. What it shows is fixed by `tell`, and bent by `lie` until `tell` is called again."""

    def __init__(
        self,
        origin: str | Identity,
        records: int = 0,
        *,
        dump: Path | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.identity = Identity(origin) if isinstance(origin, str) else origin
        self.origin = self.identity.origin
        self.feed = Feed(self.identity)
        self._server = PeerServer(self._answer, tls)
        self._dump = dump
        self.url = self._server.url
        self.lie: Lie | None = None
        for number in range(records):
            self.feed.publish(f"company {number}")
        self.tell()

    @property
    def requests(self) -> list[Request]:
        """All requests so far."""
        return self._server.requests

    def tell(self, shown: ToyFeed | None = None) -> None:
        """Show the feed as it is now, or something else, without a lie on the way."""
        self._node = ToyNode(shown or self.feed.shown(self.url))
        self.lie = None

    def grow(self, name: str = "") -> int:
        """Publish one more record and show it; return its index."""
        index = self.feed.publish(name or f"company {self.feed.size}")
        self.tell()
        return index

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def _answer(self, request: Request) -> Response | Send:
        told = self._node.respond(request.target, request.headers.get("if-none-match"))
        sent = self.lie(request.target, told) if self.lie else told
        if self._dump is not None:
            self._keep(request, sent)
        return sent

    def _keep(self, request: Request, sent: Response | Send) -> None:
        shown: object = "bytes of its own"
        if isinstance(sent, Response):
            body = sent.body[:_SHOWN_BYTES].decode("utf-8", "backslashreplace")
            shown = {"status": sent.status, "headers": sent.headers, "body": body}
        line = json.dumps(
            {"get": request.target, "headers": request.headers, "sent": shown}, ensure_ascii=False
        )
        assert self._dump
        with (self._dump / f"peer-{self.origin}.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def at(*places: str) -> Callable[[Callable[[Response], Response | Send]], Lie]:
    """Make a lie of what is done to one answer, told only where a path begins with one of these, such as `checkpoint`."""

    def choose(bend: Callable[[Response], Response | Send]) -> Lie:
        def lie(target: str, told: Response) -> Response | Send:
            path = target.removeprefix("/feed/")
            return bend(told) if any(path.startswith(place) for place in places) else told

        return lie

    return choose


def as_static_host(lie: Lie) -> Lie:
    """Tell a lie as a static host, which has no `delta`."""
    return lambda target, told: Response(404) if target.startswith("/feed/delta") else lie(target, told)


ENTRIES = ("delta", "tile/entries")
CONTENTS = ("contents", "addenda/")
