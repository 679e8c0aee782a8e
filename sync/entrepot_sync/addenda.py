"""The digest index at the end of an entry (C2SP tlog-addenda, draft).

`… ‖ N offsets of 4 bytes big-endian ‖ N (one byte)`: each offset names 32 raw bytes inside the entry, before the
index. Our own entries carry none or one; the reader takes any number, as the draft does.
"""

from __future__ import annotations

from entrepot_schema.errors import Refused

DIGEST_BYTES = 32


def addenda_digests(entry: bytes) -> list[bytes]:
    """Return the digests an entry names; raise `log.framing` when its index is malformed."""
    if not entry:
        raise Refused("log.framing", "an empty entry has no digest index")
    start = len(entry) - 1 - 4 * entry[-1]
    if start < 0:
        raise Refused("log.framing", "the digest index is longer than the entry")
    offsets = [int.from_bytes(entry[at : at + 4], "big") for at in range(start, len(entry) - 1, 4)]
    if any(offset + DIGEST_BYTES > start for offset in offsets):
        raise Refused("log.framing", "a digest would run past the content of the entry")
    return [entry[offset : offset + DIGEST_BYTES] for offset in offsets]
