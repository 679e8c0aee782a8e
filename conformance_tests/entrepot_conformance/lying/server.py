"""A small HTTP server over raw sockets, so that an answer may break every rule of HTTP."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass

from entrepot_conformance.toy_node import Response

from .wire import Connection, Send, plain

_MAX_HEAD = 65_536


@dataclass(frozen=True, slots=True)
class Request:
    """One request: method, target as it came, headers by their lower-case names, body."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""


Answer = Callable[[Request], Response | Send]


class PeerServer:
    """Serves on a free port of this machine until it is closed. `requests` are all that arrived."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> None:
        self._answer, self._tls = answer, tls
        self._closing = threading.Event()
        self._links: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.requests: list[Request] = []
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The base URL."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Hang up on everybody."""
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in list(self._links):
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        self._links.add(link)
        with link, contextlib.suppress(OSError, ValueError):
            if self._tls is not None:
                link = self._tls.wrap_socket(link, server_side=True)
            while not self._closing.is_set():
                request = _read_request(link)
                if request is None:
                    break
                self.requests.append(request)
                answer = self._answer(request)
                if callable(answer):
                    answer(Connection(link, self._closing))
                    break
                link.sendall(plain(answer))
        self._links.discard(link)


def _read_request(link: socket.socket) -> Request | None:
    """Read the head of a request and its body; None when the other side has gone."""
    raw = b""
    while b"\r\n\r\n" not in raw and len(raw) < _MAX_HEAD:
        got = link.recv(4096)
        if not got:
            return None
        raw += got
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    waiting = int(headers.get("content-length", "0")) - len(body)
    while waiting > 0 and (got := link.recv(4096)):
        waiting -= len(got)
        body += got
    return Request(method, target, headers, body)
