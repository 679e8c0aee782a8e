"""A server for toys that also take requests with bodies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .toy_node import Response

_MAX_BODY = 65_536

Respond = Callable[[str, str, bytes], Response]
"""Takes method, path with query and body."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True


class ToyServer:
    """Serves on a free port of this machine until it is closed. More than 65,536 bytes of a body are not read."""

    def __init__(self, respond: Respond) -> None:
        self._server = _Server(("127.0.0.1", 0), _handler(respond))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _revalidated(response: Response, etag: str | None) -> Response:
    """What a client is told that has the answer with this tag."""
    is_known = etag is not None and response.headers.get("ETag") == etag
    return Response(304, headers=response.headers) if is_known else response


def _handler(respond: Respond) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # the base class looks for this name
            self._answer(respond("GET", self.path, b""))

        def do_POST(self) -> None:
            body = self._read()
            if len(body) > _MAX_BODY:
                self.close_connection = True
            self._answer(respond("POST", self.path, body))

        def _read(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(min(int(self.headers.get("Content-Length", "0")), _MAX_BODY + 1))
            body = b""
            while len(body) <= _MAX_BODY and (size := int(self.rfile.readline(), 16)):
                body += self.rfile.read(size)
                self.rfile.readline()
            return body

        def _answer(self, response: Response) -> None:
            response = _revalidated(response, self.headers.get("If-None-Match"))
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    return Handler
