"""The same shim behind a URL: `python -m entrepot_node.conformance_http --listen 127.0.0.1:0` prints where it listens.

Each request is a POST of one JSON object with the name of its node. For a machine of its own: whoever can reach it can
make nodes read and write wherever this process may.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from entrepot_node.commands.serve import log_to_stderr
from entrepot_node.conformance_databases import Databases
from entrepot_node.conformance_node import Message
from entrepot_node.conformance_shim import Shim, add_databases

MAX_REQUEST_BYTES = 16 * 1024 * 1024


class Nodes:
    """All nodes of this process by name; one request at a time to each."""

    def __init__(self, databases: Databases | None = None) -> None:
        self._databases = databases
        self._nodes: dict[str, tuple[Shim, threading.Lock]] = {}

    def answer(self, request: Message) -> Message:
        """Do one request; an exception that is no refusal is told as an error of that node."""
        name = str(request.pop("node", ""))
        node, lock = self._nodes.setdefault(name, (Shim(self._databases), threading.Lock()))
        with lock:
            try:
                return node.answer(request)
            except Exception:
                traceback.print_exc()
                return {"verdict": "error", "message": traceback.format_exc(limit=-3)}

    def stop(self) -> None:
        """End all nodes."""
        for node, _ in self._nodes.values():
            node.end()


def handler(nodes: Nodes) -> type[BaseHTTPRequestHandler]:
    """Return the class that answers requests to some nodes."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the base class looks for this name
            length = min(int(self.headers.get("Content-Length") or 0), MAX_REQUEST_BYTES)
            body = json.dumps(nodes.answer(json.loads(self.rfile.read(length)))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    return Handler


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m entrepot_node.conformance_http")
    parser.add_argument("--listen", default="127.0.0.1:0", help="address and port; 0 for a free one")
    add_databases(parser)
    options = parser.parse_args()
    host, _, port = options.listen.rpartition(":")
    log_to_stderr()
    nodes = Nodes(options.databases)
    server = ThreadingHTTPServer((host, int(port)), handler(nodes))
    sys.stdout.write(f"http://{host}:{server.server_port}/\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        nodes.stop()


if __name__ == "__main__":
    main()
