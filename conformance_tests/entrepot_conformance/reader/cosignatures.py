"""Timestamped cosignatures of checkpoints: LOG-70 to LOG-72."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from . import ed25519
from .encodings import base64_decode
from .notes import Note, Verifier
from .rule_error import RuleError, require

COSIGNER_TYPE = b"\x04"
MAX_TIME = 2**63 - 1


@dataclass(frozen=True)
class Counted:
    """A cosignature that counts: the name of the cosigner and the time it states."""

    name: str
    time: int


def cosigner_key_id(name: str, public_key: bytes) -> bytes:
    """Return the first four bytes of SHA-256(name ‖ 0A ‖ 04 ‖ public key)."""
    return hashlib.sha256(name.encode() + b"\n" + COSIGNER_TYPE + public_key).digest()[:4]


def parse_cosigner_vkey(vkey: str) -> Verifier:
    """Read `<name>+<8 hex>+<base64(04 ‖ key)>` (LOG-70)."""
    parts = vkey.split("+", 2)
    require(len(parts) == 3 and parts[0], "log.vkey", "not a vkey")
    require(not any(c.isspace() for c in parts[0]), "log.vkey", "a name with a space")
    data = base64_decode(parts[2], "log.vkey")
    require(len(data) == 33 and data[:1] == COSIGNER_TYPE, "log.vkey", "not a cosigner key")
    require(cosigner_key_id(parts[0], data[1:]).hex() == parts[1], "log.vkey", "the key id does not fit")
    try:
        ed25519.check_public_key(data[1:])
    except RuleError as error:
        raise RuleError("log.vkey", str(error)) from None
    return Verifier(parts[0], bytes.fromhex(parts[1]), data[1:])


def cosigned_message(text: str, time: int) -> bytes:
    """Return what a cosigner signs: the header, the time, and the whole text of the checkpoint."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def read_cosignature(text: str, blob: bytes, key: Verifier) -> Counted:
    """Refuse unless what stands behind the key id is a cosignature of this text by this key (LOG-71)."""
    require(len(blob) == 72, "log.cosignature", "8 bytes of time and 64 of signature")
    time = int.from_bytes(blob[:8], "big")
    require(0 < time <= MAX_TIME, "log.cosignature", f"time {time}")
    ed25519.verify(key.public_key, cosigned_message(text, time), blob[8:], code="log.cosignature")
    return Counted(key.name, time)


def counted(note: Note, keys: list[Verifier]) -> list[Counted]:
    """Return the cosignatures of known cosigners: one for each key, others are as if they were not there (LOG-72)."""
    found: dict[tuple[str, bytes], Counted] = {}
    for name, kid, blob in note.signatures:
        key = next((key for key in keys if (key.name, key.key_id) == (name, kid)), None)
        if key is None or (name, kid) in found:
            continue
        try:
            found[name, kid] = read_cosignature(note.text, blob, key)
        except RuleError:
            continue
    return list(found.values())
