"""Proof that one entry stands in a log, as a file for offline use (C2SP tlog-proof; LOG-80, LOG-81).

    c2sp.org/tlog-proof@v1
    extra <base64>             optional; nothing of it is authenticated
    index 5
    <hash, base64>             from the leaf's sibling up

    <checkpoint with its cosignatures, verbatim>

Framing only: who trusts it checks the head with pinned keys and recomputes the leaf from entry bytes it knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from entrepot_schema.errors import Refused
from entrepot_sync.merkle import HASH_BYTES
from entrepot_sync.note import MAX_NOTE_BYTES, decode_base64, encode_base64

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
MAX_EXTRA_BYTES = 256 * 1024
MAX_PROOF_BYTES = MAX_EXTRA_BYTES * 2 + MAX_NOTE_BYTES
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})", re.ASCII)
_EXTRA = "extra "


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A parsed proof. `hashes` are 32 bytes each; `checkpoint` is the signed note as it came; nothing is verified."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """Write the file; the exact inverse of `parse_tlog_proof`."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(_EXTRA + encode_base64(self.extra))
        lines += [f"index {self.index}", *map(encode_base64, self.hashes)]
        return "\n".join(lines).encode("ascii") + b"\n\n" + self.checkpoint


def parse_tlog_proof(raw: bytes) -> TlogProof:
    """Read a proof file; raise `log.proof-file`."""
    if len(raw) > MAX_PROOF_BYTES:
        raise Refused("log.proof-file", f"the proof has more than {MAX_PROOF_BYTES} bytes")
    head, separator, checkpoint = raw.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Refused("log.proof-file", "the head of the proof is not ASCII") from error
    if not separator or not checkpoint or lines.pop(0) != HEADER:
        raise Refused("log.proof-file", f"the file is not `{HEADER}`, an empty line and a checkpoint")
    extra = _extra(lines)
    index = _INDEX.fullmatch(lines[0]) if lines else None
    if index is None:
        raise Refused("log.proof-file", "there is no line `index <decimal>`")
    hashes = tuple(hash for line in lines[1:] if (hash := decode_base64(line)) is not None)
    if len(hashes) != len(lines) - 1 or len(hashes) > MAX_HASHES:
        raise Refused("log.proof-file", "a hash is not canonical base64, or there are more than 63")
    if any(len(hash) != HASH_BYTES for hash in hashes):
        raise Refused("log.proof-file", "a hash has not 32 bytes")
    return TlogProof(int(index[1]), hashes, checkpoint, extra)


def _extra(lines: list[str]) -> bytes | None:
    """Take the optional line off the front."""
    if not lines or not lines[0].startswith(_EXTRA):
        return None
    extra = decode_base64(lines.pop(0).removeprefix(_EXTRA))
    if extra is None or len(extra) > MAX_EXTRA_BYTES:
        raise Refused("log.proof-file", "the extra line is not canonical base64, or too long")
    return extra
