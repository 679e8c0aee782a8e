"""Signed notes: a text and the signatures below it (C2SP signed-note; LOG-33 to LOG-36).

    biomed.example/feed/1
    42
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — biomed.example/feed/1 Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurm…

`split` takes bytes apart and believes nothing; `verify` says which of the given keys signed. The rules:

- size is checked before anything is parsed, so that a huge note costs nothing;
- base64 has one spelling: padding, zero trailing bits, no foreign characters;
- a line whose (name, key id) pair we don't know is ignored, even if one half fits;
- a line of a pair we know must verify, else the whole note is refused, whatever else is good in it;
- four bytes of key id collide: all known keys of one pair are tried.

What a note *means* is not decided here; see `checkpoint`. Only Ed25519 over the text (type byte 01) is
checked here; timestamped cosignatures (type byte 04) sign other bytes.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from entrepot_schema.errors import Refused
from entrepot_schema.keys import PUBLIC_KEY_BYTES, PublicKey, SigningKey

MAX_NOTE_BYTES = 65_536
MAX_SIGNATURE_LINES = 100  # as golang.org/x/mod/sumdb/note
MAX_VKEY_CHARACTERS = 1024
KEY_ID_BYTES = 4
ED25519 = 0x01

_DASH = "— "
# C2SP forbids what lies below U+0020. U+007F and U+0080 to U+009F stay allowed, as in the Go implementation:
# two readers that differ here would disagree about one note.
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_NO_NAME = re.compile(r"[+\x00-\x1f\ud800-\udfff]")
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """`— <name> <base64(key id ‖ payload)>`. Nothing is verified by its existence."""

    name: str
    key_id: bytes
    payload: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.payload)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """The parts of a note. `text` ends in LF; signatures stand in the order of their lines."""

    text: bytes
    signatures: tuple[SignatureLine, ...]

    def to_bytes(self) -> bytes:
        """Write the note; the exact inverse of `split`."""
        return self.text + b"\n" + "".join(map(str, self.signatures)).encode("utf-8")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named Ed25519 key; its text form is the vkey `<name>+<key id>+<base64(01 ‖ key)>` (LOG-36)."""

    name: str
    public: PublicKey
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise Refused("log.vkey", f"{self.name[:80]!r} cannot name a key: empty, or with a space or `+`")
        object.__setattr__(self, "key_id", key_id(self.name, self.public.raw))

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([ED25519]) + self.public.raw)}"


def split(raw: bytes) -> Note:
    """Take a note apart; raise `log.note` (LOG-33, LOG-34). Nothing in it is verified."""
    if len(raw) > MAX_NOTE_BYTES:
        raise Refused("log.note", f"the note has {len(raw)} bytes; {MAX_NOTE_BYTES} are allowed")
    if _CONTROL.search(raw):
        raise Refused("log.note", "the note contains a control character")
    separator = raw.rfind(b"\n\n")
    if separator < 0:
        raise Refused("log.note", "the note has no empty line between text and signatures")
    text = raw[: separator + 1]
    _decode(text)
    return Note(text, parse_signature_lines(raw[separator + 2 :]))


def parse_signature_lines(raw: bytes) -> tuple[SignatureLine, ...]:
    """Read one or more signature lines, each ended by LF; raise `log.note` (LOG-34).

    A witness answers with such lines alone.
    """
    if len(raw) > MAX_NOTE_BYTES or raw.count(b"\n") > MAX_SIGNATURE_LINES:
        raise Refused(
            "log.note", f"more than {MAX_SIGNATURE_LINES} signature lines or {MAX_NOTE_BYTES} bytes"
        )
    if not raw.endswith(b"\n"):
        raise Refused("log.note", "there is no signature line, or the last one does not end in LF")
    # Never splitlines(): it also splits at U+0085, U+2028 and others, which a name may hold.
    return tuple(_parse_signature_line(line) for line in _decode(raw)[:-1].split("\n"))


def _parse_signature_line(line: str) -> SignatureLine:
    dash, name_and_value = line[: len(_DASH)], line[len(_DASH) :]
    name, _, value = name_and_value.partition(" ")
    payload = decode_base64(value)
    if dash != _DASH or not is_key_name(name) or payload is None or len(payload) <= KEY_ID_BYTES:
        raise Refused("log.note", f"{line[:80]!r} is not a signature line `— <name> <base64>`")
    return SignatureLine(name, payload[:KEY_ID_BYTES], payload[KEY_ID_BYTES:])


def verify(note: Note, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Return the keys whose lines verify, in the order of the lines (LOG-35).

    Raises `log.signature` when a line of a known (name, key id) pair does not verify or stands twice, and
    `log.unsigned` when no line is of a known key. Keys are returned, not names: during a rotation two keys of
    one name sign.
    """
    known: dict[tuple[str, bytes], list[VerifierKey]] = {}
    for key in keys:
        known.setdefault((key.name, key.key_id), []).append(key)
    verified: dict[tuple[str, bytes], VerifierKey] = {}
    for line in note.signatures:
        pair = (line.name, line.key_id)
        if pair not in known:
            continue
        if pair in verified:
            raise Refused("log.signature", f"key {line.name}+{line.key_id.hex()} signs twice in one note")
        signers = [key for key in known[pair] if key.public.verify(line.payload, note.text)]
        if not signers:
            raise Refused(
                "log.signature", f"the signature of {line.name}+{line.key_id.hex()} does not verify"
            )
        verified[pair] = signers[0]
    if not verified:
        raise Refused("log.unsigned", "no signature of this note is of a known key")
    return tuple(verified.values())


def sign_note(text: bytes, name: str, *signers: SigningKey) -> bytes:
    """Sign a text that ends in LF under one name; during a rotation with the old and the new key."""
    lines = []
    for signer in signers:
        key = VerifierKey(name, signer.public)
        lines.append(SignatureLine(name, key.key_id, signer.sign(text)))
    raw = Note(text, tuple(lines)).to_bytes()
    # A text without final LF, or with a control character, would be read back as another note or as none.
    if split(raw).text != text:
        raise Refused("log.note", "the text of a note ends in LF")
    return raw


def parse_vkey(text: str) -> VerifierKey:
    """Read a vkey of type 01; raise `log.vkey` (LOG-36). `str()` of the result is the text again."""
    parts = text.split("+", 2)  # the base64 may contain `+`
    if len(text) > MAX_VKEY_CHARACTERS or len(parts) != 3 or not _KEY_ID.fullmatch(parts[1]):
        raise Refused("log.vkey", f"{text[:80]!r} is not a vkey `<name>+<8 hex>+<base64>`")
    raw = decode_base64(parts[2])
    if raw is None or len(raw) != 1 + PUBLIC_KEY_BYTES or raw[0] != ED25519:
        raise Refused("log.vkey", f"the vkey of {parts[0][:80]!r} holds no Ed25519 key of type 01")
    try:
        key = VerifierKey(parts[0], PublicKey.from_bytes(raw[1:]))
    except Refused as error:
        raise Refused("log.vkey", error.message) from error
    if key.key_id.hex() != parts[1]:
        raise Refused(
            "log.vkey", f"the key id of {parts[0][:80]!r} should be {key.key_id.hex()}, not {parts[1]}"
        )
    return key


def key_id(name: str, public: bytes, algorithm: int = ED25519) -> bytes:
    """Compute the first 4 bytes of SHA-256(name ‖ 0A ‖ type byte ‖ public key): a hint, no identity."""
    return sha256(name.encode("utf-8") + bytes([0x0A, algorithm]) + public).digest()[:KEY_ID_BYTES]


def is_key_name(name: str) -> bool:
    """Answer whether a key may have this name: not empty, no Unicode space, no `+`, no control character."""
    return name != "" and not any(letter.isspace() or _NO_NAME.match(letter) for letter in name)


def encode_base64(raw: bytes) -> str:
    """Write base64 (RFC 4648 §4, with padding) in its one spelling."""
    return base64.b64encode(raw).decode("ascii")


def decode_base64(text: str) -> bytes | None:
    """Read base64 (RFC 4648 §4, with padding) in its one spelling; None for anything else."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    # Python takes non-zero trailing bits; two spellings of one signature would be two notes.
    return raw if encode_base64(raw) == text else None


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("log.note", "the note is not UTF-8") from error
