"""Proofs of records as files: LOG-80 to LOG-84. Needs the pinned key log of the origin, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import merkle
from .encodings import base64_decode
from .entries import digest_of, parse_entry
from .key_log import KeyLine
from .names import is_subject, is_time
from .notes import Checkpoint, parse_checkpoint, parse_note, verify_note
from .records import Expected, verify_record
from .rule_error import RuleError, require
from .schemas import Schemas
from .strict_json import parse_document

CODE = "log.proof-file"
HEADER = "c2sp.org/tlog-proof@v1"
MAX_EXTRA = 256 * 1024
MAX_HASHES = 63


@dataclass(frozen=True)
class ProofFile:
    """A parsed file; nothing is verified yet."""

    entry: bytes
    record: bytes
    index: int
    hashes: list[bytes]
    note: bytes


def parse_proof_file(raw: bytes) -> ProofFile:
    """Read the frame and the extra line (LOG-80, LOG-81, LOG-83)."""
    head, gap, note = raw.partition(b"\n\n")
    require(head.isascii() and gap and note, CODE, "no ASCII head, empty line and checkpoint")
    header, *lines = head.decode("ascii").split("\n")
    require(header == HEADER and len(lines) >= 2, CODE, f"not {HEADER}, extra and index")
    require(lines[0].startswith("extra "), CODE, "no extra line")
    index = re.fullmatch("index (0|[1-9][0-9]{0,15})", lines[1], re.ASCII)
    require(index, CODE, "no index line")
    hashes = [base64_decode(line, CODE) for line in lines[2:]]
    require(len(hashes) <= MAX_HASHES and all(len(h) == 32 for h in hashes), CODE, "hashes")
    entry, record = _extra(base64_decode(lines[0].removeprefix("extra "), CODE))
    return ProofFile(entry, record, int(index[1]) if index else 0, hashes, note)


def _extra(raw: bytes) -> tuple[bytes, bytes]:
    require(len(raw) <= MAX_EXTRA, CODE, "the extra line is too long")
    try:
        members = parse_document(raw, MAX_EXTRA)
    except RuleError as error:
        raise RuleError(CODE, str(error)) from None
    good = set(members) == {"entry", "record"} and all(isinstance(text, str) for text in members.values())
    require(good, CODE, "not exactly entry and record")
    return base64_decode(members["entry"], CODE), base64_decode(members["record"], CODE)


def verify_proof_file(raw: bytes, key_lines: list[KeyLine], origin: str, schemas: Schemas) -> Checkpoint:
    """Verify a proof with the lines of a pinned key log; return the head it stands under (LOG-82, LOG-84)."""
    proof = parse_proof_file(raw)
    head = _open_head(proof.note, key_lines, origin)
    merkle.verify_inclusion(proof.index, head.size, merkle.leaf_hash(proof.entry), proof.hashes, head.root)
    require(proof.entry[-1:] in (b"\x00", b"\x01"), "log.needs-newer-software", "another kind of entry")
    fields, digest = parse_entry(proof.entry)
    require(fields["op"] == "publish", "log.proof-record", "the entry states no record")
    require(digest == digest_of(proof.record), "log.proof-record", "another record than the entry's")
    good = is_subject(fields.get("subject"), origin) and is_time(fields.get("time"))
    require(good, "key.subject", "the subject is not one of this origin")
    expected = Expected(
        origin, fields["subject"], fields["type"], _key(proof.record, key_lines), fields["time"]
    )
    require(verify_record(proof.record, expected, schemas) == "accept", "schema.unknown-version", "newer")
    return head


def _open_head(raw: bytes, key_lines: list[KeyLine], origin: str) -> Checkpoint:
    """A head of any feed of this origin, signed by a log key that some line names for that feed."""
    note = parse_note(raw)
    head = parse_checkpoint(note.text)
    owner, _, number = head.feed.rpartition("/feed/")
    require(owner == origin, "key.log-identity", f"a head of {owner}")
    named = {line.state.log_keys[int(number)] for line in key_lines if int(number) in line.state.log_keys}
    signed = {(name, key_id) for name, key_id, _ in note.signatures}
    known = [key for key in named if (key.name, key.key_id) in signed]
    require(known, "log.unsigned", "no pinned log key signed the head")
    for key in known:
        verify_note(note, key)
    return head


def _key(record: bytes, key_lines: list[KeyLine]) -> str:
    """The record key of the line that names the record's own key; that of the last line if none does."""
    named = record.decode("utf-8", "replace")
    keys = [line.state.assertion_key for line in key_lines]
    return next((key for key in reversed(keys) if f"#{key}" in named), keys[-1])
