"""Tags of feed paths, made of hashes that the store holds anyway: a 304 costs a look at them, not the bytes (EXC-03).

A leaf hash commits to its entry and a digest to its content, so no two answers of one kind share a tag.
"""

from __future__ import annotations

from collections.abc import Iterable

from entrepot_node.routes.caching import short_tag
from entrepot_schema.canonical import sha256
from entrepot_sync.merkle import leaf_hash


def bundle_tag(leaves: bytes) -> str:
    """The tag of an entry bundle: `leaves` are the hashes of its entries, one behind the other."""
    return short_tag(b"entries\n" + leaves)


def contents_tag(digests: Iterable[bytes]) -> str:
    """The tag of the contents that have these digests, in their order."""
    return short_tag(b"contents\n" + b"".join(digests))


def delta_tag(leaves: bytes, digests: Iterable[bytes]) -> str:
    """The tag of entries with contents."""
    return short_tag(b"delta\n%d\n" % len(leaves) + leaves + b"".join(digests))


def leaves_of(entries: Iterable[bytes]) -> bytes:
    """The leaf hashes of entries, one behind the other."""
    return b"".join(map(leaf_hash, entries))


def digests_of(contents: Iterable[bytes]) -> list[bytes]:
    """The digests of contents."""
    return [sha256(raw) for raw in contents]
