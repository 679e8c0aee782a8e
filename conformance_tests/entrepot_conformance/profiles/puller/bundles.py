"""Bundles that lie: withheld, damaged, swapped (LOG-42, LOG-62)."""

from __future__ import annotations

from collections.abc import Callable

from entrepot_conformance.lying.peer import ENTRIES, Peer, as_static_host, at
from entrepot_conformance.reader.tiles import encode_bundle
from entrepot_conformance.toy_node import Response

from .heads import refused
from .play import Row


def in_entries(change: Callable[[bytes], bytes]) -> Callable[[Peer], None]:
    """Change the bytes of all answers with entries."""

    def tell(peer: Peer) -> None:
        peer.lie = at(*ENTRIES)(lambda told: Response(told.status, change(told.body), told.headers))

    return tell


def rows() -> list[Row]:
    """All attacks with bundles."""
    bad = ("log.bundle", "log.damaged", "peer.incomplete")

    def absent(status: int) -> Callable[[Peer], None]:
        def tell(peer: Peer) -> None:
            peer.lie = at(*ENTRIES)(lambda told: Response(status))

        return tell

    def swapped(peer: Peer) -> None:
        entries = list(peer.feed.entries)
        entries[-1], entries[-2] = entries[-2], entries[-1]
        peer.lie = at(*ENTRIES)(lambda told: Response(200, encode_bundle(entries[-1:])))

    def more_behind(peer: Peer) -> None:
        """A static host, since contents stand behind the entries of a delta."""
        peer.lie = as_static_host(
            at("tile/entries")(lambda told: Response(told.status, told.body + b"\0", told.headers))
        )

    changes: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
        "bit-flipped": ("one bit flipped", lambda raw: raw[:20] + bytes([raw[20] ^ 1]) + raw[21:], "L19"),
        "length-lies": ("a length that lies", lambda raw: bytes([raw[0], raw[1] ^ 1]) + raw[2:], "L20"),
        "cut-short": ("its end cut off", lambda raw: raw[:30], "L20"),
        "empty-entry": ("an empty entry", lambda raw: b"\0\0" + raw, "L20"),
        "nothing": ("nothing in it", lambda raw: b"", "L20"),
        "rubbish": ("rubbish for entries", lambda raw: bytes(range(256)) * 40, "L20"),
        "huge-length": ("a length of 65,535 at its start", lambda raw: b"\xff\xff" + raw, "L20"),
    }
    return [
        *(Row(f"bundle-{name}", f"It believes no entries of a bundle with {what}", "LOG-42 LOG-62",
              refused(in_entries(change), *bad), attack)
          for name, (what, change, attack) in changes.items()),
        Row("bundle-with-more-behind", "It takes no bundle with bytes behind its last entry", "LOG-42",
            refused(more_behind, "log.bundle"), "L20"),
        Row("bundle-swapped", "It believes no entry in the place of another", "LOG-62", refused(swapped, *bad), "L15"),
        Row("entries-withheld", "It waits where a head is shown without its entries", "LOG-62 EXC-04",
            refused(absent(404), "peer.incomplete", "peer.status"), "L22"),
        Row("entries-gone", "It takes 410 for nothing but silence", "LOG-62 LOG-65",
            refused(absent(410), "peer.incomplete", "peer.status"), "L22"),
    ]  # fmt: skip
