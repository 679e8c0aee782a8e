"""Throw-away keys, ids and nonces. Everything here is published: never use it for anything real."""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entrepot_conformance.reader.encodings import multikey_encode
from entrepot_conformance.reader.notes import ED25519_TYPE, key_id

ORIGIN = "biomed.example"
FEED = f"{ORIGIN}/feed/1"
OTHER_ORIGIN = "photonics.example"


def seed(name: str) -> bytes:
    """Return SHA-256 of "entrepot test seed <name>"."""
    return hashlib.sha256(f"entrepot test seed {name}".encode()).digest()


class TestKey:
    """An Ed25519 key pair made from a published seed."""

    __test__ = False  # not a test class of pytest

    def __init__(self, name: str) -> None:
        self.name = name
        self.seed = seed(name)
        self._private = Ed25519PrivateKey.from_private_bytes(self.seed)
        self.public = self._private.public_key().public_bytes_raw()
        self.multikey = multikey_encode(self.public)

    def sign(self, message: bytes) -> bytes:
        """Sign with plain Ed25519."""
        return self._private.sign(message)

    def vkey(self, feed: str) -> str:
        """Return the vkey of this key as the log key of a feed."""
        encoded = base64.b64encode(ED25519_TYPE + self.public).decode()
        return f"{feed}+{key_id(feed, self.public).hex()}+{encoded}"

    def note_line(self, name: str, text: str) -> str:
        """Return a signature line over a note text."""
        blob = key_id(name, self.public) + self.sign(text.encode())
        return f"— {name} {base64.b64encode(blob).decode()}\n"


def subject_id(name: str, origin: str = ORIGIN) -> str:
    """Return a subject id; the random letters are taken from the seed of `name`."""
    letters = base64.b32encode(seed(f"subject {name}")[:16]).decode().rstrip("=").lower()
    return f"https://{origin}/id/{letters}"


def nonce(name: str) -> str:
    """Return 16 bytes from the seed of `name` in base64url without padding."""
    return base64.urlsafe_b64encode(seed(f"nonce {name}")[:16]).decode().rstrip("=")


def checkpoint_text(feed: str, size: int, root: bytes) -> str:
    """Return the three lines of a checkpoint."""
    return f"{feed}\n{size}\n{base64.b64encode(root).decode()}\n"


def signed_checkpoint(key: TestKey, feed: str, size: int, root: bytes) -> bytes:
    """Return a checkpoint signed by one log key."""
    text = checkpoint_text(feed, size, root)
    return f"{text}\n{key.note_line(feed, text)}".encode()
