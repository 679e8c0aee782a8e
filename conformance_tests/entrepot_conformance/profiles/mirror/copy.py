"""A mirrored feed, read by the reader that judges publishers: the same checks, below another path."""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256

from entrepot_conformance.http_reader import Answer, HttpReader
from entrepot_conformance.node_under_test import FEED, NodeUnderTest
from entrepot_conformance.suite.traffic import Traffic


def mirror_path(feed_name: str) -> str:
    """Where a mirror serves a feed."""
    return f"/mirror/{sha256(feed_name.encode()).hexdigest()}"


class MovedReader(HttpReader):
    """Asks below the path of a mirrored feed for what a publisher serves below `/feed`."""

    def __init__(self, base_url: str, origin: str, path: str, traffic: Traffic) -> None:
        super().__init__(base_url, traffic)
        self.origin, self._path = origin, path

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        moved = self._path + path.removeprefix(FEED) if path.startswith(f"{FEED}/") else path
        return super().ask(method, moved, body, **headers)


class CopyUnderTest(NodeUnderTest):
    """The copy of a feed at a mirror. It has no node document of its own: whose feed it is, is known beforehand."""

    def __init__(self, base_url: str, origin: str, feed_name: str, traffic: Traffic) -> None:
        self.http: MovedReader = MovedReader(base_url, origin, mirror_path(feed_name), traffic)

    @cached_property
    def origin(self) -> str:
        """The origin whose feed was asked for."""
        return self.http.origin

    @property
    def is_static(self) -> bool:
        """Never: a mirror runs, whatever the node document of the origin names."""
        return False
