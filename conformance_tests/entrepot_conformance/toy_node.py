"""A tiny honest node: serves a feed from memory.

It exists so that every check can be seen passing and, with a fault put in, failing. It is no example of how
to write a node: its feed cannot change.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

from .reader import merkle, tiles
from .reader.contents import check_delta_range, encode_contents, encode_delta
from .reader.entries import Entry, FeedState
from .reader.rule_error import RuleError
from .toy_feed import ToyFeed

REVALIDATE = "max-age=60, must-revalidate"
IMMUTABLE = {"Cache-Control": "max-age=31536000, immutable"}


@dataclass(frozen=True)
class Response:
    """An answer before it is sent."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Respond = Callable[[str, str | None], Response]
Fault = Callable[[str, Response], Response]


class ToyNode:
    """Answers for one feed. `fault` may change any answer on its way out."""

    def __init__(self, feed: ToyFeed, fault: Fault | None = None) -> None:
        self._feed, self._fault = feed, fault
        self._state = FeedState(feed.origin)
        for entry in feed.entries:
            self._state.take(entry)
        self._answers = {**self._documents(), **self._tiles(), **self._contents()}

    def paths(self) -> list[str]:
        """Every path that has an answer, but for deltas."""
        return list(self._answers)

    def live(self) -> list[Entry]:
        """The entries of live subjects."""
        return self._state.live()

    def respond(self, target: str, etag: str | None = None) -> Response:
        """Answer a GET for a path with query."""
        parts = urlsplit(target)
        is_delta = parts.path == "/feed/delta"
        response = self._delta(parts.query) if is_delta else self._answers.get(parts.path, Response(404))
        if etag is not None and response.headers.get("ETag") == etag:
            response = Response(304, headers=response.headers)
        return self._fault(target, response) if self._fault else response

    def _documents(self) -> dict[str, Response]:
        feed, minute = self._feed, "max-age=60"
        return {
            "/.well-known/entrepot": tagged(feed.node_document, minute, "application/json"),
            "/.well-known/did.json": tagged(feed.did_json, minute),
            "/.well-known/did.jsonl": tagged(feed.key_log, minute),
            "/feed/keys.jsonl": tagged(feed.key_log, minute),
            "/feed/checkpoint": tagged(feed.checkpoint, "max-age=1, must-revalidate"),
            "/feed/addenda.v1": Response(200, headers={"Cache-Control": minute}),
        }

    def _tiles(self) -> dict[str, Response]:
        entries, answers = self._feed.entries, {}
        leaves = [merkle.leaf_hash(entry) for entry in entries]
        for level, index, width in tiles.implied_tiles(len(entries)):
            data = tiles.tile_bytes(leaves, level, index, width)
            answers[f"/feed/{tiles.tile_path(level, index, width)}"] = Response(200, data, IMMUTABLE)
        for index, width in tiles.implied_bundles(len(entries)):
            start = index * tiles.WIDTH
            data = tiles.encode_bundle(entries[start : start + width])
            answers[f"/feed/{tiles.tile_path('entries', index, width)}"] = Response(200, data, IMMUTABLE)
        return answers

    def _contents(self) -> dict[str, Response]:
        """Live contents, superseded ones as history, 410 for withdrawn ones."""
        withdrawn = {e.digest for e in self._state.withdrawn()}
        answers: dict[str, Response] = {}
        for entry in self._state.effective:
            if entry.op == "publish" and entry.digest:
                name = entry.digest.hex()
                content = self._feed.contents.get(entry.digest)
                absent = Response(410 if entry.digest in withdrawn else 404)
                is_gone = content is None or entry.digest in withdrawn
                answer = absent if is_gone or content is None else tagged(content, REVALIDATE)
                answers[f"/feed/addenda/{name[:2]}/{name[2:4]}/{name}"] = answer
        for index, _ in tiles.implied_bundles(len(self._feed.entries)):
            start = index * tiles.WIDTH
            body = encode_contents(self._state.live(), self._feed.contents, start, start + tiles.WIDTH)
            answers[f"/feed/contents/{index}"] = tagged(body, REVALIDATE)
        return answers

    def _delta(self, query: str) -> Response:
        feed = self._feed
        try:
            start, end = check_delta_range(query, len(feed.entries))
        except RuleError as error:
            return Response(int(error.code))
        return tagged(encode_delta(feed.entries, self._state.live(), feed.contents, start, end), REVALIDATE)


def tagged(body: bytes, control: str, media_type: str = "application/octet-stream") -> Response:
    """Answer 200 with a strong ETag."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Response(200, body, {"Cache-Control": control, "ETag": etag, "Content-Type": media_type})


@contextmanager
def serving(respond: Respond) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 and yield the base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # the base class looks for this name
            response = respond(self.path, self.headers.get("If-None-Match"))
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
