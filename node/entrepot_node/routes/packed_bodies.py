"""Bodies that never change, packed once and kept: a bundle is asked for by every follower that is new.

Only what carries no contents belongs here: what is erased must not live on in the memory of the server.
"""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable

_MOST_BYTES = 16 * 1024 * 1024
_LEVEL = 9


class PackedBodies:
    """Bodies in gzip by their tag, those asked for last; as many as fit into a bound. Any thread may ask."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def kept(self, tag: str) -> bytes | None:
        """Give the body of a tag in gzip, if it is kept."""
        with self._lock:
            found = self._kept.get(tag)
            if found is not None:
                self._kept.move_to_end(tag)
            return found

    def make(self, tag: str, plain: Callable[[], bytes]) -> bytes:
        """Pack the body of a tag, and keep it."""
        # Two that ask at once both pack it: cheaper than one that waits for the other behind a lock for all.
        body = gzip.compress(plain(), _LEVEL, mtime=0)
        with self._lock:
            self._keep(tag, body)
        return body

    def _keep(self, tag: str, body: bytes) -> None:
        self._bytes += len(body) - len(self._kept.pop(tag, b""))
        self._kept[tag] = body
        while self._bytes > self._most_bytes:
            self._bytes -= len(self._kept.popitem(last=False)[1])
