"""Private keys on disk: the record key, the log key of each feed, cosigner keys, and the two cards to print.

Key files are PKCS #8, mode 0600, refused otherwise: a key others can read is no key. A passphrase is optional; an
unattended restart needs it from the environment. Cards are printed and then deleted; the node never needs them but
to rotate.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
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

from entrepot_node.durable_files import write_secret
from entrepot_schema.errors import Misuse
from entrepot_schema.keys import SigningKey
from entrepot_schema.known_test_keys import is_published_test_key
from entrepot_schema.origin import is_origin
from entrepot_sync.cosignature import CosignerKey

WITNESS, MIRROR = "witness", "mirror"
ROLES = (WITNESS, MIRROR)
_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NumberedKey:
    """A cosigner key of ours, without its origin."""

    role: str
    number: int
    key: SigningKey

    def name(self, origin: str) -> str:
        """The name it signs under."""
        return f"{origin}/{self.role}/{self.number}"

    def public(self, origin: str) -> CosignerKey:
        """The key as others know it."""
        return CosignerKey(self.name(origin), self.key.public)


def witness_origin(name: str) -> str | None:
    """The origin of the node whose witness signs under a name; None where that is no node's witness."""
    origin, _, number = name.partition(f"/{WITNESS}/")
    return origin if number and is_origin(origin) else None


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys a running node signs with: records, the heads of its live feed, and the heads of others."""

    record: SigningKey
    log: SigningKey
    cosigners: tuple[NumberedKey, ...] = ()

    def require_secret(self) -> None:
        """Raise `key.published` for keys of public test vectors, as a copied example or image brings them (SIG-14, S13)."""
        own = (self.record, self.log, *(one.key for one in self.cosigners))
        if any(is_published_test_key(key.public) for key in own):
            message = "a key of this node is a published test key; anybody can sign with it"
            hint = "Make new keys: `entrepot keys rotate` for a node that has published, `entrepot init` for a new one."
            raise Misuse("key.published", message, hint=hint)


def key_path(folder: Path, name: str) -> Path:
    """Where a key lies: `record`, `feed-<n>`, `witness-<n>`, `mirror-<n>`."""
    return folder / f"{name}.pem"


def load_keyring(folder: Path, feed_number: int, passphrase: str = "") -> Keyring:
    """Load the keys of a node for its live feed."""
    return Keyring(
        read_key(key_path(folder, "record"), passphrase),
        read_key(key_path(folder, f"feed-{feed_number}"), passphrase),
        tuple(key for role in ROLES if (key := load_cosigner_key(folder, role, passphrase))),
    )


def load_cosigner_key(folder: Path, role: str, passphrase: str = "") -> NumberedKey | None:
    """Load the cosigner key of the highest number; None in a folder that never had one."""
    number = max(numbers_of(folder, role, ".pem"), default=0)
    if not number:
        return None
    return NumberedKey(role, number, read_key(key_path(folder, f"{role}-{number}"), passphrase))


def numbers_of(folder: Path, role: str, suffix: str) -> Iterator[int]:
    """The numbers of the files `<role>-<n><suffix>` in a folder."""
    for path in folder.glob(f"{role}-*{suffix}"):
        number = path.name[len(role) + 1 : -len(suffix)]
        if is_number(number):
            yield int(number)


def is_number(text: str) -> bool:
    """Whether a text is written as the number of a key is."""
    return bool(_NUMBER.fullmatch(text))


def write_key(path: Path, key: SigningKey, passphrase: str = "") -> None:
    """Write a new key file, never over an old one; durable when it returns."""
    private = Ed25519PrivateKey.from_private_bytes(key.seed)
    protection: KeySerializationEncryption = NoEncryption()
    if passphrase:
        protection = BestAvailableEncryption(passphrase.encode())
    write_secret(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))


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
