"""A relay between a client and a server on this machine that counts what passes: bytes both ways, and HTTP requests."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bench.ports import free_address

_REQUEST = re.compile(rb"^(GET|HEAD|POST|PUT|DELETE) [^ ]+ HTTP/1\.1\r$", re.MULTILINE)


class Relay:
    """Carries TCP connections to a server until it is closed. Each connection has two threads."""

    def __init__(self, to: tuple[str, int]) -> None:
        self.bytes = 0
        self.requests = 0
        self._to = to
        self._lock = threading.Lock()
        host, _, port = free_address().rpartition(":")
        self._listener = socket.create_server((host, int(port)))
        self.port = int(port)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def reset(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self.bytes = self.requests = 0

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._to)
            for source, target, asks in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._carry, args=(source, target, asks), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, asks: bool) -> None:
        try:
            while part := source.recv(1 << 16):
                with self._lock:
                    self.bytes += len(part)
                    if asks:
                        self.requests += len(_REQUEST.findall(part))
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            target.close()


@contextmanager
def relayed(port: int) -> Iterator[Relay]:
    """A relay to a port of this machine."""
    relay = Relay(("127.0.0.1", port))
    try:
        yield relay
    finally:
        relay.close()
