"""Timestamped cosignatures of checkpoints (C2SP tlog-cosignature, Ed25519 `cosignature/v1`; LOG-70 to LOG-72).

A cosigner says: at this time, this is the largest head of this log I have seen, and it extends all I saw before. What it signs is

    cosignature/v1
    time 1679315147
    <the text of the checkpoint, all its lines>

and the payload of its line is the time, 8 bytes big-endian, and the signature. The name is not in the message, so one key must
never serve two cosigners. Pure: time is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from entrepot_schema.errors import Refused
from entrepot_schema.keys import PUBLIC_KEY_BYTES, PublicKey, SigningKey
from entrepot_sync.note import (
    MAX_VKEY_CHARACTERS,
    Note,
    SignatureLine,
    decode_base64,
    encode_base64,
    is_key_name,
    key_id,
)

TIMESTAMPED = 0x04
MAX_TIME = 2**63 - 1
_TIME_BYTES = 8
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """A named key of a witness or mirror; its text form is the vkey `<name>+<key id>+<base64(04 ‖ key)>`."""

    name: str
    public: PublicKey
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise Refused("log.vkey", f"{self.name[:80]!r} cannot name a key: empty, or with a space or `+`")
        object.__setattr__(self, "key_id", key_id(self.name, self.public.raw, TIMESTAMPED))

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([TIMESTAMPED]) + self.public.raw)}"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified cosignature: who, when (POSIX seconds), and its line."""

    key: CosignerKey
    time: int
    line: SignatureLine


def parse_cosigner_vkey(text: str) -> CosignerKey:
    """Read a vkey of type 04; raise `log.vkey`. `str()` of the result is the text again."""
    parts = text.split("+", 2)
    if len(text) > MAX_VKEY_CHARACTERS or len(parts) != 3 or not _KEY_ID.fullmatch(parts[1]):
        raise Refused("log.vkey", f"{text[:80]!r} is not a vkey `<name>+<8 hex>+<base64>`")
    raw = decode_base64(parts[2])
    if raw is None or len(raw) != 1 + PUBLIC_KEY_BYTES or raw[0] != TIMESTAMPED:
        raise Refused("log.vkey", f"the vkey of {parts[0][:80]!r} holds no cosigner key of type 04")
    try:
        key = CosignerKey(parts[0], PublicKey.from_bytes(raw[1:]))
    except Refused as error:
        raise Refused("log.vkey", error.message) from error
    if key.key_id.hex() != parts[1]:
        raise Refused("log.vkey", f"the key id of {parts[0][:80]!r} should be {key.key_id.hex()}")
    return key


def cosign(text: bytes, name: str, key: SigningKey, *, time: int) -> SignatureLine:
    """Cosign the text of a checkpoint. The caller MUST have stored the head as seen before the line leaves."""
    if not 0 < time <= MAX_TIME:
        raise Refused("log.cosignature", f"{time} is no time of a cosignature")
    cosigner = CosignerKey(name, key.public)
    payload = time.to_bytes(_TIME_BYTES, "big") + key.sign(_message(text, time))
    return SignatureLine(name, cosigner.key_id, payload)


def verify_cosignature(text: bytes, line: SignatureLine, key: CosignerKey) -> Cosignature:
    """Check the line of a cosigner under a text; raise `log.cosignature`."""
    time = int.from_bytes(line.payload[:_TIME_BYTES], "big")
    fits = (line.name, line.key_id) == (key.name, key.key_id) and 0 < time <= MAX_TIME
    if not fits or not key.public.verify(line.payload[_TIME_BYTES:], _message(text, time)):
        raise Refused("log.cosignature", f"this is no cosignature of {key.name}")
    return Cosignature(key, time, line)


def cosignatures_of(note: Note, keys: Iterable[CosignerKey]) -> list[Cosignature]:
    """The cosignatures of known cosigners under a checkpoint, at most one for each key; others are left out.

    A line that does not verify counts as none and spoils nothing: who serves a head could add such lines to it at will.
    """
    known = {(key.name, key.key_id): key for key in keys}
    found: dict[tuple[str, bytes], Cosignature] = {}
    for line in note.signatures:
        pair = (line.name, line.key_id)
        if pair not in known or pair in found:
            continue
        try:
            found[pair] = verify_cosignature(note.text, line, known[pair])
        except Refused:
            continue
    return list(found.values())


def _message(text: bytes, time: int) -> bytes:
    return b"cosignature/v1\n" + f"time {time}\n".encode("ascii") + text
