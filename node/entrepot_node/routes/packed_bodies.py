"""Bodies that never change, packed once and kept: a bundle is asked for by every follower that is new.

Only what carries no contents belongs here: what is erased must not live on in the memory of the server.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from entrepot_node.routes.codings import Coding

_MOST_BYTES = 16 * 1024 * 1024


class PackedBodies:
    """Packed bodies by tag and coding, those asked for last; as many as fit into a bound. Any thread may ask."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, Coding], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def kept(self, tag: str, coding: Coding) -> bytes | None:
        """Give the body of a tag in a coding, if it is kept."""
        with self._lock:
            found = self._kept.get((tag, coding))
            if found is not None:
                self._kept.move_to_end((tag, coding))
            return found

    def make(self, tag: str, coding: Coding, plain: Callable[[], bytes]) -> bytes:
        """Pack the body of a tag, and keep it."""
        # Two that ask at once both pack it: cheaper than one that waits for the other behind a lock for all.
        body = coding.pack(plain())
        with self._lock:
            self._keep((tag, coding), body)
        return body

    def _keep(self, name: tuple[str, Coding], body: bytes) -> None:
        self._bytes += len(body) - len(self._kept.pop(name, b""))
        self._kept[name] = body
        while self._bytes > self._most_bytes:
            self._bytes -= len(self._kept.popitem(last=False)[1])
