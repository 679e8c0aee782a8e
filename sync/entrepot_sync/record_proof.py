"""Proof of one record, whole in one file: the tlog-proof of its entry, with entry and record beside it (LOG-82 to LOG-86).

    c2sp.org/tlog-proof@v1
    extra <base64 of JCS {"entry": base64, "record": base64}>
    index 5
    <hashes>

    <checkpoint with its cosignatures>

The extra line is anybody's word. It counts only because the leaf is computed from the entry in it, the entry's
digest from the record in it, and the head is signed by a log key that was known before the file was opened. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from entrepot_schema.canonical import canonical_bytes, read_canonical, sha256
from entrepot_schema.errors import Refused
from entrepot_schema.key_log import KeyLog
from entrepot_schema.key_state import KeyState
from entrepot_schema.origin import parse_feed_name
from entrepot_schema.record import Record, Statement, claimed_statement, verify_record
from entrepot_sync import note
from entrepot_sync.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from entrepot_sync.cosignature import Cosignature, CosignerKey, cosignatures_of
from entrepot_sync.entry import PUBLISH, Entry, parse_entry
from entrepot_sync.merkle import HashAt, inclusion_proof, leaf_hash, verify_inclusion
from entrepot_sync.peer_trust import all_log_keys
from entrepot_sync.tlog_proof import HEADER, MAX_EXTRA_BYTES, TlogProof, parse_tlog_proof

MEDIA_TYPE = "text/plain; charset=utf-8"
_MEMBERS = {"entry", "record"}


@dataclass(frozen=True, slots=True)
class RecordProof:
    """A parsed proof: the bytes of entry and record, and the frame. Nothing is verified."""

    entry: bytes
    record: bytes
    proof: TlogProof

    @property
    def feed_name(self) -> str:
        """The feed that the head names: which keys to verify it with."""
        return parse_checkpoint(note.split(self.proof.checkpoint).text).feed_name

    def to_bytes(self) -> bytes:
        """Write the file; the exact inverse of `parse_record_proof`."""
        return self.proof.to_bytes()


@dataclass(frozen=True, slots=True)
class ProvenRecord:
    """What a proof showed. `key_lines` are the lines of the pinned key log, from 1, that name the record's key."""

    checkpoint: Checkpoint
    index: int
    entry: Entry
    record: Record
    key_lines: tuple[int, ...]
    all_lines: int
    cosignatures: tuple[Cosignature, ...]

    @property
    def key_was_in_force(self) -> bool:
        """Whether the key was in force at the entry beyond doubt: the key log never named another."""
        return len(self.key_lines) == self.all_lines


def is_record_proof(raw: bytes) -> bool:
    """Answer whether a file says that it is a proof."""
    return raw.startswith(HEADER.encode("ascii"))


def make_record_proof(
    entry: bytes, record: bytes, *, index: int, size: int, checkpoint: bytes, hash_at: HashAt
) -> RecordProof:
    """Prove that an entry stands at an index of the tree of a signed head."""
    extra = canonical_bytes({"entry": note.encode_base64(entry), "record": note.encode_base64(record)})
    proof = TlogProof(index, inclusion_proof(index, size, hash_at), checkpoint, extra)
    return RecordProof(entry, record, proof)


def parse_record_proof(raw: bytes) -> RecordProof:
    """Read a file strictly; raise `log.proof-file` (LOG-81, LOG-83)."""
    proof = parse_tlog_proof(raw)
    if proof.extra is None:
        raise Refused("log.proof-file", "the proof carries neither entry nor record")
    try:
        extra = read_canonical(proof.extra, max_bytes=MAX_EXTRA_BYTES)
    except Refused as refused:
        raise Refused(
            "log.proof-file", f"the extra line is no canonical JSON: {refused.message}"
        ) from refused
    parts = [note.decode_base64(text) if isinstance(text, str) else None for _, text in sorted(extra.items())]
    if set(extra) != _MEMBERS or parts[0] is None or parts[1] is None:
        raise Refused("log.proof-file", "the extra line is not exactly entry and record, each in base64")
    return RecordProof(parts[0], parts[1], proof)


def verify_record_proof(
    proof: RecordProof, key_log: KeyLog, cosigners: Iterable[CosignerKey] = ()
) -> ProvenRecord:
    """Check a proof with the pinned key log of its origin; return what it shows, or raise `Refused` (LOG-82, LOG-84).

    The order matters: nothing of the file is used before the head verifies and the leaf is recomputed.
    """
    feed_name = parse_feed_name(proof.feed_name)
    if feed_name.origin != key_log.origin:
        raise Refused("key.log-identity", f"the key log is {key_log.origin}'s, not {feed_name.origin}'s")
    head = open_checkpoint(proof.proof.checkpoint, str(feed_name), all_log_keys(key_log, str(feed_name)))
    tree = head.checkpoint
    verify_inclusion(proof.proof.index, tree.size, leaf_hash(proof.entry), proof.proof.hashes, tree.root)
    entry = parse_entry(proof.entry)
    if entry.op != PUBLISH:
        raise Refused("log.proof-record", f"the entry is a `{entry.op}`; it states no record")
    if sha256(proof.record) != entry.digest:
        raise Refused("log.proof-record", "the entry commits to other bytes than those of the record")
    record, key_lines = _verify_record(proof.record, entry, key_log)
    return ProvenRecord(
        tree, proof.proof.index, entry, record, key_lines, len(key_log.states),
        tuple(cosignatures_of(head.note, cosigners)),
    )  # fmt: skip


def _verify_record(raw: bytes, entry: Entry, key_log: KeyLog) -> tuple[Record, tuple[int, ...]]:
    """Check the record against its entry, with the key that it names among those of the key log."""
    document = read_canonical(raw)
    named = document.get("proof")
    method = named.get("verificationMethod") if isinstance(named, dict) else None
    lines = [line for line, state in enumerate(key_log.states, 1) if state.verification_method == method]
    state: KeyState = key_log.states[lines[-1] - 1] if lines else key_log.latest
    # What a proof cannot show is how many versions there were before: the revision is the record's own.
    revision = claimed_statement(document).revision
    statement = Statement(entry.subject, entry.type, entry.time, revision)
    record = verify_record(raw, statement, origin=key_log.origin, key=state.record_key)
    return record, tuple(lines)
