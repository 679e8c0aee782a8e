"""Bodies that are packed once and kept, within a bound."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from entrepot_node.routes.codings import GZIP
from entrepot_node.routes.packed_bodies import PackedBodies


def test_packed_bodies_are_kept_within_a_bound_and_the_last_used_stay() -> None:
    made: list[str] = []

    def plain(tag: str) -> Callable[[], bytes]:
        def body() -> bytes:
            made.append(tag)
            return tag.encode() * 50

        return body

    def get(bodies: PackedBodies, tag: str) -> bytes:
        kept = bodies.kept(tag, GZIP)
        return gzip.decompress(kept or bodies.make(tag, GZIP, plain(tag)))

    size = len(gzip.compress(b"a" * 50, GZIP.level, mtime=0))
    bodies = PackedBodies(most_bytes=2 * size + 1)
    for tag in ("a", "b", "a", "c", "a", "b", "b"):
        assert get(bodies, tag) == tag.encode() * 50

    assert made == ["a", "b", "c", "b"]
    tiny = PackedBodies(most_bytes=1)
    assert [get(tiny, "d") for _ in range(2)] == [b"d" * 50] * 2
