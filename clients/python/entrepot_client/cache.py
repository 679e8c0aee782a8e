"""Answers that may be used again when the server says 304: small ones, the ones used last."""

from __future__ import annotations

from collections import OrderedDict

_MOST_BYTES = 16 * 1024 * 1024
_LARGEST_BYTES = 1024 * 1024


class AnswerCache:
    """Bodies by URL with their ETags, least recently used ones dropped beyond 16 MiB."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        self._bytes = 0

    def etag(self, url: str) -> str:
        """The tag of what is held of a URL; empty if nothing is."""
        return self._held[url][0] if url in self._held else ""

    def body(self, url: str) -> bytes:
        """What is held of a URL; the caller has asked for its tag before."""
        self._held.move_to_end(url)
        return self._held[url][1]

    def keep(self, url: str, etag: str, body: bytes) -> None:
        """Hold a body under its tag."""
        self._drop(url)
        if not etag or len(body) > _LARGEST_BYTES:
            return
        self._held[url] = (etag, body)
        self._bytes += len(body)
        while self._bytes > _MOST_BYTES:
            self._drop(next(iter(self._held)))

    def _drop(self, url: str) -> None:
        _, body = self._held.pop(url, ("", b""))
        self._bytes -= len(body)
