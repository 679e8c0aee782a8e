"""A node that answers from memory: `PeerTransport` without a network, honest until it is told to lie.

It serves the paths of the standard (exchange §1) for one `SmallFeed`, by the same rules as a real node, and
raises what `HttpTransport` raises for the answers that a follower never sees.

    peer = SimulatedPeer(feed)
    await Pull(peer, store, feed.name, now=0.0).run()
    peer.paths  # what was asked, in order

How it lies:

- `answers[path] = Answer(…)`: say this, whatever is true; a status, or bytes
- `tamper = lambda path, body: …`: change the bytes of any answer with status 200
- `before = lambda path: …`: called ahead of each answer; may change the feed in the middle of a pull, or raise
- `cut_at = k`: the k-th request (from 0) and all after it fail as a lost line does
- `has_delta`, `has_partial_bundles`: what a static host may lack
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from entrepot_schema.canonical import canonical_bytes, sha256
from entrepot_schema.errors import PeerFault, Refused, Unavailable
from entrepot_schema.key_state import did_web_document
from entrepot_sync.bundle import MAX_DELTA_ENTRIES, encode_bundle
from entrepot_sync.merkle import HASH_BYTES
from entrepot_sync.testing.small_feed import SmallFeed
from entrepot_sync.tiles import TILE_WIDTH, BundleRef, TileRef, parse_tile_path, tile_width
from entrepot_sync.transport import GONE, NOT_FOUND, NOT_MODIFIED, OK, Fetched

_CONTENT = re.compile(r"/feed/addenda/([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})", re.ASCII)
_CONTENTS = re.compile(r"/feed/contents/(0|[1-9][0-9]{0,15})", re.ASCII)
_DELTA = re.compile(r"/feed/delta\?from=(0|[1-9][0-9]{0,15})&to=(0|[1-9][0-9]{0,15})", re.ASCII)
_BAD_REQUEST = 400
_HEADER_BYTES = 200  # about what the heads of a request and its answer take together


@dataclass(frozen=True, slots=True)
class Answer:
    """What the peer says to one request."""

    status: int = OK
    body: bytes = b""
    media_type: str = "application/octet-stream"


ABSENT = Answer(NOT_FOUND)


class SimulatedPeer:
    """A node that serves one feed. See the module for its lies."""

    def __init__(self, feed: SmallFeed) -> None:
        self.feed = feed
        self.has_delta = True
        self.has_partial_bundles = True
        self.answers: dict[str, Answer] = {}
        self.tamper: Callable[[str, bytes], bytes] = lambda path, body: body
        self.before: Callable[[str], None] = lambda path: None
        self.cut_at: int | None = None
        self.paths: list[str] = []
        self.closed = False

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        """See `PeerTransport.fetch`."""
        self.paths.append(path)
        if self.cut_at is not None and len(self.paths) > self.cut_at:
            raise Unavailable("peer.unreachable", f"{path} could not be reached: the line is cut")
        self.before(path)
        answer = self.answers.get(path) or self._honest(path)
        if answer.status != OK:
            return self._other_status(path, answer.status)
        body = self.tamper(path, answer.body)
        if len(body) > max_bytes:
            raise PeerFault("peer.too-large", f"{path} has more than {max_bytes} bytes")
        fresh = f'"{sha256(body).hex()[:32]}"'
        cost = len(path) + _HEADER_BYTES
        if etag == fresh:
            return Fetched(NOT_MODIFIED, b"", etag, cost)
        return Fetched(OK, body, fresh, cost + len(body), media_type=answer.media_type)

    async def aclose(self) -> None:
        """See `PeerTransport.aclose`."""
        self.closed = True

    def _other_status(self, path: str, status: int) -> Fetched:
        if status in (NOT_FOUND, GONE):
            return Fetched(status, b"", None, len(path) + _HEADER_BYTES)
        if status in (429, 503):
            raise Unavailable(
                "peer.throttled", f"{path} answered {status}: wait 60 seconds", retry_after=60.0
            )
        if status >= 500:
            raise Unavailable("peer.status", f"{path} answered {status}")
        code = "peer.redirect" if 300 <= status < 400 else "peer.status"
        raise PeerFault(code, f"{path} answered {status}")

    def _honest(self, path: str) -> Answer:
        feed = self.feed
        documents: dict[str, Callable[[], Answer]] = {
            "/.well-known/entrepot": lambda: Answer(OK, feed.node_document(), "application/json"),
            "/.well-known/did.json": lambda: Answer(
                OK, canonical_bytes(did_web_document(feed.key_log.latest))
            ),
            "/.well-known/did.jsonl": lambda: Answer(OK, feed.key_log.to_bytes()),
            "/feed/keys.jsonl": lambda: Answer(OK, feed.key_log.to_bytes()),
            "/feed/checkpoint": lambda: Answer(OK, feed.head()),
            "/feed/addenda.v1": Answer,
        }
        if path in documents:
            return documents[path]()
        if match := _CONTENT.fullmatch(path):
            return self._content(bytes.fromhex(match[3]))
        if match := _CONTENTS.fullmatch(path):
            return self._contents(int(match[1]))
        if self.has_delta and (match := _DELTA.fullmatch(path)):
            return self._delta(int(match[1]), int(match[2]))
        return self._tile(path.removeprefix("/feed/"))

    def _content(self, digest: bytes) -> Answer:
        if self.feed.is_withdrawn(digest):
            return Answer(GONE)
        raw = self.feed.contents.get(digest)
        return ABSENT if raw is None else Answer(OK, raw)

    def _contents(self, index: int) -> Answer:
        begin = index * TILE_WIDTH
        if begin >= len(self.feed.entries):
            return ABSENT
        return Answer(OK, _lines(self.feed.live_contents(begin, begin + TILE_WIDTH)))

    def _delta(self, begin: int, end: int) -> Answer:
        size = len(self.feed.entries)
        if not begin < end <= begin + MAX_DELTA_ENTRIES or (end < size and end % TILE_WIDTH):
            return Answer(_BAD_REQUEST)
        if end > size:
            return ABSENT
        body = encode_bundle(self.feed.entries[begin:end]) + _lines(self.feed.live_contents(begin, end))
        return Answer(OK, body)

    def _tile(self, path: str) -> Answer:
        try:
            ref = parse_tile_path(path)
        except Refused:
            return ABSENT
        level = ref.level if isinstance(ref, TileRef) else 0
        if tile_width(len(self.feed.entries), level, ref.index) < ref.width:
            return ABSENT
        if isinstance(ref, TileRef):
            return Answer(OK, self.feed.tiles[level, ref.index][: ref.width * HASH_BYTES])
        return self._bundle(ref)

    def _bundle(self, ref: BundleRef) -> Answer:
        if ref.width < TILE_WIDTH and not self.has_partial_bundles:
            return ABSENT
        begin = ref.index * TILE_WIDTH
        return Answer(OK, encode_bundle(self.feed.entries[begin : begin + ref.width]))


def _lines(contents: list[bytes]) -> bytes:
    return b"".join(raw + b"\n" for raw in contents)
