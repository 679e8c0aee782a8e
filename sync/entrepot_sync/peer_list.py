"""The list of peers that a peer shows (`/api/v1/peers`), read for discovery (FED-69). Pure.

It is hearsay: a name, a fingerprint and an address that somebody else follows, or says so. It is bounded here, and nothing
in it is fetched or trusted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from entrepot_schema import base58
from entrepot_schema.errors import Misuse, PeerFault
from entrepot_schema.origin import is_origin
from entrepot_sync.peer_url import parse_base_url

PATH = "/api/v1/peers"
MAX_LIST_BYTES = 2 * 1024 * 1024
_MULTIHASH = b"\x12\x20"
_MULTIHASH_BYTES = 34
_MAX_URL = 500


@dataclass(frozen=True, slots=True)
class ListedNode:
    """What a peer says of a node that it follows."""

    origin: str
    scid: str
    base_url: str


def parse_peer_list(raw: bytes, *, own: str, allow_private: bool, most: int) -> list[ListedNode]:
    """Read the first `most` nodes of a list, one of each origin; raise `PeerFault` for what is no list.

    The API writes numbers with fractions, so this is no strict JSON; what is taken of it is checked word by word.
    """
    found: dict[str, ListedNode] = {}
    for item in _items(raw):
        if len(found) >= most:
            break
        node = _read(item, allow_private)
        if node is not None and node.origin != own:
            found.setdefault(node.origin, node)
    return list(found.values())


def _items(raw: bytes) -> Iterator[Any]:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise PeerFault("peer.protocol", f"the list of peers is no JSON: {type(error).__name__}") from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise PeerFault("peer.protocol", "the list of peers has no items")
    return iter(items)


def _read(item: Any, allow_private: bool) -> ListedNode | None:
    """One entry; None for the peer's own feed, which has no address, and for what is not well-formed."""
    if not isinstance(item, dict):
        return None
    origin, scid, url = item.get("origin"), item.get("fingerprint"), item.get("base_url")
    if not isinstance(origin, str) or not isinstance(scid, str) or not isinstance(url, str):
        return None
    if not is_origin(origin) or not _is_scid(scid) or len(url) > _MAX_URL:
        return None
    try:
        return ListedNode(origin, scid, str(parse_base_url(url, allow_private=allow_private)))
    except Misuse:
        return None


def _is_scid(text: str) -> bool:
    raw = base58.decode(text, _MULTIHASH_BYTES)
    return raw is not None and raw.startswith(_MULTIHASH)
