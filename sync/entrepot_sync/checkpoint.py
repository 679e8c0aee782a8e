"""Checkpoints: the signed head of a feed (C2SP tlog-checkpoint; LOG-31, LOG-32, LOG-35).

The text is three lines and no more: feed name, size, root. Extension lines are refused, because not every
kind of cosignature covers them. Parsing has an exact inverse: a checkpoint has one spelling.

    signed = open_checkpoint(raw, "biomed.example/feed/1", keys)
    signed.checkpoint.size

Whether a head may be *believed* after an older one is not decided here; a rollback is well formed and signed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from entrepot_schema.errors import Refused
from entrepot_schema.keys import SigningKey
from entrepot_schema.origin import parse_feed_name
from entrepot_sync import note
from entrepot_sync.merkle import EMPTY_ROOT, HASH_BYTES
from entrepot_sync.note import Note, VerifierKey

MAX_SIZE = 2**53 - 1  # what JSON numbers and JavaScript hold exactly

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Feed name, size and root. One that exists keeps LOG-31 and LOG-32; nothing is said about signatures."""

    feed_name: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        try:
            parse_feed_name(self.feed_name)
        except Refused as error:
            raise Refused("log.checkpoint", error.message) from error
        if not 0 <= self.size <= MAX_SIZE:
            raise Refused("log.checkpoint", f"size {self.size} is not between 0 and 2^53−1")
        if len(self.root) != HASH_BYTES:
            raise Refused("log.checkpoint", f"the root has {len(self.root)} bytes, not {HASH_BYTES}")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise Refused("log.checkpoint", "size 0 comes with another root than that of the empty tree")

    def text(self) -> bytes:
        """Write the three lines that are signed; the exact inverse of `parse_checkpoint`."""
        root = base64.b64encode(self.root).decode("ascii")
        return f"{self.feed_name}\n{self.size}\n{root}\n".encode("ascii")


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A head that its feed's log key signed. `signers` are the log keys that did: two during a rotation."""

    checkpoint: Checkpoint
    note: Note
    signers: tuple[VerifierKey, ...]

    @property
    def raw(self) -> bytes:
        """The whole note, with all its signature lines, as it came."""
        return self.note.to_bytes()


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Read the text of a note as a checkpoint; raise `log.checkpoint` (LOG-31, LOG-32)."""
    try:
        lines = text.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Refused("log.checkpoint", "the checkpoint is not ASCII") from error
    if len(lines) != 4 or lines[3]:
        raise Refused("log.checkpoint", "a checkpoint has three lines: feed name, size and root")
    feed_name, size, encoded_root, _ = lines
    # int() alone takes +7, 1_000, spaces and Arabic digits, and needs quadratic time for long ones.
    if not _DECIMAL.fullmatch(size):
        raise Refused("log.checkpoint", f"{size[:40]!r} is not a size in plain decimal")
    root = note.decode_base64(encoded_root)
    if root is None:
        raise Refused("log.checkpoint", f"{encoded_root[:80]!r} is not a root in canonical base64")
    return Checkpoint(feed_name, int(size), root)


def open_checkpoint(raw: bytes, feed_name: str, keys: Iterable[VerifierKey]) -> SignedCheckpoint:
    """Read a head of this feed and verify it with its log keys.

    Only keys named after the feed count: a good signature under another name says nothing about this feed.
    Raises `log.note`, `log.checkpoint`, `log.signature` or `log.unsigned`.
    """
    parts = note.split(raw)
    checkpoint = parse_checkpoint(parts.text)
    if checkpoint.feed_name != feed_name:
        message = f"this is a head of {checkpoint.feed_name}, not of {feed_name[:80]}"
        raise Refused("log.checkpoint", message)
    signers = note.verify(parts, [key for key in keys if key.name == feed_name])
    return SignedCheckpoint(checkpoint, parts, signers)


def log_lines(raw: bytes, feed_name: str, keys: Iterable[VerifierKey]) -> bytes:
    """Return the head with the lines of its log keys alone: what others added is neither stored nor passed on."""
    opened = open_checkpoint(raw, feed_name, keys)
    signed = {(key.name, key.key_id) for key in opened.signers}
    lines = [line for line in opened.note.signatures if (line.name, line.key_id) in signed]
    return Note(opened.note.text, tuple(lines)).to_bytes()


def sign_checkpoint(checkpoint: Checkpoint, key_name: str, *signers: SigningKey) -> bytes:
    """Sign a head; during a rotation of the log key with the old and the new one.

    The caller MUST have made sure that the head extends all it signed before (LOG-37).
    """
    return note.sign_note(checkpoint.text(), key_name, *signers)
