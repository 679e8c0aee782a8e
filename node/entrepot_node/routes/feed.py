"""`/feed` and `/mirror/…`: checkpoint, tiles, bundles, contents, delta, key log — what followers pull (spec: exchange §1).

Everything is read from the store, so a checkpoint never names what is not there. Our own feed and those we mirror are
served by the same code.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool

from entrepot_node.routes.caching import (
    HEAD,
    IMMUTABLE,
    MINUTE,
    cached,
    packed,
    short_tag,
    unchanged,
)
from entrepot_node.routes.codings import BUNDLES, DELTA, USUAL, accepted
from entrepot_node.routes.delta_range import DeltaRefused, read_delta_range
from entrepot_node.routes.feed_tags import bundle_tag, contents_tag, delta_tag, digests_of, leaves_of
from entrepot_node.routes.packed_bodies import PackedBodies
from entrepot_node.routes.short_answers import Later, ShortAnswers
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Refused
from entrepot_sync.bundle import encode_bundle
from entrepot_sync.feed_store import FeedRow, Status
from entrepot_sync.tiles import TILE_WIDTH, BundleRef, parse_tile_path, tile_width

_BINARY = "application/octet-stream"
_LINES = "application/jsonl"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)

FindFeed = Callable[[Request], FeedRow]
"""`find_feed(request)`: the feed of a request as far as it is served; raises `HTTPException` where there is none."""
HeadNote = Callable[[FeedRow], bytes]


def feed_routes(
    store: Store,
    find_feed: FindFeed,
    head_note: HeadNote = lambda feed: feed.head.note,
    *,
    short: ShortAnswers,
    prefix: str,
) -> APIRouter:
    """The routes of a feed, below a prefix of the caller's choice; `head_note` gives its checkpoint."""
    paths = _FeedPaths(store, find_feed, head_note)
    quick: dict[str, Callable[..., Response | Later]] = {
        "/checkpoint": paths.checkpoint,
        "/keys.jsonl": paths.keys,
        "/tile/{path:path}": paths.tile,
        "/addenda.v1": paths.addenda,
        "/addenda/{first}/{second}/{digest}": paths.content,
    }
    slow: dict[str, Callable[..., Response]] = {"/contents/{index}": paths.contents, "/delta": paths.delta}
    ways = {path: short.endpoint(make) for path, make in quick.items()}
    ways |= {path: partial(run_in_threadpool, make) for path, make in slow.items()}
    router = APIRouter()
    for path, answer in ways.items():
        names = re.findall(r"\{([a-z]+)", path)
        # Plain routes: there is nothing in these requests that a framework had to take apart.
        router.add_route(
            prefix + path, _plain(answer, names), methods=["GET", "HEAD"], include_in_schema=False
        )
    return router


def _plain(
    answer: Callable[..., Awaitable[Response]], names: list[str]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        await require_plain_path(request)
        found = request.path_params
        return await answer(request, *[found[name] for name in names])

    return endpoint


async def require_plain_path(request: Request) -> None:
    """Answer 404 to a path with a line feed behind it: the `$` of routing matches before one (LOG-40)."""
    if request.scope["path"].endswith("\n"):
        raise HTTPException(404, headers={"cache-control": "no-store"})


class _FeedPaths:
    def __init__(self, store: Store, find_feed: FindFeed, head_note: HeadNote) -> None:
        self._store = store
        self._find_feed = find_feed
        self._head_note = head_note
        self._packed = PackedBodies()

    def checkpoint(self, request: Request) -> Response:
        return cached(request, self._head_note(self._find_feed(request)), "text/plain; charset=utf-8", HEAD)

    def keys(self, request: Request) -> Response:
        return cached(request, self._find_feed(request).key_log.to_bytes(), _LINES, MINUTE, compress=True)

    def addenda(self, request: Request) -> Response:
        self._find_feed(request)
        return cached(request, b"", _BINARY, MINUTE)

    def tile(self, request: Request, path: str) -> Response | Later:
        try:
            ref = parse_tile_path(f"tile/{path}")
        except Refused:
            return _absent()
        feed = self._find_feed(request)
        level = 0 if isinstance(ref, BundleRef) else ref.level
        # Any width up to today's was some head's; wider ones no head implies (EXC-05).
        if tile_width(feed.head.size, level, ref.index) < ref.width:
            return _absent()
        hashes = self._store.tile(feed.id, level, ref.index)[: 32 * ref.width]
        _require_whole(len(hashes), 32 * ref.width)
        if isinstance(ref, BundleRef):
            return self._bundle(request, feed, ref, bundle_tag(hashes))
        return cached(request, hashes, _BINARY, IMMUTABLE)

    def _bundle(self, request: Request, feed: FeedRow, ref: BundleRef, tag: str) -> Response | Later:
        def raw() -> bytes:
            begin = ref.index * TILE_WIDTH
            entries = self._store.entries(feed.id, begin, begin + ref.width)
            _require_whole(len(entries), ref.width)
            return encode_bundle(entries)

        same = unchanged(request, tag, IMMUTABLE, BUNDLES)
        if same is not None:
            return same
        codings = accepted(request, BUNDLES)
        if ref.width < TILE_WIDTH or not codings:
            return cached(request, raw(), _BINARY, IMMUTABLE, compress=True, tag=tag, codings=BUNDLES)

        def answer(body: bytes) -> Response:
            return packed(body, tag, _BINARY, IMMUTABLE, codings[0], BUNDLES)

        kept = self._packed.kept(tag, codings[0])
        return answer(kept) if kept else Later(lambda: answer(self._packed.make(tag, codings[0], raw)))

    def content(self, request: Request, first: str, second: str, digest: str) -> Response:
        if not _HEX.fullmatch(digest) or (first, second) != (digest[:2], digest[2:4]):
            return _absent()
        version = self._store.version_of(self._find_feed(request).id, bytes.fromhex(digest))
        if version is not None and version.status is Status.ERASED:
            return Response(status_code=410, headers={"cache-control": MINUTE})
        if version is None or version.raw is None:
            return _absent()
        return cached(request, version.raw, _BINARY, MINUTE, compress=True, tag=short_tag(version.digest))

    def contents(self, request: Request, index: str) -> Response:
        feed = self._find_feed(request)
        number = int(index) if _NUMBER.fullmatch(index) else None
        if number is None or number * TILE_WIDTH >= feed.head.size:
            return _absent()
        begin = number * TILE_WIDTH
        end = min(begin + TILE_WIDTH, feed.head.size)
        if _is_conditional(request):
            tag = contents_tag(self._store.live_digests(feed.id, begin, end))
            same = unchanged(request, tag, MINUTE, USUAL)
            if same is not None:
                return same
        lines = self._store.contents(feed.id, begin, end)
        # Named by what was read: a withdrawal may have come in between.
        tag = contents_tag(digests_of(lines))
        return cached(request, _joined(lines), _LINES, MINUTE, compress=True, tag=tag)

    def delta(self, request: Request) -> Response:
        feed = self._find_feed(request)
        try:
            first, last = read_delta_range(request.query_params, feed.head.size)
        except DeltaRefused as refused:
            return _absent() if refused.status == 404 else _bad(str(refused))
        if _is_conditional(request):
            same = unchanged(request, self._delta_tag(feed, first, last), MINUTE, DELTA)
            if same is not None:
                return same
        entries = self._store.entries(feed.id, first, last)
        _require_whole(len(entries), last - first)
        lines = self._store.contents(feed.id, first, last)
        tag = delta_tag(leaves_of(entries), digests_of(lines))
        body = encode_bundle(entries) + _joined(lines)
        return cached(request, body, _BINARY, MINUTE, compress=True, tag=tag, codings=DELTA)

    def _delta_tag(self, feed: FeedRow, first: int, last: int) -> str:
        numbers = range(first // TILE_WIDTH, -(-last // TILE_WIDTH))
        hashes = b"".join(self._store.tile(feed.id, 0, number) for number in numbers)
        begin = numbers.start * TILE_WIDTH
        leaves = hashes[32 * (first - begin) : 32 * (last - begin)]
        return delta_tag(leaves, self._store.live_digests(feed.id, first, last))


def _require_whole(found: int, wanted: int) -> None:
    """Answer 404 for what is not here yet: a replica may be behind the head, and what is short must be kept by nobody."""
    if found != wanted:
        raise HTTPException(404, headers={"cache-control": "no-store"})


def _is_conditional(request: Request) -> bool:
    return "if-none-match" in request.headers


def _joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _absent() -> Response:
    return Response(status_code=404, headers={"cache-control": "no-store"})


def _bad(message: str) -> Response:
    return Response(
        message + "\n", status_code=400, media_type="text/plain", headers={"cache-control": "no-store"}
    )
