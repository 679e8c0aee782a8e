"""Private keys on disk: the record key and the log key of each feed, and the two cards to print.

Key files are PKCS #8, mode 0600, refused otherwise: a key others can read is no key. A passphrase is optional; an
unattended restart needs it from the environment. Cards are printed and then deleted; the node never needs them but
to rotate.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from entrepot_schema.errors import Misuse
from entrepot_schema.keys import SigningKey


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys a running node signs with: records, and the heads of its live feed."""

    record: SigningKey
    log: SigningKey


def key_path(folder: Path, name: str) -> Path:
    """Where a key lies: `record`, or `feed-<n>`."""
    return folder / f"{name}.pem"


def load_keyring(folder: Path, feed_number: int, passphrase: str = "") -> Keyring:
    """Load the keys of a node for its live feed."""
    return Keyring(
        read_key(key_path(folder, "record"), passphrase),
        read_key(key_path(folder, f"feed-{feed_number}"), passphrase),
    )


def write_key(path: Path, key: SigningKey, passphrase: str = "") -> None:
    """Write a new key file, never over an old one; durable when it returns."""
    private = Ed25519PrivateKey.from_private_bytes(key.seed)
    protection: KeySerializationEncryption = NoEncryption()
    if passphrase:
        protection = BestAvailableEncryption(passphrase.encode())
    write_secret(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))


def write_secret(path: Path, raw: bytes) -> None:
    """Write a new file that only its owner can read, and make file and folder entry durable."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_key(path: Path, passphrase: str = "") -> SigningKey:
    """Read a key file; refuse one that others can read."""
    try:
        mode = path.stat().st_mode
        raw = path.read_bytes()
    except OSError as error:
        raise Misuse("key.file", f"the key file {path} cannot be read: {error.strerror}") from error
    if stat.S_IMODE(mode) & 0o077:
        hint = f"chmod 600 {path}; if others may have read it, rotate the key."
        raise Misuse("key.file-mode", f"the key file {path} can be read by others", hint=hint)
    try:
        private = load_pem_private_key(raw, passphrase.encode() or None)
    except (TypeError, ValueError, UnsupportedAlgorithm, InternalError) as error:
        hint = "Set ENTREPOT_PASSPHRASE if the key has a passphrase."
        raise Misuse("key.file", f"the key file {path} cannot be opened", hint=hint) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise Misuse("key.file", f"{path} holds no Ed25519 key")
    return SigningKey.from_seed(private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
