"""A tiny honest node: serves the golden feed at any size from 0 to 20, from memory.

It exists so that every check can be seen passing and, with a fault put in, failing. It is no example of how to
write a node: it knows one feed and cannot change.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

from .reader.contents import check_delta_range, encode_delta
from .reader.entries import FeedState
from .reader.rule_error import RuleError
from .reader.tiles import tile_path
from .vectors_folder import vectors_folder

REVALIDATE = "max-age=60, must-revalidate"


@dataclass(frozen=True)
class Response:
    """An answer before it is sent."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Fault = Callable[[str, Response], Response]


def honest(_target: str, response: Response) -> Response:
    """Put in no fault."""
    return response


class ToyNode:
    """The golden feed at one size. `fault` may change any answer on its way out."""

    def __init__(self, size: int = 20, fault: Fault = honest) -> None:
        folder = vectors_folder() / "feed"
        facts = json.loads((folder / "feed.json").read_text("utf-8"))
        self.size, self.fault = size, fault
        self._entries = [bytes.fromhex(entry["entry"]) for entry in facts["entries"][:size]]
        self._state = FeedState(facts["origin"])
        for entry in self._entries:
            self._state.take(entry)
        files = [path for path in (folder / "addenda").rglob("*") if path.is_file()]
        self._contents = {bytes.fromhex(path.name): path.read_bytes() for path in files}
        self._answers = self._well_known() | self._log() | self._records()

    def respond(self, target: str, etag: str | None = None) -> Response:
        """Answer a GET for a path with query."""
        response = self._find(target)
        if etag is not None and response.headers.get("ETag") == etag:
            response = Response(304, headers=response.headers)
        return self.fault(target, response)

    def _find(self, target: str) -> Response:
        parts = urlsplit(target)
        if parts.path == "/feed/delta":
            return self._delta(parts.query)
        return self._answers.get(parts.path, Response(404))

    def _well_known(self) -> dict[str, Response]:
        folder = vectors_folder() / "feed"
        names = {"entrepot": "node.json", "did.json": "did.json", "did.jsonl": "keys.jsonl"}
        answers = {f"/.well-known/{n}": _tagged((folder / f).read_bytes(), "max-age=60") for n, f in names.items()}
        return answers | {"/feed/keys.jsonl": answers["/.well-known/did.jsonl"]}

    def _log(self) -> dict[str, Response]:
        folder = vectors_folder() / "feed"
        checkpoint = (folder / "checkpoint" / str(self.size)).read_bytes()
        answers = {
            "/feed/checkpoint": _tagged(checkpoint, "max-age=1, must-revalidate"),
            "/feed/addenda.v1": Response(200, headers={"Cache-Control": "max-age=60"}),
        }
        for level in (0, "entries"):
            if self.size:
                path = tile_path(level, 0, self.size)
                headers = {"Cache-Control": "max-age=31536000, immutable"}
                answers[f"/feed/{path}"] = Response(200, (folder / path).read_bytes(), headers)
        return answers

    def _records(self) -> dict[str, Response]:
        """Live contents, superseded ones as history, 410 for withdrawn ones."""
        digests = [e.digest for e in self._state.live() if e.digest]
        withdrawn = {e.digest for e in self._state.withdrawn()}
        answers: dict[str, Response] = {}
        for entry in self._state.effective:
            if entry.op == "publish" and entry.digest:
                name = entry.digest.hex()
                found = _tagged(self._contents[entry.digest], REVALIDATE)
                answer = Response(410) if entry.digest in withdrawn else found
                answers[f"/feed/addenda/{name[:2]}/{name[2:4]}/{name}"] = answer
        if self.size:
            body = b"".join(self._contents[digest] + b"\n" for digest in digests)
            answers["/feed/contents/0"] = _tagged(body, REVALIDATE)
        return answers

    def _delta(self, query: str) -> Response:
        try:
            start, end = check_delta_range(query, self.size)
        except RuleError as error:
            return Response(int(error.code))
        return _tagged(encode_delta(self._entries, self._state.live(), self._contents, start, end), REVALIDATE)


def _tagged(body: bytes, control: str) -> Response:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Response(200, body, {"Cache-Control": control, "ETag": etag})


@contextmanager
def serving(respond: Callable[[str, str | None], Response]) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 and yield the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802  # the name is given by the base class
            response = respond(self.path, self.headers.get("If-None-Match"))
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, *_args: Any) -> None:
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
