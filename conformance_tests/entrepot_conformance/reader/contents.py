"""Contents beside the log, deltas and the `keys` entries: LOG-23, LOG-50, LOG-53, EXC-06."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from .entries import Entry, FeedState, digest_of
from .rule_error import require
from .tiles import WIDTH, decode_entries, encode_bundle

MAX_DELTA = 1024


def match_contents(raw: bytes, wanted: Iterable[bytes]) -> dict[bytes, bytes]:
    """Pick the lines whose digest is wanted; all others, and a last line without LF, are ignored (LOG-50)."""
    digests = set(wanted)
    lines = raw.split(b"\n")[:-1]
    return {digest: line for line in lines if (digest := digest_of(line)) in digests}


def encode_contents(live: Iterable[Entry], contents: Mapping[bytes, bytes], start: int, end: int) -> bytes:
    """Write the live contents of the entries from `start` to below `end`, in their order (LOG-50)."""
    chosen = [e.digest for e in live if start <= e.index < end and e.digest in contents]
    return b"".join(contents[digest] + b"\n" for digest in chosen if digest is not None)


def encode_delta(
    entries: Sequence[bytes], live: Iterable[Entry], contents: Mapping[bytes, bytes], start: int, end: int
) -> bytes:
    """Write the answer to `delta?from=start&to=end` (LOG-53)."""
    return encode_bundle(entries[start:end]) + encode_contents(live, contents, start, end)


def decode_delta(raw: bytes, count: int) -> tuple[list[bytes], bytes]:
    """Split a delta into `count` entries and the lines of contents after them."""
    return decode_entries(raw, count)


def check_delta_range(query: str, size: int) -> tuple[int, int]:
    """Read the query of a delta; raises with code `400` or `404` as the answer must be (EXC-06)."""
    numbers = dict(re.findall(r"(?:^|&)(from|to)=(0|[1-9][0-9]{0,15})(?=&|\Z)", query))
    require(len(numbers) == 2 and query.count("&") == 1, "400", "a delta has from and to")
    start, end = int(numbers["from"]), int(numbers["to"])
    require(start < end, "400", "from is below to")
    require(end <= size, "404", "beyond the size")
    require(end == size or end % WIDTH == 0, "400", "to is the size or a multiple of 256")
    require(end - start <= MAX_DELTA, "400", "at most 1,024 entries")
    return start, end


def check_keys(state: FeedState, key_lines: Sequence[bytes]) -> Literal["believed", "wait"]:
    """Compare the `keys` entries of a feed with the key log (LOG-23); "wait" when a line is not at hand."""
    keys = state.key_entries()
    opens = bool(keys) and keys[0].index == 0
    require(opens or not state.size, "log.keys-mismatch", "entry 0 is not an effective keys entry")
    for number, entry in enumerate(keys[: len(key_lines)]):
        good = entry.digest == digest_of(key_lines[number])
        require(good, "log.keys-mismatch", f"the keys entry at {entry.index} commits to other bytes")
    return "believed" if len(keys) <= len(key_lines) else "wait"
