"""Bundles: entries one after the other, each behind its length (C2SP tlog-tiles; LOG-42, LOG-53).

A bundle is, for each entry, 2 bytes big-endian length and the entry. The length is the writer's word only;
every entry must lie whole within the bytes and nothing may be left over. A delta is a bundle with content
lines behind.

Whether entries belong to a feed is decided by recomputing its root, never here.
"""

from __future__ import annotations

from collections.abc import Iterable

from entrepot_schema.errors import Refused

MAX_ENTRY_BYTES = 65_535  # what two bytes can say (LOG-25)
MAX_DELTA_ENTRIES = 1024
LENGTH_BYTES = 2


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Write entries as a bundle; the exact inverse of `decode_bundle`."""
    parts: list[bytes] = []
    for entry in entries:
        if not 1 <= len(entry) <= MAX_ENTRY_BYTES:
            raise Refused("log.bundle", f"an entry of {len(entry)} bytes fits no bundle")
        parts += (len(entry).to_bytes(LENGTH_BYTES, "big"), entry)
    return b"".join(parts)


def decode_bundle(raw: bytes, count: int) -> list[bytes]:
    """Read exactly this many entries and not a byte more; raise `log.bundle` (LOG-42)."""
    entries, rest = decode_prefix(raw, count)
    if rest:
        raise Refused("log.bundle", f"{len(rest)} bytes stand behind the last of {count} entries")
    return entries


def decode_prefix(raw: bytes, count: int) -> tuple[list[bytes], bytes]:
    """Read exactly this many entries and return what stands behind them; raise `log.bundle` (LOG-53)."""
    entries: list[bytes] = []
    at = 0
    for number in range(count):
        begin = at + LENGTH_BYTES
        at = begin + int.from_bytes(raw[at:begin], "big")
        if at > len(raw):
            raise Refused("log.bundle", f"entry {number} of {count} is cut off")
        if at == begin:
            raise Refused("log.bundle", f"entry {number} of {count} is empty")
        entries.append(raw[begin:at])
    return entries, raw[at:]


def split_lines(raw: bytes) -> list[bytes]:
    """Split contents into lines without their LF; empty ones and a cut-off last one are dropped.

    Nothing here is an error: what matches no entry is ignored (LOG-50), and one bad record, which may be empty or
    hold an LF, must not cost the others (LOG-26). The caller bounds the bytes; lines beyond what any answer needs
    are not looked at, so that millions of empty ones cost nothing.
    """
    *lines, _rest = raw.split(b"\n", 4 * MAX_DELTA_ENTRIES)
    return [line for line in lines if line]
