"""Signed notes, vkeys and checkpoints: LOG-31 to LOG-36."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from . import ed25519
from .encodings import base64_decode
from .merkle import EMPTY_ROOT
from .names import is_feed_name
from .rule_error import RuleError, require

MAX_BYTES = 65_536
MAX_SIGNATURES = 100
MAX_SIZE = 2**53 - 1
ED25519_TYPE = b"\x01"


@dataclass(frozen=True)
class Verifier:
    """A log key as its vkey names it; the point has been checked."""

    name: str
    key_id: bytes
    public_key: bytes


@dataclass(frozen=True)
class Note:
    """A parsed note; nothing is verified yet. Signatures are (name, key id, rest)."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]


@dataclass(frozen=True)
class Checkpoint:
    """The signed head of a feed."""

    feed: str
    size: int
    root: bytes


def key_id(name: str, public_key: bytes) -> bytes:
    """Return the first four bytes of SHA-256(name ‖ 0A ‖ 01 ‖ public key) (LOG-36)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519_TYPE + public_key).digest()[:4]


def parse_vkey(vkey: object) -> Verifier:
    """Read `<name>+<8 hex>+<base64>`; the id must fit, the point must be good (LOG-36)."""
    parts = vkey.split("+", 2) if isinstance(vkey, str) else []
    require(len(parts) == 3 and _is_name(parts[0]), "log.vkey", "not a vkey")
    name, hex_id, encoded = parts
    data = base64_decode(encoded, "log.vkey")
    require(len(data) == 33 and data[:1] == ED25519_TYPE, "log.vkey", "not an Ed25519 log key")
    require(key_id(name, data[1:]).hex() == hex_id, "log.vkey", "the key id does not fit")
    try:
        ed25519.check_public_key(data[1:])
    except RuleError as error:
        raise RuleError("log.vkey", str(error)) from None
    return Verifier(name, bytes.fromhex(hex_id), data[1:])


def parse_note(raw: bytes) -> Note:
    """Split a note into text and signature lines (LOG-33, LOG-34)."""
    require(len(raw) <= MAX_BYTES, "log.note", "a note has at most 65,536 bytes")
    require(all(byte >= 0x20 or byte == 0x0A for byte in raw), "log.note", "a control character")
    try:
        note = raw.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise RuleError("log.note", "not UTF-8") from None
    text, empty_line, signatures = note.rpartition("\n\n")
    require(empty_line and signatures.endswith("\n"), "log.note", "no signature lines after an empty line")
    lines = signatures[:-1].split("\n")
    require(len(lines) <= MAX_SIGNATURES, "log.note", "more than 100 signature lines")
    return Note(text + "\n", tuple(_signature_line(line) for line in lines))


def verify_note(note: Note, verifier: Verifier) -> None:
    """Refuse unless the known key signed; lines of other (name, id) pairs are ignored (LOG-35)."""
    known = [blob for name, kid, blob in note.signatures if (name, kid) == (verifier.name, verifier.key_id)]
    require(known, "log.unsigned", "no signature line of the log key")
    require(len(known) == 1, "log.note", "two signature lines of one key")
    ed25519.verify(verifier.public_key, note.text.encode(), known[0], code="log.signature")


def open_checkpoint(raw: bytes, verifier: Verifier) -> Checkpoint:
    """Read and verify a checkpoint; the name of the log key is the name of the feed (LOG-02)."""
    note = parse_note(raw)
    checkpoint = parse_checkpoint(note.text)
    require(checkpoint.feed == verifier.name, "log.checkpoint", f"a checkpoint of {checkpoint.feed}")
    verify_note(note, verifier)
    return checkpoint


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the three lines of a checkpoint (LOG-31, LOG-32)."""
    lines = text.split("\n")
    require(len(lines) == 4 and lines[3] == "", "log.checkpoint", "a checkpoint has exactly three lines")
    feed, size_text, root_text, _ = lines
    require(is_feed_name(feed), "log.checkpoint", f"{feed!r} is not a feed name")
    good = re.fullmatch(r"0|[1-9][0-9]{0,15}", size_text)
    require(good and int(size_text) <= MAX_SIZE, "log.checkpoint", f"size {size_text!r}")
    root = base64_decode(root_text, "log.checkpoint")
    require(len(root) == 32, "log.checkpoint", "the root hash has 32 bytes")
    require(size_text != "0" or root == EMPTY_ROOT, "log.checkpoint", "size 0 with a root that is not empty")
    return Checkpoint(feed, int(size_text), root)


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)


def _signature_line(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    require(len(parts) == 3 and parts[0] == "—" and _is_name(parts[1]), "log.note", "not a signature line")
    data = base64_decode(parts[2], "log.note")
    require(len(data) > 4, "log.note", "a signature line without signature")
    return parts[1], data[:4], data[4:]


def check_succession(trusted: Checkpoint, offered: Checkpoint) -> None:
    """Refuse a rollback and a fork at the same size (LOG-60, LOG-61); larger heads need a proof."""
    require(offered.size >= trusted.size, "log.rollback", f"size {offered.size} after {trusted.size}")
    same = offered.size != trusted.size or offered.root == trusted.root
    require(same, "log.fork", f"two roots for size {offered.size}")
