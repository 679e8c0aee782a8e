"""Was this record published, and who vouched for that? Pure: a proof and a pinned key log in, a verdict out.

What is shown: a log key of the origin signed a head, the entry stands in its tree, and a record key of the origin signed the
record it commits to. What is not: that the record is still live or the newest version. Only the feed tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from entrepot_schema.canonical import read_canonical
from entrepot_schema.errors import Misuse, PeerFault, Refused
from entrepot_schema.key_log import KeyLog
from entrepot_sync.cosignature import CosignerKey, parse_cosigner_vkey
from entrepot_sync.push import FUTURE_SECONDS
from entrepot_sync.record_proof import ProvenRecord, parse_record_proof, verify_record_proof


@dataclass(frozen=True, slots=True)
class ServedProof:
    """A proof that was verified. `raw` is the file: keep it, and anybody who pinned the origin can check it offline.

    `witnesses` are those of the witnesses you named that have vouched for the head, each with when (POSIX seconds).
    """

    raw: bytes
    proven: ProvenRecord
    witnesses: dict[str, int]

    @property
    def feed(self) -> str:
        """The name of the feed."""
        return self.proven.checkpoint.feed_name

    @property
    def size(self) -> int:
        """The size of the head under which the entry stands."""
        return self.proven.checkpoint.size

    @property
    def index(self) -> int:
        """The index of the entry."""
        return self.proven.index

    @property
    def document(self) -> dict[str, Any]:
        """The signed record."""
        document: dict[str, Any] = read_canonical(parse_record_proof(self.raw).record)
        return document


def parse_witnesses(vkeys: Sequence[str]) -> list[CosignerKey]:
    """Read the vkeys of witnesses; raise `Misuse` (`client.witness`) for what is none."""
    try:
        return [parse_cosigner_vkey(vkey) for vkey in vkeys]
    except Refused as refused:
        raise Misuse("client.witness", f"this is no vkey of a witness: {refused.message}") from refused


def verify_served_proof(
    raw: bytes, subject: str, key_log: KeyLog, witnesses: Sequence[CosignerKey], *, now: float
) -> ServedProof:
    """Verify a proof against the pinned key log of the origin; raise `Refused`, or `PeerFault` for one of another subject."""
    proven = verify_record_proof(parse_record_proof(raw), key_log, witnesses)
    if proven.entry.subject != subject:
        raise PeerFault("client.answer", f"the node served the proof of another record than {subject}")
    vouched = {one.key.name: one.time for one in proven.cosignatures if one.time <= now + FUTURE_SECONDS}
    return ServedProof(raw, proven, vouched)
